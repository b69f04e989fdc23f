// Requests that their user ends: cancel() and stop_after of client/llm_call.h.
#include <catch2/catch.hpp>

#include "client/llm_call_fixture.h"

using namespace std::chrono_literals;
using namespace tests;
using client::LlmCall;
using client::Outcome;

TEST_CASE("a cancelled stream did what its user wanted, and has no end") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start() + delta("Hel") + delta("lo"));
    LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.keep_events = true;
  DrivenCall driven(worker, std::move(spec), [](LlmCall& call) {
    call.cancel();
    CHECK(call.done());
    CHECK_FALSE(call.take_event());
    call.cancel();  // Harmless.
  });
  const client::LlmAnswer& answer = driven.run();
  const metrics::Store& store = worker.counted();
  check_cancelled(answer, store);
  CHECK(answer.reply.text == "Hello");
  CHECK(store.trend(metrics::kLlmTtft).values.count() == 1);
  CHECK(store.counter(metrics::kLlmInputTokens) == 12);
  CHECK(answer.cost_usd == Approx((12 * 1.0 + 1 * 5.0) / 1e6));
}

TEST_CASE("a stream that is cancelled before its first token leaves a lower bound") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start());
    LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.keep_events = true;
  DrivenCall driven(worker, std::move(spec), [](LlmCall& call) { call.cancel(); });
  const client::LlmAnswer& answer = driven.run();
  const metrics::Store& store = worker.counted();
  check_cancelled(answer, store);
  CHECK_FALSE(answer.ttft);
  CHECK(store.trend(metrics::kLlmTtft).values.count() == 0);
  CHECK(store.trend(metrics::kLlmTtft).lower_bounds.count() == 1);
}

TEST_CASE("a request may be cancelled before there is any answer") {
  LoopbackServer server(1, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  WorkerFixture worker;
  LlmCall call(worker.context, spec_for(server), worker.origin(), [] {});
  call.cancel();
  REQUIRE(call.done());
  check_cancelled(call.answer(), worker.counted());
  CHECK(call.answer().status == 0);
}

TEST_CASE("a stream stops itself after so many content events, though more came with them") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start() + delta("a") + delta("b") + delta("c") +
                                message_end(3) + "0\r\n\r\n");
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.stop_after = 2;
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  const metrics::Store& store = worker.counted();
  check_cancelled(answer, store);
  CHECK(answer.reply.text == "ab");
  CHECK(answer.reply.content_events == 2);
  CHECK(store.trend(metrics::kLlmItl).count() + store.counter(metrics::kLlmItlCoalesced) == 1);
}

TEST_CASE("a stream with fewer content events than it may have is completed") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd,
                        kStreamHead + message_start() + delta("a") + message_end(1) + "0\r\n\r\n");
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.stop_after = 2;
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  CHECK_FALSE(answer.cancelled);
  CHECK(answer.reply.stop_reason == "end_turn");
  CHECK(worker.counted().trend(metrics::kLlmRequestDuration).values.count() == 1);
}

TEST_CASE(
    "a call that its script left counts as cancelled, one that the test cut off as censored") {
  LoopbackServer server(2, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  WorkerFixture worker;
  const auto change = [] { FAIL("nobody is there to hear of it"); };
  auto call = std::make_unique<LlmCall>(worker.context, spec_for(server), worker.origin(), change);
  {
    const client::LeftByScript left(worker.context);
    call.reset();
  }
  const auto of = [&](const char* outcome) {
    return worker.counted().counter(metrics::kLlmRequests, *metrics::parse_selector(outcome));
  };
  CHECK(of("outcome=completed") == 1);
  CHECK(worker.counted().counter(metrics::kLlmCancelled) == 1);
  call = std::make_unique<LlmCall>(worker.context, spec_for(server), worker.origin(), change);
  call.reset();
  CHECK(of("outcome=censored") == 1);
  CHECK(worker.counted().counter(metrics::kLlmCancelled) == 1);
}
