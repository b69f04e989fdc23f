#include "client/llm_call.h"

#include <catch2/catch.hpp>

#include "client/llm_call_fixture.h"

using namespace std::chrono_literals;
using namespace tests;
using client::LlmCall;
using client::Outcome;
using llm::ErrorKind;

TEST_CASE("a whole stream becomes a completed request with its times, tokens and cost") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start() + delta("Hello"));
    std::this_thread::sleep_for(15ms);
    LoopbackServer::say(fd, delta(" world"));
    std::this_thread::sleep_for(15ms);
    LoopbackServer::say(fd, delta("!") + message_end(3) + "0\r\n\r\n");
  });
  WorkerFixture worker;
  client::Origin origin = worker.origin();
  origin.due = worker.loop.now() - 1s;
  const client::LlmAnswer answer = run(worker, spec_for(server), origin);

  CHECK(answer.outcome == Outcome::kCompleted);
  CHECK(answer.reply.text == "Hello world!");
  CHECK(answer.request_id == "req_011");
  CHECK(answer.status == 200);
  REQUIRE(answer.ttft);
  REQUIRE(answer.tpot);
  CHECK(*answer.tpot >= 15ms);  // (30 ms or more) / (3 − 1)
  CHECK(answer.duration >= *answer.ttft + 30ms);
  CHECK(answer.cost_usd == Approx((12 * 1.0 + 3 * 5.0) / 1e6));

  const metrics::Store& store = worker.counted();
  CHECK(requests(store, "outcome=completed,status=200,model=claude-haiku-4-5,task=simple") == 1);
  const metrics::Trend itl = store.trend(metrics::kLlmItl);
  CHECK(itl.values.count() == 2);
  CHECK(itl.values.min() >= 0.014);
  CHECK(store.trend(metrics::kLlmTtft).values.count() == 1);
  CHECK(store.trend(metrics::kLlmTtftFromDue).values.min() >= 1.0);
  CHECK(store.counter(metrics::kLlmInputTokens) == 12);
  CHECK(store.counter(metrics::kLlmOutputTokens) == 3);
  CHECK(store.rate(metrics::kLlmRequestFailed).total == 1);
  CHECK(store.rate(metrics::kLlmRequestFailed).trues == 0);
  CHECK(store.counter(metrics::kHttpReqs) == 1);
}

TEST_CASE("a stream that ends without its terminal event is truncated, however politely") {
  const bool politely = GENERATE(true, false);
  LoopbackServer server(1, [&](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start() + delta("Hel"));
    if (politely) LoopbackServer::say(fd, "0\r\n\r\n");
  });
  WorkerFixture worker;
  const client::LlmAnswer answer = run(worker, spec_for(server), worker.origin());
  CHECK(answer.outcome == Outcome::kFailed);
  REQUIRE(answer.reply.failure);
  CHECK(answer.reply.failure->kind == ErrorKind::kTruncated);
  CHECK(answer.reply.failure->status == 200);
  CHECK(answer.reply.text == "Hel");
  CHECK(answer.ttft);
  const metrics::Store& store = worker.counted();
  CHECK(requests(store, "outcome=failed,error=truncated") == 1);
  CHECK(store.rate(metrics::kLlmTruncated).trues == 1);
  CHECK(store.trend(metrics::kLlmTtft).values.count() == 1);
  CHECK(store.trend(metrics::kLlmRequestDuration).count() == 0);
}

TEST_CASE("a stream cut by a reset is a reset") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start());
    std::this_thread::sleep_for(5ms);  // Let the client read before the reset discards.
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  });
  WorkerFixture worker;
  const client::LlmAnswer answer = run(worker, spec_for(server), worker.origin());
  REQUIRE(answer.reply.failure);
  CHECK(answer.reply.failure->kind == ErrorKind::kReset);
}

TEST_CASE("time-outs are told apart, and leave a lower bound") {
  const bool begun = GENERATE(true, false);
  LoopbackServer server(1, [&](int fd, const std::string&) {
    if (begun) LoopbackServer::say(fd, kStreamHead + message_start());
    LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.first_event_timeout = 30ms;
  spec.silence_timeout = 40ms;
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  REQUIRE(answer.reply.failure);
  CHECK(answer.reply.failure->kind == ErrorKind::kTimeout);
  CHECK(answer.reply.failure->message == (begun ? "silent for 40.0ms" : "no event within 30.0ms"));
  const metrics::Store& store = worker.counted();
  CHECK(requests(store, "outcome=failed,error=timeout") == 1);
  const metrics::Trend ttft = store.trend(metrics::kLlmTtft);
  CHECK(ttft.values.count() == 0);
  CHECK(ttft.lower_bounds.count() == 1);
  CHECK(ttft.lower_bounds.min() >= 0.025);
  CHECK(store.trend(metrics::kLlmRequestDuration).lower_bounds.count() == 1);
}

TEST_CASE("a call that is destroyed under way is censored, not lost") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start() + delta("Hel") + delta("lo"));
    LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.keep_events = true;
  std::unique_ptr<LlmCall> call;
  int told = 0;
  net::EventLoop::Timer end(worker.loop, [&] {
    call.reset();
    worker.loop.stop();
  });
  call = std::make_unique<LlmCall>(worker.context, std::move(spec), worker.origin(), [&] {
    if (++told == 4) end.arm_after(1ms);
  });
  worker.loop.run([] {});
  const metrics::Store& store = worker.counted();
  CHECK(requests(store, "outcome=censored,status=200") == 1);
  CHECK(store.rate(metrics::kLlmRequestFailed).total == 1);
  CHECK(store.rate(metrics::kLlmRequestFailed).trues == 0);
  CHECK(store.trend(metrics::kLlmTtft).values.count() == 1);
  CHECK(store.trend(metrics::kLlmRequestDuration).lower_bounds.count() == 1);
  CHECK(store.counter(metrics::kLlmInputTokens) == 12);
}

