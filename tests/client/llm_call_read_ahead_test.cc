// What a request counts of events that were read ahead (net/read_ahead.h) when it is ended from
// without.
#include <catch2/catch.hpp>

#include "client/llm_call_fixture.h"
#include "net/read_ahead.h"

using namespace std::chrono_literals;
using namespace tests;
using client::LlmCall;
using client::Outcome;

namespace {

// Four tokens in reads of their own, the last three of which may be read ahead, then silence.
void say_four_tokens(int fd, const std::string&) {
  LoopbackServer::say(fd, kStreamHead + message_start() + delta("a"));
  for (const char* text : {"b", "c", "d"}) {
    std::this_thread::sleep_for(5ms);
    LoopbackServer::say(fd, delta(text));
  }
  LoopbackServer::await_close(fd);
}

// Runs the loop for as long as the four take, but not until the first of them is due.
void run_until_all_came(WorkerFixture& worker) {
  net::EventLoop::Timer stop(worker.loop, [&] { worker.loop.stop(); });
  stop.arm_after(net::ReadAhead::kLongest * 6 / 10);
  worker.loop.run([] {});
}

}  // namespace

TEST_CASE("what was read ahead counts for a call that is cancelled") {
  LoopbackServer server(1, say_four_tokens);
  WorkerFixture worker;
  LlmCall call(worker.context, spec_for(server), worker.origin(), [] {});
  run_until_all_came(worker);
  call.cancel();
  REQUIRE(call.done());
  const metrics::Store& store = worker.counted();
  check_cancelled(call.answer(), store);
  CHECK(call.answer().reply.text == "abcd");
  CHECK(store.trend(metrics::kLlmItl).count() + store.counter(metrics::kLlmItlCoalesced) == 3);
}

TEST_CASE("what was read ahead counts for a call that is destroyed, which tells nobody") {
  LoopbackServer server(1, say_four_tokens);
  WorkerFixture worker;
  int changes = 0;
  {
    LlmCall call(worker.context, spec_for(server), worker.origin(), [&] { ++changes; });
    run_until_all_came(worker);
  }
  CHECK(changes == 0);
  const metrics::Store& store = worker.counted();
  CHECK(requests(store, "outcome=censored") == 1);
  CHECK(store.trend(metrics::kLlmItl).count() + store.counter(metrics::kLlmItlCoalesced) == 3);
}

TEST_CASE("a silence counts from what was read ahead, not from what was looked at") {
  LoopbackServer server(1, say_four_tokens);
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.silence_timeout = net::ReadAhead::kLongest / 2;
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  CHECK(answer.outcome == Outcome::kFailed);
  REQUIRE(answer.reply.failure);
  CHECK(answer.reply.failure->kind == llm::ErrorKind::kTimeout);
  CHECK(answer.reply.text == "abcd");
}

TEST_CASE("a script that waits for single events is told at once") {
  LoopbackServer server(1, say_four_tokens);
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.keep_events = true;
  std::vector<base::Duration> late;
  DrivenCall driven(worker, std::move(spec), [&](LlmCall& call) {
    while (const auto event = call.take_event()) {
      if (event->data.find("text_delta") == std::string::npos) continue;
      late.push_back(event->at);
      if (late.size() == 4) return call.cancel();
    }
  });
  const base::TimePoint began = worker.loop.now();
  driven.run();
  CHECK(late.size() == 4);
  CHECK(worker.loop.now() - began < net::ReadAhead::kLongest);
}
