#include "client/record.h"

#include <catch2/catch.hpp>

#include "client/llm_call_fixture.h"

using namespace std::chrono_literals;
using namespace tests;
using client::LlmCall;

namespace {

// Runs one whole stream under an objective and says whether it was good; nothing where not judged.
std::optional<bool> judged(WorkerFixture& worker, const LoopbackServer& server,
                           const std::string& objective, std::uint64_t stop_after = 0) {
  const std::vector objectives{*metrics::parse_objective(objective, worker.registry)};
  worker.context.objectives = objectives;
  client::LlmSpec spec = spec_for(server);
  spec.stop_after = stop_after;
  client::Origin origin = worker.origin();
  origin.due = worker.loop.now() - 1s;
  run(worker, std::move(spec), origin);
  worker.context.objectives = {};
  const metrics::Store& store = worker.counted();
  if (store.rate(metrics::kLlmGood).total == 0) return std::nullopt;
  return store.rate(metrics::kLlmGood).trues == 1;
}

void serve_a_b(int fd, const std::string&) {
  LoopbackServer::say(fd, kStreamHead + message_start() + delta("a"));
  std::this_thread::sleep_for(20ms);
  LoopbackServer::say(fd, delta("b") + message_end(3) + "0\r\n\r\n");
}

}  // namespace

TEST_CASE("a request is good when every objective holds for it") {
  const auto [objective, good] = GENERATE(table<std::string, bool>({
      {"llm_ttft < 5s", true},
      {"llm_ttft < 1us", false},
      {"llm_ttft_from_due < 1s", false},
      {"llm_ttft_text < 5s", true},
      {"llm_itl < 5s", true},
      {"llm_itl < 15ms", false},  // Its longest gap, not its mean.
      {"llm_tpot < 5ms", false},
      {"llm_request_duration < 15ms", false},
      {"llm_request_duration_from_due < 900ms", false},
      {"llm_output_tokens_per_second > 1000", false},
      {"llm_tokens_out <= 3 tokens", true},
  }));
  CAPTURE(objective);
  LoopbackServer server(1, serve_a_b);
  WorkerFixture worker;
  CHECK(judged(worker, server, objective) == good);
  CHECK(worker.counted().counter(metrics::kLlmGoodRequests) == (good ? 1 : 0));
  CHECK(worker.counted().counter(metrics::kLlmGoodOutputTokens) == (good ? 3 : 0));
}

TEST_CASE("a cancelled request is judged by the values that it has") {
  const auto [objective, good] = GENERATE(table<std::string, bool>(
      {{"llm_request_duration < 1us", true}, {"llm_ttft < 5s", true}, {"llm_ttft < 1us", false}}));
  CAPTURE(objective);
  LoopbackServer server(1, serve_a_b);
  WorkerFixture worker;
  CHECK(judged(worker, server, objective, 1) == good);
}

TEST_CASE("a failed or censored request is never good, and judged all the same") {
  const bool censored = GENERATE(true, false);
  LoopbackServer server(1, [&](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start() + delta("a"));
    if (censored) LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  const std::vector objectives{*metrics::parse_objective("llm_ttft < 5s", worker.registry)};
  worker.context.objectives = objectives;
  if (censored) {
    const LlmCall call(worker.context, spec_for(server), worker.origin(), [] {});
  } else {
    run(worker, spec_for(server), worker.origin());
  }
  const metrics::Store& store = worker.counted();
  CHECK(store.rate(metrics::kLlmGood).total == 1);
  CHECK(store.rate(metrics::kLlmGood).trues == 0);
  CHECK(store.counter(metrics::kLlmGoodRequests) == 0);
}

TEST_CASE("without objectives nothing is judged") {
  LoopbackServer server(1, serve_a_b);
  WorkerFixture worker;
  run(worker, spec_for(server), worker.origin());
  CHECK(worker.counted().rate(metrics::kLlmGood).total == 0);
}

TEST_CASE("a late start is the error of what counts from due, and of nothing else") {
  LoopbackServer server(1, serve_a_b);
  WorkerFixture worker;
  client::Origin origin = worker.origin();
  origin.due = worker.loop.now() - 1s;
  origin.start_lag = 400ms;
  run(worker, spec_for(server), origin);
  const metrics::Store& store = worker.counted();
  const metrics::Trend from_due = store.trend(metrics::kLlmRequestDurationFromDue);
  REQUIRE(from_due.errors.count() == 1);
  CHECK(from_due.errors.max() == Approx(0.4).margin(0.05));
  CHECK(store.trend(metrics::kLlmTtftFromDue).errors.max() == Approx(0.4).margin(0.05));
  CHECK(store.trend(metrics::kLlmRequestDuration).errors.max() < 0.05);
}

TEST_CASE("two metrics tell requests apart by the size of their input, and no others do") {
  LoopbackServer server(1, serve_a_b);
  WorkerFixture worker;
  run(worker, spec_for(server), worker.origin());
  const metrics::Store& store = worker.counted();
  const metrics::Selector small = *metrics::parse_selector("input_size=<1k");
  CHECK(store.trend(metrics::kLlmTtft, small).count() == 1);
  CHECK(store.trend(metrics::kLlmRequestDuration, small).count() == 1);
  for (const auto metric : {metrics::kLlmTtftText, metrics::kLlmTpot, metrics::kLlmTokensIn,
                            metrics::kHttpReqDuration}) {
    CHECK(store.trend(metric).count() == 1);
    CHECK(store.trend(metric, small).count() == 0);
  }
}

TEST_CASE("first tokens are counted once more by the address that answered") {
  const bool cancelled = GENERATE(false, true);
  LoopbackServer server(1, [&](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start());
    if (cancelled) return LoopbackServer::await_close(fd);
    LoopbackServer::say(fd, delta("a") + message_end(3) + "0\r\n\r\n");
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.keep_events = cancelled;
  DrivenCall driven(worker, std::move(spec), [&](LlmCall& call) {
    if (cancelled) call.cancel();
  });
  driven.run();
  const metrics::Selector here = *metrics::parse_selector("remote_ip=127.0.0.1");
  const metrics::Trend ttft = worker.counted().trend(metrics::kLlmAddressTtft, here);
  CHECK(ttft.values.count() == (cancelled ? 0 : 1));
  CHECK(ttft.lower_bounds.count() == (cancelled ? 1 : 0));
}

TEST_CASE("a request that asked for caching in vain says so") {
  const auto [body, cache] = GENERATE(table<std::string, std::string>({
      {R"({"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]})", "unused"},
      {R"({"system":"the field \"cache_control\" is spoken of"})", ""},
      {"{}", ""},
  }));
  CAPTURE(body);
  LoopbackServer server(1, serve_a_b);
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.request.body = std::make_shared<const std::string>(body);
  CHECK(run(worker, std::move(spec), worker.origin()).cache == cache);
  CHECK(requests(worker.counted(), "cache=" + (cache.empty() ? "\"\"" : cache)) == 1);
}
