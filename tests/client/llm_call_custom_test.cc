// Streams of any server: Dialect::kCustom of client/llm_call.h.
#include <catch2/catch.hpp>

#include "client/llm_call_fixture.h"

using namespace std::chrono_literals;
using namespace tests;
using client::LlmCall;
using client::Outcome;
using llm::ErrorKind;

TEST_CASE("any server's stream is read by the rules given, whatever its content type") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd,
                        "HTTP/1.1 201 Created\r\ncontent-type: application/octet-stream\r\n"
                        "x-request-id: r1\r\ntransfer-encoding: chunked\r\n\r\n" +
                            chunk("data: {\"t\":\"\"}\n\ndata: {\"t\":\"Hel\"}\n\n"));
    std::this_thread::sleep_for(15ms);
    LoopbackServer::say(fd, chunk("data: {\"t\":\"lo\"}\n\n") +
                                chunk("data: {\"n\":2}\n\ndata: [DONE]\n\n") + "0\r\n\r\n");
  });
  WorkerFixture worker;
  client::LlmSpec spec = custom_spec(server, "/t");
  spec.rules.done_text = "[DONE]";
  spec.rules.output_tokens_pointer = "/n";
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  CHECK(answer.outcome == Outcome::kCompleted);
  CHECK(answer.status == 201);
  CHECK(answer.request_id == "r1");
  CHECK(answer.reply.text == "Hello");
  REQUIRE(answer.tpot);
  CHECK(*answer.tpot >= 14ms);
  CHECK(answer.duration >= *answer.ttft + *answer.tpot);
  const metrics::Store& store = worker.counted();
  CHECK(store.trend(metrics::kLlmTtft).values.count() == 1);
  // A gap that a busy machine blurred is counted apart.
  const metrics::Histogram gaps = store.trend(metrics::kLlmItl).values;
  CHECK(static_cast<double>(gaps.count()) + store.counter(metrics::kLlmItlCoalesced) == 1);
  if (!gaps.empty()) CHECK(gaps.min() >= 0.014);
  CHECK(store.counter(metrics::kLlmOutputTokens) == 2);
}

TEST_CASE("a stream of lines ends with its body, and its last line needs no end") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd,
                        "HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n{\"t\":\"a\"}\r\n\r\n"
                        "{\"t\":\"b\"}");
  });
  WorkerFixture worker;
  client::LlmSpec spec = custom_spec(server, "/t");
  spec.rules.format = llm::CustomRules::Format::kLines;
  spec.model = "";
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  CHECK(answer.outcome == Outcome::kCompleted);
  CHECK(answer.reply.text == "ab");
  CHECK(answer.reply.events == 2);
  CHECK(worker.context.unpriced_models.empty());
}

TEST_CASE("a body cut short is no whole stream, though the body's end is its end") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\none\ntw");
  });
  WorkerFixture worker;
  client::LlmSpec spec = custom_spec(server, "");
  spec.rules.format = llm::CustomRules::Format::kLines;
  const client::LlmAnswer answer = run(worker, std::move(spec), worker.origin());
  REQUIRE(answer.reply.failure);
  CHECK(answer.reply.failure->kind == ErrorKind::kTruncated);
  CHECK(answer.reply.text == "one");
}

TEST_CASE("another status than 2xx is a failure by its status in any dialect") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 503 No\r\ncontent-length: 4\r\n\r\nbusy");
  });
  WorkerFixture worker;
  const client::LlmAnswer answer = run(worker, custom_spec(server, ""), worker.origin());
  REQUIRE(answer.reply.failure);
  CHECK(answer.reply.failure->kind == ErrorKind::kServerError);
  CHECK(answer.reply.failure->message == "busy");
  CHECK(answer.reply.text.empty());
}

namespace {

client::LlmSpec told_spec(const LoopbackServer& server) {
  client::LlmSpec spec = custom_spec(server, "");
  spec.rules.content = llm::CustomRules::ContentRule::kTold;
  spec.rules.format = llm::CustomRules::Format::kLines;
  return spec;
}

// Upper-case lines are content.
void classify(LlmCall& call, const client::KeptEvent& event) {
  const bool is_content = std::isupper(static_cast<unsigned char>(event.data[0])) != 0;
  call.classify(is_content ? llm::Content::kText : llm::Content::kNone,
                is_content ? event.data : "");
}

}  // namespace

TEST_CASE("events that the owner classifies later have the times of their arrival") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\nno\nA\n");
    std::this_thread::sleep_for(20ms);
    LoopbackServer::say(fd, "B\nno\nC\n");
  });
  WorkerFixture worker;
  DrivenCall driven(worker, told_spec(server), [](LlmCall& call) {
    if (!call.ended()) return;  // All events wait until the end, and then come at once.
    CHECK_FALSE(call.done());
    while (const auto event = call.take_event()) classify(call, *event);
    CHECK(call.done());
  });
  const client::LlmAnswer& answer = driven.run();
  CHECK(answer.outcome == Outcome::kCompleted);
  CHECK(answer.reply.text == "ABC");
  CHECK(answer.reply.content_events == 3);
  REQUIRE(answer.ttft);
  CHECK(answer.duration >= *answer.ttft + 19ms);
  const metrics::Store& store = worker.counted();
  const metrics::Trend itl = store.trend(metrics::kLlmItl);
  CHECK(itl.values.count() + store.counter(metrics::kLlmItlCoalesced) == 2);
  CHECK(requests(store, "outcome=completed") == 1);
}

TEST_CASE("what nobody classified is no content, and bounds the first token from below") {
  const bool over = GENERATE(true, false);
  LoopbackServer server(1, [&](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nA\n");
    if (over) LoopbackServer::say(fd, "B\n");
    LoopbackServer::await_close(fd);
  });
  WorkerFixture worker;
  std::unique_ptr<LlmCall> call;
  net::EventLoop::Timer end(worker.loop, [&] {
    if (over && !call->ended()) return;
    call.reset();
    worker.loop.stop();
  });
  call = std::make_unique<LlmCall>(worker.context, told_spec(server), worker.origin(),
                                   [&] { end.arm_after(30ms); });
  worker.loop.run([] {});
  const metrics::Store& store = worker.counted();
  CHECK(requests(store, over ? "outcome=completed" : "outcome=censored") == 1);
  const metrics::Trend ttft = store.trend(metrics::kLlmTtft);
  CHECK(ttft.values.count() == 0);
  CHECK(ttft.lower_bounds.count() == (over ? 0 : 1));
  // It came before the 30 ms had passed, and may have been the token.
  if (!over)
    CHECK(ttft.lower_bounds.max() < store.trend(metrics::kLlmRequestDuration).lower_bounds.min());
}

TEST_CASE("a count of content events is one of those that the owner has seen") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nA\nno\nB\nC\n");
  });
  WorkerFixture worker;
  client::LlmSpec spec = told_spec(server);
  spec.stop_after = 2;
  DrivenCall driven(worker, std::move(spec), [](LlmCall& call) {
    while (const auto event = call.take_event()) classify(call, *event);
  });
  const client::LlmAnswer& answer = driven.run();
  check_cancelled(answer, worker.counted());
  CHECK(answer.reply.text == "AB");
}