TEST_CASE("an error status keeps the provider's words") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    const std::string body =
        R"({"type":"error","error":{"type":"rate_limit_error","message":"slow down"},)"
        R"("request_id":"req_7"})";
    LoopbackServer::say(fd,
                        "HTTP/1.1 429 Too Many\r\nretry-after: 7\r\nrequest-id: req_7\r\n"
                        "content-type: application/json\r\ncontent-length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  WorkerFixture worker;
  const client::LlmAnswer answer = run(worker, spec_for(server), worker.origin());
  REQUIRE(answer.reply.failure);
  CHECK(answer.reply.failure->kind == ErrorKind::kRateLimited);
  CHECK(answer.reply.failure->type == "rate_limit_error");
  CHECK(answer.reply.failure->message == "slow down");
  CHECK(answer.reply.failure->request_id == "req_7");
  CHECK(answer.reply.failure->retry_after == base::Duration(7s));
  CHECK(worker.counted().rate(metrics::kLlmRateLimited).trues == 1);
}

TEST_CASE("an answer that is no stream is read whole") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    const std::string body =
        R"({"model":"claude-haiku-4-5-20251001","id":"msg_1","type":"message","role":"assistant",)"
        R"("content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn",)"
        R"("usage":{"input_tokens":5,"output_tokens":2}})";
    LoopbackServer::say(fd,
                        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                        "content-length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  WorkerFixture worker;
  const client::LlmAnswer answer = run(worker, spec_for(server, false), worker.origin());
  CHECK(answer.outcome == Outcome::kCompleted);
  CHECK(answer.reply.text == "Hi");
  CHECK(answer.reply.stop_reason == "end_turn");
  CHECK_FALSE(answer.ttft);
  const metrics::Store& store = worker.counted();
  CHECK(store.trend(metrics::kLlmTtft).count() == 0);
  CHECK(store.trend(metrics::kLlmRequestDuration).values.count() == 1);
}

TEST_CASE("kept events come one by one, with when they arrived") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd,
                        kStreamHead + message_start() + delta("a") + message_end(1) + "0\r\n\r\n");
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.keep_events = true;
  std::unique_ptr<LlmCall> call;
  call = std::make_unique<LlmCall>(worker.context, std::move(spec), worker.origin(), [&] {
    if (call->done()) worker.loop.stop();
  });
  worker.loop.run([] {});
  std::vector<std::string> names;
  while (const auto kept = call->take_event()) {
    names.push_back(kept->name);
    CHECK(kept->at > 0ns);
  }
  CHECK(names == std::vector<std::string>{"message_start", "content_block_start",
                                          "content_block_delta", "message_delta", "message_stop"});
}

TEST_CASE("a model without a price costs nothing and is named") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(
        fd, std::string(kStreamHead) +
                sse_event("message_start",
                          R"({"type":"message_start","message":{"model":"house-7b",)"
                          R"("id":"m","usage":{"input_tokens":1,"output_tokens":1}}})") +
                delta("x") + message_end(1) + "0\r\n\r\n");
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.model = "house-7b";
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  CHECK(answer.outcome == Outcome::kCompleted);
  CHECK_FALSE(answer.cost_usd);
  CHECK(worker.context.unpriced_models == std::set<std::string>{"house-7b"});
}

TEST_CASE("a stream is over with its terminal event, though the server keeps the body open") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start() + delta("x") + message_end(1));
    LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  const client::LlmAnswer answer = run(worker, spec_for(server), worker.origin());
  CHECK(answer.outcome == Outcome::kCompleted);
  CHECK(answer.duration < 400ms);  // The 500 ms of waiting for the close are not the server's.
  CHECK(requests(worker.counted(), "outcome=completed") == 1);
}

TEST_CASE("a silence shorter than the wait for the first event is noticed in time") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start());
    LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.silence_timeout = 40ms;
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  REQUIRE(answer.reply.failure);
  CHECK(answer.reply.failure->message == "silent for 40.0ms");
  CHECK(answer.duration < 1s);
}

TEST_CASE("a request that is not streamed has no first token, finished or not") {
  LoopbackServer server(1, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server, false);
  spec.request.total_timeout = 30ms;
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  REQUIRE(answer.reply.failure);
  CHECK(answer.reply.failure->kind == ErrorKind::kTimeout);
  const metrics::Store& store = worker.counted();
  CHECK(store.trend(metrics::kLlmTtft).count() == 0);
  CHECK(store.trend(metrics::kLlmRequestDuration).lower_bounds.count() == 1);
}

TEST_CASE("what was received of a request that is given up is counted") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, kStreamHead + message_start());
    LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  client::LlmSpec spec = spec_for(server);
  spec.silence_timeout = 30ms;
  run(worker, std::move(spec), worker.origin());
  CHECK(worker.counted().counter(metrics::kDataReceived) > 200);
}
