// The responses' stream decoder of llm/openai.h.
#include <catch2/catch.hpp>

#include "llm/decoding.h"

using llm::Content;
using llm::ErrorKind;
using tests::Decoded;

namespace {

Decoded decode(const std::string& stream) {
  return tests::decode(llm::make_openai_responses_decoder, {stream});
}

Decoded decode_fixture(const std::string& name) {
  return decode(tests::read_fixture("openai_responses/" + name));
}

llm::Reply reply_to(const std::vector<std::string>& events) {
  return decode(tests::stream_of(events)).reply;
}

const std::string kCompleted = R"({"type":"response.completed","response":{"id":"resp_1"}})";

}  // namespace

TEST_CASE("a response is decoded, its reasoning and its cached input apart") {
  const Decoded decoded = decode_fixture("text.sse");
  const llm::Reply& reply = decoded.reply;
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.id == "resp_67ccd2bed1ec8190");
  CHECK(reply.model == "gpt-5-mini-2025-08-07");
  CHECK(reply.text == "Hello there 😀");
  CHECK(reply.thinking == "Greeting");
  CHECK(reply.thought);
  CHECK(reply.stop_reason == "completed");
  CHECK(reply.usage.input_tokens == 86);
  CHECK(reply.usage.cache_read_tokens == 1920);
  CHECK(reply.usage.output_tokens == 310);
  CHECK(reply.usage.thinking_tokens == 300U);
  CHECK(reply.usage.final);
  CHECK(reply.events == 17);
  CHECK(reply.content_events == 3);
  CHECK(reply.message_events == 5);  // With response.created and response.completed.
  CHECK(reply.unknown_events == 0);
  CHECK(decoded.contents[4] == Content::kThinking);
  CHECK(decoded.contents[10] == Content::kText);
  CHECK(decoded.contents[11] == Content::kText);
}

TEST_CASE("function calls and custom tool calls are joined by their output index") {
  const llm::Reply reply = decode_fixture("tools.sse").reply;
  CHECK(reply.complete);
  REQUIRE(reply.tool_uses.size() == 2);
  CHECK(reply.tool_uses[0].id == "call_DdmO9pD3");
  CHECK(reply.tool_uses[0].name == "get_weather");
  CHECK(reply.tool_uses[0].input_json == R"({"location":"Paris"})");
  CHECK(reply.tool_uses[1].id == "call_kXQ2mV1z");
  CHECK(reply.tool_uses[1].name == "run_sql");
  CHECK(reply.tool_uses[1].input_json == "SELECT 1");
  CHECK(reply.content_events == 3);
  CHECK_FALSE(reply.thought);
}

TEST_CASE("input of the server's own tools is content and no tool use") {
  const llm::Reply reply = reply_to(
      {R"({"type":"response.output_item.added","output_index":0,"item":{"type":"mcp_call"}})",
       R"({"type":"response.mcp_call_arguments.delta","output_index":0,"delta":"{"})",
       R"({"type":"response.code_interpreter_call_code.delta","output_index":1,"delta":"1+1"})",
       R"({"type":"response.web_search_call.searching","output_index":2})", kCompleted});
  CHECK(reply.complete);
  CHECK(reply.tool_uses.empty());
  CHECK(reply.content_events == 2);
  CHECK(reply.unknown_events == 0);
}

TEST_CASE("a refused response is a failure of a complete stream") {
  const llm::Reply reply = decode_fixture("refusal.sse").reply;
  CHECK(reply.complete);
  CHECK(reply.content_events == 0);
  CHECK(reply.usage.output_tokens == 9);
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kRefused);
  CHECK(reply.failure->message == "I'm sorry, I can't.");
}

TEST_CASE("a content part of type refusal is a refusal though no text explains it") {
  const llm::Reply reply =
      reply_to({R"({"type":"response.content_part.added","part":{"type":"refusal"}})", kCompleted});
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kRefused);
  CHECK(reply.failure->message == "the model refused");
}

TEST_CASE("an incomplete response is a good end with its reason") {
  const llm::Reply reply = decode_fixture("incomplete.sse").reply;
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.stop_reason == "max_output_tokens");
  CHECK(reply.usage.output_tokens == 1);
  CHECK(reply_to({R"({"type":"response.incomplete"})"}).stop_reason == "incomplete");
}

TEST_CASE("a failed response is a failure with the response's own error") {
  const llm::Reply reply = decode_fixture("failed.sse").reply;
  CHECK_FALSE(reply.complete);
  CHECK(reply.text == "Hello");
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kStreamError);
  CHECK(reply.failure->type == "server_error");
  CHECK(reply.failure->message == "The model failed to generate a response.");
  const llm::Reply silent = reply_to({R"({"type":"response.failed","response":{"error":null}})"});
  REQUIRE(silent.failure);
  CHECK(silent.failure->kind == ErrorKind::kStreamError);
}

TEST_CASE("an error event of a response is a failure, here of a rate limit") {
  const llm::Reply reply = decode_fixture("error.sse").reply;
  CHECK_FALSE(reply.complete);
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kRateLimited);
  CHECK(reply.failure->type == "rate_limit_exceeded");
  CHECK(reply.failure->limit == llm::LimitKind::kTokens);
}

TEST_CASE("the type in the JSON decides, and the event's name where there is none") {
  const Decoded decoded = decode(
      "event: ping\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n"
      "event: response.output_text.delta\ndata: {\"delta\":\"b\"}\n\n"
      "data: {\"type\":\"keepalive\"}\n\nevent: response.completed\ndata: {}\n\n");
  CHECK(decoded.reply.text == "ab");
  CHECK(decoded.reply.pings == 1);
  CHECK(decoded.reply.complete);
}

TEST_CASE("a gateway's [DONE] neither completes a response nor disturbs one") {
  CHECK(reply_to({kCompleted, "[DONE]"}).complete);
  CHECK(reply_to({"[DONE]"}).failure->kind == ErrorKind::kTruncated);
}

TEST_CASE("what is not known of a response is counted and does not end it") {
  const llm::Reply reply = reply_to(
      {R"({"type":"moon_phase"})", R"({"type":"response.moon_phase.delta","delta":"x"})",
       R"({"type":"response.output_text.delta"})", R"({"type":"response.output_item.added"})",
       R"({"type":"response.created","response":7})", kCompleted});
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.content_events == 0);
  CHECK(reply.unknown_events == 1);
}
