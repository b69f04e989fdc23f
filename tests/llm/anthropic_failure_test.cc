// The stream decoder of llm/anthropic.h: failures, and what is not as it should be.
#include <catch2/catch.hpp>
#include <string>

#include "fixtures.h"
#include "llm/anthropic.h"
#include "llm/anthropic_stream.h"

using llm::ErrorKind;
using tests::decode;
using tests::kStop;
using tests::reply_of;
using tests::reply_of_fixture;
using tests::reply_to;
using tests::text_delta;
using tests::tool_delta;

TEST_CASE("a refusal is a failure of a complete stream") {
  const llm::Reply reply = reply_of_fixture("refusal.sse");
  CHECK(reply.complete);
  CHECK(reply.content_events == 0);
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kRefused);
  CHECK(reply.failure->message == "This request cannot be answered.");
  CHECK(reply.failure->status == 200);
}

TEST_CASE("an overload in the middle of a stream keeps what came before it") {
  const llm::Reply reply = reply_of_fixture("overloaded.sse");
  CHECK_FALSE(reply.complete);
  CHECK(reply.text == "Hello, wor");
  CHECK_FALSE(reply.usage.final);
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kOverloaded);
  CHECK(reply.failure->type == "overloaded_error");
  CHECK(reply.failure->message == "Overloaded");
  CHECK(reply.failure->request_id == "req_011CTzYqSfGhr9jT6nQ4aW3x");
}

TEST_CASE("a stream without message_stop is truncated") {
  llm::DecoderOptions options;
  options.request_id = "req_header";
  const llm::Reply reply = decode(tests::read_fixture("anthropic/truncated.sse"), options).reply;
  CHECK_FALSE(reply.complete);
  CHECK(reply.text == "Hello, wor");
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kTruncated);
  CHECK(reply.failure->request_id == "req_header");
  CHECK(reply_of("").failure->kind == ErrorKind::kTruncated);
  CHECK(reply_of("data: [DONE]\n\n").failure->kind == ErrorKind::kTruncated);
}

TEST_CASE("what is not known is counted and does not end the stream") {
  const llm::Reply reply =
      reply_to({": ping", "", "{", "17", "null", "\"text\"", "[]", "{}", "\xFF", R"({"type":7})",
                R"({"type":"moon_phase","error":{"type":"x"}})",
                R"({"type":"content_block_delta","delta":{"type":"moon_delta","text":"no"}})",
                R"({"type":"content_block_delta","index":0,"delta":{"type":"text_del)",
                text_delta("a"), kStop});
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.text == "a");
  CHECK(reply.events == 15);
  CHECK(reply.unknown_events == 11);
  CHECK(reply.pings == 2);
}

TEST_CASE("known events without their parts are no content and no fault") {
  const llm::Reply reply = reply_to(
      {R"({"type":"message_start"})", R"({"type":"message_start","message":null})",
       R"({"type":"content_block_start"})", R"({"type":"content_block_start","content_block":7})",
       R"({"type":"content_block_delta"})", R"({"type":"content_block_delta","delta":"x"})",
       R"({"type":"content_block_delta","delta":{"type":"text_delta"}})",
       R"({"type":"content_block_delta","delta":{"type":"text_delta","text":null}})",
       R"({"type":"content_block_stop"})", R"({"type":"message_delta"})", text_delta(""),
       tool_delta(9, "x"),
       R"({"type":"content_block_delta","delta":{"type":"citations_delta","citation":{}}})",
       kStop});
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.content_events == 1);  // The input of a tool that was never begun.
  CHECK(reply.unknown_events == 0);
}

TEST_CASE("an error without data is a failure without a reason") {
  const llm::Reply reply = reply_of("event: error\ndata\n\n");
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kStreamError);
  CHECK(reply.failure->message == "the server answered 200 and gave no reason");
}

TEST_CASE("vLLM's [DONE] after an error is neither content nor unknown") {
  const llm::Reply reply = reply_of_fixture("vllm_error.sse");
  CHECK_FALSE(reply.complete);
  CHECK(reply.text == "Hello");
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kStreamError);
  CHECK(reply.failure->type == "internal_error");
  CHECK(reply.failure->message == "EngineCore encountered an issue.");
  CHECK(reply.events == 5);
  CHECK(reply.unknown_events == 0);
}

TEST_CASE("what follows the terminal event is counted and changes nothing") {
  const std::string error = R"({"type":"error","error":{"type":"api_error","message":"m"}})";
  const llm::Reply stopped = reply_to({text_delta("a"), kStop, text_delta("b"), error});
  CHECK(stopped.complete);
  CHECK_FALSE(stopped.failure);
  CHECK(stopped.text == "a");
  CHECK(stopped.events == 4);
  CHECK(stopped.content_events == 1);
  const llm::Reply failed = reply_to({error, text_delta("b"), kStop});
  CHECK_FALSE(failed.complete);
  CHECK(failed.failure->type == "api_error");
  CHECK(failed.content_events == 0);
}
