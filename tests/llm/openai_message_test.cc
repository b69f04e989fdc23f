// parse_openai_chat and parse_openai_response of llm/openai.h.
#include <catch2/catch.hpp>
#include <string>

#include "llm/openai.h"

using llm::ErrorKind;

namespace {

llm::Reply chat_of(std::string_view body) { return llm::parse_openai_chat(body, {}); }

llm::Reply response_of(std::string_view body) { return llm::parse_openai_response(body, {}); }

llm::Reply chat_with(const std::string& message) {
  return chat_of(R"({"choices":[{"message":)" + message + R"(,"finish_reason":"stop"}]})");
}

}  // namespace

TEST_CASE("a whole chat completion is read") {
  const llm::Reply reply = chat_of(
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-5-mini",)"
      R"("choices":[{"index":0,"message":{"role":"assistant","content":"a\u00e9","refusal":null},)"
      R"("logprobs":null,"finish_reason":"length"},{"index":1,"message":{"content":"b"}}],)"
      R"("usage":{"prompt_tokens":2006,"completion_tokens":310,"total_tokens":2316,)"
      R"("prompt_tokens_details":{"cached_tokens":1920},)"
      R"("completion_tokens_details":{"reasoning_tokens":300}}})");
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.id == "chatcmpl-1");
  CHECK(reply.model == "gpt-5-mini");
  CHECK(reply.text == "aé");
  CHECK(reply.stop_reason == "length");
  CHECK(reply.usage.input_tokens == 86);
  CHECK(reply.usage.cache_read_tokens == 1920);
  CHECK(reply.usage.output_tokens == 310);
  CHECK(reply.usage.thinking_tokens == 300U);
  CHECK(reply.usage.final);
  CHECK(reply.thought);
}

TEST_CASE("reasoning of a whole chat completion is read under either name, once") {
  CHECK(chat_with(R"({"content":"a","reasoning_content":"r"})").thinking == "r");
  CHECK(chat_with(R"({"content":"a","reasoning":"r"})").thinking == "r");
  CHECK(chat_with(R"({"content":"a","reasoning":"r","reasoning_content":"r"})").thinking == "r");
  CHECK(chat_with(R"({"content":"a","reasoning":"r"})").thought);
  CHECK_FALSE(chat_with(R"({"content":"a","reasoning":null})").thought);
}

TEST_CASE("tool calls of a whole chat completion are read, arguments in a string or not") {
  const llm::Reply reply = chat_with(
      R"({"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f",)"
      R"("arguments":"{\"x\": 1}"}},{"id":"b","function":{"name":"g","arguments":{"y":2}}},null]})");
  REQUIRE(reply.tool_uses.size() == 3);
  CHECK(reply.tool_uses[0].id == "a");
  CHECK(reply.tool_uses[0].name == "f");
  CHECK(reply.tool_uses[0].input_json == R"({"x": 1})");
  CHECK(reply.tool_uses[1].input_json == R"({"y":2})");
  CHECK(reply.tool_uses[2].input_json.empty());
}

TEST_CASE("a refused chat completion is complete and a failure") {
  llm::DecoderOptions options;
  options.request_id = "req_1";
  const llm::Reply reply = llm::parse_openai_chat(
      R"({"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]})",
      options);
  CHECK(reply.complete);
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kRefused);
  CHECK(reply.failure->message == "No.");
  CHECK(reply.failure->request_id == "req_1");
}

TEST_CASE("a choice that ended with an error is a failure with that error") {
  const llm::Reply reply =
      chat_of(R"({"choices":[{"error":{"code":502,"message":"Provider returned error"},)"
              R"("message":{"content":""},"finish_reason":"error"}]})");
  CHECK_FALSE(reply.complete);
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kStreamError);
  CHECK(reply.failure->message == "Provider returned error");
}

