// Calls that wait for money and for rate limits before they are sent.
#include <catch2/catch.hpp>

#include "client/llm_call.h"
#include "client/llm_call_fixture.h"

using namespace std::chrono_literals;
using namespace tests;
using client::Budget;
using client::LlmCall;
using client::Outcome;

namespace {

constexpr int kOutput = 2;
// What the server of these tests reports for one answer, in dollars.
constexpr double kCost = (12 * 1.0 + kOutput * 5.0) / 1e6;

std::string answer_of(const std::string& extra = "") {
  return kStreamHead + message_start() + delta("Hello") + extra + message_end(kOutput) +
         "0\r\n\r\n";
}

client::LlmSpec bounded(const LoopbackServer& server) {
  client::LlmSpec spec = spec_for(server);
  spec.max_output_tokens = 10;
  return spec;
}

// The worst case of bounded(): its body "{}" and 10 tokens.
double reserve_of(const LoopbackServer& server) {
  const client::LlmSpec spec = bounded(server);
  return llm::worst_case_usd(*llm::PriceTable().find(spec.model), *spec.request.body, 10);
}

}  // namespace

TEST_CASE("a request reserves its worst case and settles by its usage") {
  LoopbackServer server(1,
                        [](int fd, const std::string&) { LoopbackServer::say(fd, answer_of()); });
  WorkerFixture worker;
  Budget budget(1);
  worker.context.budget = &budget;
  const client::LlmAnswer answer = run(worker, bounded(server), worker.origin());
  CHECK(answer.cost_usd == Approx(kCost));
  CHECK(budget.state().spent == Approx(kCost));
  CHECK(budget.state().reserved == 0);
  CHECK(worker.counted().trend(metrics::kLlmQueueTime).count() == 1);
}

TEST_CASE("a request that was refused or never sent costs nothing") {
  WorkerFixture worker;
  Budget budget(1);
  worker.context.budget = &budget;
  SECTION("refused") {
    LoopbackServer server(1, [](int fd, const std::string&) {
      LoopbackServer::say(fd, http_answer("429 ", "content-type: text/plain\r\n", "slow down"));
    });
    run(worker, bounded(server), worker.origin());
  }
  SECTION("never sent") {
    client::LlmSpec spec;
    {
      LoopbackServer gone(0, [](int, const std::string&) {});
      spec = bounded(gone);
    }
    run(worker, std::move(spec), worker.origin());
  }
  CHECK(budget.state().spent == 0);
  CHECK(budget.state().reserved == 0);
}

TEST_CASE("a request whose cost nobody told keeps its reserve") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start() + delta("Hel"));
  });
  WorkerFixture worker;
  Budget budget(1);
  worker.context.budget = &budget;
  run(worker, bounded(server), worker.origin());
  CHECK(budget.state().spent == Approx(reserve_of(server)));
  CHECK(budget.state().unknown == Approx(reserve_of(server)));
}

TEST_CASE("a request that does not fit waits for one under way, and is sent when it settles") {
  LoopbackServer server(2,
                        [](int fd, const std::string&) { LoopbackServer::say(fd, answer_of()); });
  WorkerFixture worker;
  Budget budget(reserve_of(server) * 1.5);
  worker.context.budget = &budget;
  std::vector<int> order;
  std::unique_ptr<LlmCall> first, second;
  const auto on_change = [&](int number, const std::unique_ptr<LlmCall>& call) {
    if (call->done()) order.push_back(number);
    if (order.size() == 2) worker.loop.stop();
  };
  first = std::make_unique<LlmCall>(worker.context, bounded(server), worker.origin(),
                                    [&] { on_change(1, first); });
  second = std::make_unique<LlmCall>(worker.context, bounded(server), worker.origin(),
                                     [&] { on_change(2, second); });
  CHECK(budget.state().waiting == 1);
  CHECK_FALSE(budget.state().exhausted);
  worker.loop.run([] {});
  CHECK(order == std::vector{1, 2});
  CHECK(budget.state().spent == Approx(2 * kCost));
  CHECK(second->answer().queue_time > base::Duration::zero());
}

TEST_CASE("a request that can never fit is not sent, and counts as a call alone") {
  LoopbackServer server(0, [](int, const std::string&) {});
  WorkerFixture worker;
  Budget budget(reserve_of(server) / 2);
  worker.context.budget = &budget;
  auto call = std::make_unique<LlmCall>(worker.context, bounded(server), worker.origin(), [] {});
  CHECK(budget.state().exhausted);
  call.reset();
  const metrics::Store& store = worker.counted();
  CHECK(store.counter(metrics::kLlmRequests) == 0);
  CHECK(store.counter(metrics::kHttpReqs) == 0);
  CHECK(store.counter(metrics::kLlmCalls) == 1);
  CHECK(store.trend(metrics::kLlmQueueTime).max().is_lower_bound);
  CHECK(budget.state().spent == 0);
}

TEST_CASE("a paced request waits for the bucket, and its latency does not know of it") {
  LoopbackServer server(3,
                        [](int fd, const std::string&) { LoopbackServer::say(fd, answer_of()); });
  WorkerFixture worker;
  client::PacingLimits limits;
  limits.mode = client::PacingLimits::Mode::kPace;
  limits.requests_per_minute = 60 * 50;  // One in 20 ms.
  limits.burst = 1ms;
  const auto pacing = std::make_shared<client::Pacing>(limits, worker.loop.now());
  for (int i = 0; i < 3; ++i) {
    client::LlmSpec spec = spec_for(server);
    spec.pacing = pacing;
    run(worker, std::move(spec), worker.origin());
  }
  const metrics::Store& store = worker.counted();
  const metrics::Trend queue = store.trend(metrics::kLlmQueueTime);
  CHECK(queue.values.count() == 3);
  CHECK(queue.values.max() >= 0.01);
  CHECK(queue.values.max() < 0.5);
  CHECK(store.trend(metrics::kLlmTtft).values.max() < 0.02);
}

TEST_CASE("a cancelled call in the queue makes no request") {
  LoopbackServer server(0, [](int, const std::string&) {});
  WorkerFixture worker;
  Budget budget(reserve_of(server) / 2);
  worker.context.budget = &budget;
  bool told = false;
  LlmCall call(worker.context, bounded(server), worker.origin(), [&] { told = true; });
  call.cancel();
  CHECK(told);
  REQUIRE(call.done());
  CHECK(call.answer().cancelled);
  CHECK(call.answer().outcome == Outcome::kCompleted);
  CHECK(budget.state().waiting == 0);
  CHECK(worker.counted().counter(metrics::kLlmRequests) == 0);
}
