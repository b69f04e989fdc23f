// parse_anthropic_message of llm/anthropic.h.
#include <catch2/catch.hpp>
#include <string>

#include "llm/anthropic.h"

using llm::ErrorKind;

namespace {

llm::Reply message_of(std::string_view body) { return llm::parse_anthropic_message(body, {}); }

constexpr std::string_view kToolUse =
    R"({"model":"claude-haiku-4-5-20251001","id":"msg_01YPmXusvsWu64vxcNZf1uJq","type":"message",)"
    R"("role":"assistant","content":[{"type":"tool_use","id":"toolu_016xm9m1i3NcGW5xFMMZJTqY",)"
    R"("name":"get_weather","input":{"location":"San Francisco, CA","units":"f"},)"
    R"("caller":{"type":"direct"}}],"stop_reason":"tool_use","stop_sequence":null,)"
    R"("usage":{"input_tokens":656,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,)"
    R"("cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},)"
    R"("output_tokens":74,"service_tier":"standard","inference_geo":"not_available"}})";

}  // namespace

TEST_CASE("a captured whole answer is read") {
  const llm::Reply reply = message_of(kToolUse);
  CHECK_FALSE(reply.failure);
  CHECK(reply.complete);
  CHECK(reply.id == "msg_01YPmXusvsWu64vxcNZf1uJq");
  CHECK(reply.model == "claude-haiku-4-5-20251001");
  CHECK(reply.stop_reason == "tool_use");
  REQUIRE(reply.tool_uses.size() == 1);
  CHECK(reply.tool_uses[0].id == "toolu_016xm9m1i3NcGW5xFMMZJTqY");
  CHECK(reply.tool_uses[0].name == "get_weather");
  CHECK(reply.tool_uses[0].input_json == R"({"location":"San Francisco, CA","units":"f"})");
  CHECK(reply.usage.input_tokens == 656);
  CHECK(reply.usage.output_tokens == 74);
  CHECK(reply.usage.final);
  CHECK_FALSE(reply.usage.thinking_tokens);
}

TEST_CASE("text, thinking and every count of the usage are read") {
  const std::string body = R"({"type":"message","content":[
      {"type":"thinking","thinking":"Hm.","signature":"x"},{"type":"text","text":"a\u00e9"},
      {"type":"web_search_tool_result","content":[]},{"type":"text","text":"b"}],
      "stop_reason":"end_turn","usage":{"input_tokens":1,"cache_creation_input_tokens":20,
      "cache_read_input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":5,
      "ephemeral_1h_input_tokens":15},"output_tokens":6,
      "output_tokens_details":{"thinking_tokens":4}}})";
  const llm::Reply reply = message_of(body);
  CHECK(reply.text == "aéb");
  CHECK(reply.thinking == "Hm.");
  CHECK(reply.thought);
  CHECK(reply.usage.cache_write_tokens == 20);
  CHECK(reply.usage.cache_write_1h_tokens == 15);
  CHECK(reply.usage.cache_read_tokens == 3);
  CHECK(reply.usage.all_input() == 24);
  CHECK(reply.usage.thinking_tokens == 4U);

  llm::DecoderOptions options;
  options.keep_text = false;
  const llm::Reply counted = llm::parse_anthropic_message(body, options);
  CHECK(counted.text.empty());
  CHECK(counted.thinking.empty());
  CHECK(counted.usage.output_tokens == 6);
}

TEST_CASE("nulls and missing fields of a whole answer count as nothing") {
  const llm::Reply reply = message_of(
      R"({"content":[{"type":"text"},7,null],"usage":{"input_tokens":null,"output_tokens":-3}})");
  CHECK_FALSE(reply.failure);
  CHECK(reply.complete);
  CHECK(reply.usage.input_tokens == 0);
  CHECK(reply.usage.output_tokens == 0);
  CHECK_FALSE(reply.usage.final);
}

TEST_CASE("a refused whole answer is complete and a failure") {
  llm::DecoderOptions options;
  options.request_id = "req_1";
  const llm::Reply reply = llm::parse_anthropic_message(
      R"({"type":"message","content":[],"stop_reason":"refusal","stop_details":{"type":"refusal",)"
      R"("category":"bio","explanation":"No."}})",
      options);
  CHECK(reply.complete);
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kRefused);
  CHECK(reply.failure->message == "No.");
  CHECK(reply.failure->request_id == "req_1");
}

TEST_CASE("an answer with status 200 that is no message is a failure of the protocol") {
  for (const char* body : {"", "{", "[]", "null", "\"text\"", "{}", R"({"type":"completion"})",
                           R"({"type":"error","content":[]})", "<html>Hello</html>",
                           R"({"type":"error","error":{"type":"api_error","message":"x"}})"}) {
    INFO(body);
    const llm::Reply reply = message_of(body);
    CHECK_FALSE(reply.complete);
    REQUIRE(reply.failure);
    CHECK(reply.failure->kind == ErrorKind::kProtocol);
    CHECK(reply.failure->status == 200);
    CHECK_FALSE(reply.failure->message.empty());
  }
}

TEST_CASE("what is billed apart is read from a whole answer") {
  const llm::Usage usage =
      message_of(R"({"content":[],"speed":"fast","usage":{"output_tokens":1,"inference_geo":"us",)"
                 R"("server_tool_use":{"web_search_requests":2}}})")
          .usage;
  CHECK(usage.web_searches == 2);
  CHECK(usage.us_only);
  CHECK(usage.fast);
  CHECK(message_of(R"({"content":[],"usage":{"speed":"fast"}})").usage.fast);
  CHECK_FALSE(message_of(R"({"content":[],"usage":{"inference_geo":"global"}})").usage.us_only);
}

TEST_CASE("every stop_reason of a whole answer but a refusal is a good end") {
  for (const char* reason : {"pause_turn", "model_context_window_exceeded", "max_tokens"}) {
    INFO(reason);
    const llm::Reply reply =
        message_of(R"({"content":[],"stop_reason":")" + std::string(reason) + "\"}");
    CHECK(reply.complete);
    CHECK_FALSE(reply.failure);
    CHECK(reply.stop_reason == reason);
  }
}

TEST_CASE("a tool's input nested beyond all use is no answer, and is survived") {
  const std::string input = std::string(100'000, '[') + std::string(100'000, ']');
  const llm::Reply reply = message_of(R"({"content":[{"type":"tool_use","input":)" + input + "}]}");
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kProtocol);
}
