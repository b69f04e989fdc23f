#include <catch2/catch.hpp>

#include "client/llm_call.h"
#include "client/llm_call_fixture.h"

using namespace std::chrono_literals;
using namespace tests;
using client::LlmCall;
using client::Outcome;
using llm::ErrorKind;

namespace {

std::string overloaded(const std::string& headers = "") {
  return http_answer(
      "529 ", "content-type: application/json\r\nrequest-id: req_9\r\n" + headers,
      R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
}

std::string whole_stream() {
  return kStreamHead + message_start() + delta("Hello") + delta(" again") + message_end(2) +
         "0\r\n\r\n";
}

client::LlmSpec retrying(const LoopbackServer& server, int max) {
  client::LlmSpec spec = spec_for(server);
  spec.retries.max = max;
  spec.retries.base = 1ms;
  spec.retries.cap = 2ms;
  return spec;
}

}  // namespace

TEST_CASE("a call without a retry policy is one request") {
  LoopbackServer server(1,
                        [](int fd, const std::string&) { LoopbackServer::say(fd, overloaded()); });
  WorkerFixture worker;
  const client::LlmAnswer answer = run(worker, spec_for(server), worker.origin());
  CHECK(answer.reply.failure->kind == ErrorKind::kOverloaded);
  CHECK(answer.retries == 0);
  const metrics::Store& store = worker.counted();
  CHECK(store.counter(metrics::kLlmRequests) == 1);
  CHECK(store.counter(metrics::kLlmCalls) == 1);
  CHECK(store.rate(metrics::kLlmCallFailed).trues == 1);
  CHECK(store.counter(metrics::kLlmRetries) == 0);
}

TEST_CASE("every attempt is a request of its own, and the call is what its user waited for") {
  int connections = 0;
  LoopbackServer server(3, [&](int fd, const std::string&) {
    LoopbackServer::say(fd,
                        ++connections < 3 ? overloaded("connection: close\r\n") : whole_stream());
  });
  WorkerFixture worker;
  client::Origin origin = worker.origin();
  origin.due = worker.loop.now() - 1s;
  const client::LlmAnswer answer = run(worker, retrying(server, 5), origin);

  CHECK(answer.outcome == Outcome::kCompleted);
  CHECK(answer.reply.text == "Hello again");
  CHECK(answer.retries == 2);
  const metrics::Store& store = worker.counted();
  CHECK(requests(store, "outcome=failed,error=overloaded") == 2);
  CHECK(requests(store, "outcome=completed") == 1);
  CHECK(store.counter(metrics::kLlmRetries) == 2);
  CHECK(store.counter(metrics::kLlmCalls) == 1);
  CHECK(store.rate(metrics::kLlmCallFailed).trues == 0);
  CHECK(store.rate(metrics::kLlmRequestFailed).trues == 2);
  CHECK(store.trend(metrics::kLlmCallDuration).values.count() == 1);
  // Once for the call, in the request that ended it, and not for those that were tried again.
  CHECK(store.trend(metrics::kLlmTtftFromDue).count() == 1);
  CHECK(store.trend(metrics::kLlmTtftFromDue).values.min() >= 1.0);
}

TEST_CASE("a call gives up after as many retries as its policy allows") {
  LoopbackServer server(3, [](int fd, const std::string&) {
    LoopbackServer::say(fd, overloaded("connection: close\r\n"));
  });
  WorkerFixture worker;
  const client::LlmAnswer answer = run(worker, retrying(server, 2), worker.origin());
  CHECK(answer.outcome == Outcome::kFailed);
  CHECK(answer.retries == 2);
  const metrics::Store& store = worker.counted();
  CHECK(store.counter(metrics::kLlmRequests) == 3);
  CHECK(store.rate(metrics::kLlmCallFailed).trues == 1);
  CHECK(store.rate(metrics::kLlmCallFailed).total == 1);
}

TEST_CASE("what the server asks for is waited for before a retry") {
  int connections = 0;
  LoopbackServer server(2, [&](int fd, const std::string&) {
    LoopbackServer::say(fd, ++connections == 1
                                ? overloaded("retry-after-ms: 60\r\nconnection: close\r\n")
                                : whole_stream());
  });
  WorkerFixture worker;
  const base::TimePoint asked = worker.loop.now();
  const client::LlmAnswer answer = run(worker, retrying(server, 2), worker.origin());
  CHECK(answer.outcome == Outcome::kCompleted);
  CHECK(worker.loop.now() - asked >= 60ms);
  CHECK(worker.counted().trend(metrics::kLlmCallDuration).values.min() >= 0.06);
}

TEST_CASE("a stream that has begun is not tried again") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start() + delta("Hel"));
  });
  WorkerFixture worker;
  const client::LlmAnswer answer = run(worker, retrying(server, 5), worker.origin());
  CHECK(answer.reply.failure->kind == ErrorKind::kTruncated);
  CHECK(answer.retries == 0);
}

TEST_CASE("a connection that is refused is tried again") {
  client::LlmSpec spec;
  {
    LoopbackServer gone(0, [](int, const std::string&) {});
    spec = retrying(gone, 2);
  }
  WorkerFixture worker;
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  CHECK(answer.reply.failure->kind == ErrorKind::kConnect);
  CHECK(answer.retries == 2);
  CHECK(worker.counted().counter(metrics::kLlmRequests) == 3);
}

TEST_CASE(
    "a call that is given up between two requests is censored, its requests are what they are") {
  const bool left = GENERATE(false, true);
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, overloaded("retry-after-ms: 30000\r\nconnection: close\r\n"));
  });
  WorkerFixture worker;
  client::Origin origin = worker.origin();
  origin.due = worker.loop.now();
  auto call = std::make_unique<LlmCall>(worker.context, retrying(server, 2), origin, [] {});
  net::EventLoop::Timer look(worker.loop, [&] {
    const bool answered = worker.counted().counter(metrics::kLlmRequests) == 1;
    answered ? worker.loop.stop() : look.arm_after(1ms);
  });
  look.arm_after(1ms);
  worker.loop.run([] {});
  CHECK_FALSE(call->done());
  CHECK_FALSE(call->ended());
  {
    std::optional<client::LeftByScript> leaving;
    if (left) leaving.emplace(worker.context);
    call.reset();
  }
  const metrics::Store& store = worker.counted();
  CHECK(store.counter(metrics::kLlmRequests) == 1);
  CHECK(requests(store, "outcome=failed") == 1);
  const auto calls = [&](const char* selector) {
    return store.counter(metrics::kLlmCalls, *metrics::parse_selector(selector));
  };
  CHECK(calls("outcome=censored") == (left ? 0 : 1));
  CHECK(calls("outcome=completed") == (left ? 1 : 0));
  CHECK(store.trend(metrics::kLlmTtftFromDue).count() == 1);
  CHECK(store.trend(metrics::kLlmTtftFromDue).max().is_lower_bound);
}