TEST_CASE("a whole response is read, output by output") {
  const llm::Reply reply = response_of(
      R"({"id":"resp_1","object":"response","status":"completed","model":"gpt-5-mini","error":null,)"
      R"("incomplete_details":null,"output":[)"
      R"({"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],)"
      R"("content":[{"type":"reasoning_text","text":" So."}]},)"
      R"({"type":"web_search_call","status":"completed"},)"
      R"({"type":"message","content":[{"type":"output_text","text":"a"},)"
      R"({"type":"output_text","text":"b"}]},)"
      R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"},)"
      R"({"type":"custom_tool_call","call_id":"d","name":"g","input":"SELECT 1"}],)"
      R"("usage":{"input_tokens":20,"input_tokens_details":{"cached_tokens":8},)"
      R"("output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":29}})");
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.id == "resp_1");
  CHECK(reply.stop_reason == "completed");
  CHECK(reply.text == "ab");
  CHECK(reply.thinking == "Hm. So.");
  CHECK(reply.thought);
  REQUIRE(reply.tool_uses.size() == 2);
  CHECK(reply.tool_uses[0].id == "c");
  CHECK(reply.tool_uses[0].input_json == "{}");
  CHECK(reply.tool_uses[1].name == "g");
  CHECK(reply.tool_uses[1].input_json == "SELECT 1");
  CHECK(reply.usage.input_tokens == 12);
  CHECK(reply.usage.cache_read_tokens == 8);
  CHECK(reply.usage.thinking_tokens == 4U);
  CHECK(reply.usage.final);
}

TEST_CASE("a whole response may be incomplete, refused or failed") {
  const llm::Reply incomplete = response_of(
      R"({"status":"incomplete","incomplete_details":{"reason":"content_filter"},"output":[]})");
  CHECK(incomplete.complete);
  CHECK_FALSE(incomplete.failure);
  CHECK(incomplete.stop_reason == "content_filter");

  const llm::Reply refused = response_of(R"({"status":"completed","output":[{"type":"message",)"
                                         R"("content":[{"type":"refusal","refusal":"No."}]}]})");
  CHECK(refused.complete);
  REQUIRE(refused.failure);
  CHECK(refused.failure->kind == ErrorKind::kRefused);
  CHECK(refused.failure->message == "No.");

  const llm::Reply failed = response_of(
      R"({"status":"failed","output":[],"error":{"code":"rate_limit_exceeded","message":"m"}})");
  CHECK_FALSE(failed.complete);
  REQUIRE(failed.failure);
  CHECK(failed.failure->kind == ErrorKind::kRateLimited);
  CHECK(failed.failure->type == "rate_limit_exceeded");
  CHECK(failed.failure->message == "m");
}

TEST_CASE("without the text a whole answer of OpenAI still has its counts") {
  llm::DecoderOptions options;
  options.keep_text = false;
  const llm::Reply chat =
      llm::parse_openai_chat(R"({"choices":[{"message":{"content":"a","reasoning":"r"}}],)"
                             R"("usage":{"prompt_tokens":1,"completion_tokens":2}})",
                             options);
  CHECK(chat.text.empty());
  CHECK(chat.thinking.empty());
  CHECK(chat.thought);
  CHECK(chat.usage.output_tokens == 2);
}

TEST_CASE("an answer of OpenAI with status 200 that is none is a failure of the protocol") {
  for (const char* body :
       {"", "{", "[]", "null", "{}", R"({"choices":[]})", R"({"choices":[7]})", R"({"output":7})",
        R"({"error":{"message":"x","code":429}})", "<html>Hello</html>"}) {
    for (const auto parse : {llm::parse_openai_chat, llm::parse_openai_response}) {
      INFO(body);
      const llm::Reply reply = parse(body, {});
      CHECK_FALSE(reply.complete);
      REQUIRE(reply.failure);
      CHECK(reply.failure->kind == ErrorKind::kProtocol);
      CHECK(reply.failure->status == 200);
      CHECK_FALSE(reply.failure->message.empty());
    }
  }
}
