// parse_anthropic_message and parse_anthropic_error of llm/anthropic.h.
#include <catch2/catch.hpp>
#include <string>

#include "llm/anthropic.h"

using llm::ErrorKind;

namespace {

llm::Failure error_of(int status, std::string_view body, std::string_view retry_after = "") {
  return llm::parse_anthropic_error(status, body, "", retry_after);
}

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

TEST_CASE("an error's type, message and request id are kept") {
  const llm::Failure failure =
      error_of(529, R"({"type":"error","error":{"details":null,"type":"overloaded_error",)"
                    R"("message":"Overloaded"},"request_id":"req_011CTz"})");
  CHECK(failure.kind == ErrorKind::kOverloaded);
  CHECK(failure.status == 529);
  CHECK(failure.type == "overloaded_error");
  CHECK(failure.message == "Overloaded");
  CHECK(failure.request_id == "req_011CTz");
}

TEST_CASE("the header's request id goes before the body's") {
  const llm::Failure failure =
      llm::parse_anthropic_error(500, R"({"request_id":"req_body"})", "req_header", "");
  CHECK(failure.request_id == "req_header");
}

TEST_CASE("the type in the body decides over the status") {
  const char* body = R"({"type":"error","error":{"type":"not_found_error","message":"model: x"}})";
  CHECK(error_of(400, body).kind == ErrorKind::kNotFound);
  const char* unknown = R"({"type":"error","error":{"type":"moon_error","message":"x"}})";
  CHECK(error_of(400, unknown).kind == ErrorKind::kInvalidRequest);
  CHECK(error_of(400, unknown).type == "moon_error");
}

TEST_CASE("errors of other shapes are understood") {
  struct Row {
    const char* body;
    const char* type;
    const char* message;
  };
  const Row rows[] = {
      {R"({"error":{"message":"m","type":"BadRequestError","code":400}})", "BadRequestError", "m"},
      {R"({"object":"error","message":"m","type":"BadRequestError"})", "BadRequestError", "m"},
      {R"({"error":"m","error_type":"overloaded"})", "overloaded", "m"},
      {R"([{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}])", "", "m"},
      {R"({"message":"m"})", "", "m"},
      {R"("m")", "", "m"},
      {"  m\n", "", "m"},
      {"<html><head><TITLE>502 Bad Gateway</TITLE></head><body>...</body></html>", "",
       "502 Bad Gateway"},
      {"<html><title>  </title>m</html>", "", "<html><title> </title>m</html>"},
      {"<title", "", "<title"},
      {"</title><title>", "", "</title><title>"},
      {"", "", "the server answered 502 and gave no reason"},
      {" \r\n", "", "the server answered 502 and gave no reason"},
      {R"({"error":{"type":"x","message":null}})", "x", R"({"error":{"type":"x","message":null}})"},
  };
  for (const Row& row : rows) {
    INFO(row.body);
    const llm::Failure failure = error_of(502, row.body);
    CHECK(failure.type == row.type);
    CHECK(failure.message == row.message);
    CHECK(failure.kind == ErrorKind::kServerError);
  }
}

TEST_CASE("a body nested without end is survived") {
  CHECK_FALSE(error_of(500, std::string(200'000, '[')).message.empty());
  const std::string nested = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK_FALSE(error_of(500, nested).message.empty());
}

TEST_CASE("a long message is cut at a character, and made one line of valid UTF-8") {
  std::string euros;
  for (int i = 0; i < 400; ++i) euros += "€";
  const std::string cut = error_of(500, euros).message;
  CHECK(cut.size() == 498);
  CHECK(cut == euros.substr(0, 498));
  CHECK(error_of(500, std::string(501, 'a')).message == std::string(500, 'a'));
  CHECK(error_of(500,
                 "a\r\n\t b\x01\x7F"
                 "c")
            .message == "a b c");
  CHECK(error_of(500,
                 "a\xFF\xC3"
                 "b\xED\xA0\x80"
                 "c\xE2\x82")
            .message ==
        "a?"
        "?b?"
        "?"
        "?c?"
        "?");
}

TEST_CASE("a key that a server quotes is not repeated") {
  const std::string key = "sk-ant-api03-abcDEF_123-xyz";
  CHECK(error_of(401, "invalid key '" + key + "'.").message == "invalid key 'sk-...'.");
  CHECK(error_of(401, R"({"error":{"message":")" + key + "\"}}").message == "sk-...");
  const std::string cut = error_of(401, std::string(490, '.') + ' ' + key).message;
  CHECK(cut == std::string(490, '.') + " sk-...");
  CHECK(error_of(400, "the task-force sk-short disk-abcdefghijklmnop").message ==
        "the task-force sk-short disk-abcdefghijklmnop");
}

TEST_CASE("retry-after is read in seconds, and nonsense is ignored") {
  CHECK(error_of(429, "", "505").retry_after == std::chrono::seconds(505));
  CHECK(error_of(429, "", " 0.25 ").retry_after == std::chrono::milliseconds(250));
  CHECK(error_of(429, "", "0").retry_after == base::Duration::zero());
  for (const char* text : {"", " ", "soon", "-1", "-0", "5s", "1e3", "0x10", "inf", "nan", "1,5",
                           "99999999999999", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    INFO(text);
    CHECK_FALSE(error_of(429, "", text).retry_after);
  }
}
