// The chat completions' stream decoder of llm/openai.h: what OpenAI itself sends.
#include <catch2/catch.hpp>

#include "llm/openai_chat_stream.h"

using llm::Content;
using llm::ErrorKind;
using tests::chat_chunk;
using tests::chat_reply_to;
using tests::chat_text;
using tests::decode_chat;
using tests::decode_chat_fixture;
using tests::Decoded;
using tests::kChatDone;
using tests::kChatStop;
using tests::stream_of;

namespace {

std::string tool_call(const std::string& call) {
  return chat_chunk(R"({"tool_calls":[)" + call + "]}");
}

}  // namespace

TEST_CASE("a chat completion is decoded, its hidden reasoning and its cached input apart") {
  const Decoded decoded = decode_chat_fixture("openai.sse");
  const llm::Reply& reply = decoded.reply;
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.id == "chatcmpl-CZq3vNw8");
  CHECK(reply.model == "gpt-5-mini-2025-08-07");
  CHECK(reply.text == "27 × 453 = 12,231 😀");
  CHECK(reply.stop_reason == "stop");
  CHECK(reply.usage.input_tokens == 22);
  CHECK(reply.usage.cache_read_tokens == 1920);
  CHECK(reply.usage.cache_write_tokens == 64);
  CHECK(reply.usage.all_input() == 2006);
  CHECK(reply.usage.output_tokens == 310);
  CHECK(reply.usage.thinking_tokens == 300U);
  CHECK(reply.usage.final);
  CHECK(reply.thought);
  CHECK(reply.events == 6);
  CHECK(reply.content_events == 2);
  CHECK(reply.message_events == 4);  // With the role and the finish reason, without usage.
  CHECK(reply.unknown_events == 0);
  CHECK(decoded.contents == std::vector<Content>{Content::kNone, Content::kText, Content::kText,
                                                 Content::kNone, Content::kNone, Content::kNone});
}

TEST_CASE("tool calls are joined by their index") {
  const Decoded decoded = decode_chat_fixture("openai_tools.sse");
  const llm::Reply& reply = decoded.reply;
  CHECK(reply.stop_reason == "tool_calls");
  REQUIRE(reply.tool_uses.size() == 2);
  CHECK(reply.tool_uses[0].id == "call_DdmO9pD3");
  CHECK(reply.tool_uses[0].name == "get_weather");
  CHECK(reply.tool_uses[0].input_json == R"({"location":"Paris"})");
  CHECK(reply.tool_uses[1].id == "call_kXQ2mV1z");
  CHECK(reply.tool_uses[1].input_json == R"({"zone":"CET"})");
  CHECK(decoded.contents == std::vector<Content>{Content::kNone, Content::kNone,
                                                 Content::kToolInput, Content::kToolInput,
                                                 Content::kNone, Content::kToolInput,
                                                 Content::kNone, Content::kNone, Content::kNone});
}

TEST_CASE("pieces of several calls may come mixed, and several in one chunk") {
  const llm::Reply reply =
      chat_reply_to({tool_call(R"({"index":0,"id":"a","function":{"name":"f","arguments":"1"}},)"
                               R"({"index":1,"id":"b","function":{"name":"g","arguments":"2"}})"),
                     tool_call(R"({"index":1,"function":{"arguments":"22"}})"),
                     tool_call(R"({"index":0,"function":{"arguments":"11"}})"), kChatDone});
  REQUIRE(reply.tool_uses.size() == 2);
  CHECK(reply.tool_uses[0].input_json == "111");
  CHECK(reply.tool_uses[1].input_json == "222");
  CHECK(reply.content_events == 3);
}

TEST_CASE("calls of one index are apart where their ids differ, and joined where they do not") {
  const llm::Reply reply = chat_reply_to(
      {tool_call(R"({"index":0,"id":"a","function":{"name":"f","arguments":"1"}})"),
       tool_call(R"({"index":0,"id":"a","function":{"arguments":"2"}})"),
       tool_call(R"({"index":0,"id":"b","function":{"name":"g","arguments":"3"}})"),
       tool_call(R"({"id":"c","function":{"name":"h","arguments":"4"}})"), kChatDone});
  REQUIRE(reply.tool_uses.size() == 3);
  CHECK(reply.tool_uses[0].input_json == "12");
  CHECK(reply.tool_uses[1].input_json == "3");
  CHECK(reply.tool_uses[2].input_json == "4");
}

TEST_CASE("choices other than the first are counted as events and left out") {
  const Decoded decoded = decode_chat(
      stream_of({R"({"choices":[{"index":1,"delta":{"content":"other"},"finish_reason":null}]})",
                 chat_text("a"), R"({"choices":[{"index":1,"delta":{},"finish_reason":"length"}]})",
                 R"({"choices":[{"index":1,"delta":{"content":"b"}},{"delta":{"content":"c"}}]})",
                 kChatStop, kChatDone}));
  CHECK(decoded.reply.text == "ac");
  CHECK(decoded.reply.stop_reason == "stop");
  CHECK(decoded.reply.events == 6);
  CHECK(decoded.reply.content_events == 2);
  CHECK(decoded.reply.unknown_events == 0);
  CHECK(decoded.contents[0] == Content::kNone);
  CHECK(decoded.contents[3] == Content::kText);
}

TEST_CASE("a refusal in a chat completion is a failure of a complete stream") {
  const llm::Reply reply =
      chat_reply_to({chat_chunk(R"({"role":"assistant","content":null,"refusal":""})"),
                     chat_chunk(R"({"refusal":"I'm sorry, "})"),
                     chat_chunk(R"({"refusal":"I can't."})"), kChatStop, kChatDone});
  CHECK(reply.complete);
  CHECK(reply.content_events == 0);
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kRefused);
  CHECK(reply.failure->message == "I'm sorry, I can't.");
}

TEST_CASE("every finish_reason is kept as it is and is a good end") {
  for (const std::string reason : {"stop", "length", "tool_calls", "content_filter"}) {
    const llm::Reply reply =
        chat_reply_to({chat_text("a"), chat_chunk("{}", '"' + reason + '"'), kChatDone});
    CHECK(reply.complete);
    CHECK_FALSE(reply.failure);
    CHECK(reply.stop_reason == reason);
  }
}

TEST_CASE("without usage no count is final") {
  const llm::Reply reply = chat_reply_to({chat_text("a"), kChatStop, kChatDone});
  CHECK(reply.complete);
  CHECK_FALSE(reply.usage.final);
  CHECK(reply.usage.output_tokens == 0);
  CHECK_FALSE(reply.usage.thinking_tokens);
}

TEST_CASE("input is never less than nothing, whatever is said to be cached") {
  const llm::Usage usage =
      chat_reply_to({R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1,)"
                     R"("prompt_tokens_details":{"cached_tokens":9}}})",
                     kChatDone})
          .usage;
  CHECK(usage.input_tokens == 0);
  CHECK(usage.cache_read_tokens == 9);
}

TEST_CASE("a chat completion that breaks off is truncated") {
  const Decoded decoded = decode_chat(stream_of({chat_text("a")}));
  CHECK_FALSE(decoded.reply.complete);
  CHECK(decoded.reply.text == "a");
  REQUIRE(decoded.reply.failure);
  CHECK(decoded.reply.failure->kind == ErrorKind::kTruncated);
}

TEST_CASE("after a finish_reason the end of a whole body ends the answer, a cut does not") {
  const std::string stream = stream_of(
      {chat_text("a"),
       chat_chunk("{}", "\"length\"", R"(,"usage":{"prompt_tokens":3,"completion_tokens":1})")});
  const llm::Reply whole = decode_chat(stream).reply;
  CHECK(whole.complete);
  CHECK_FALSE(whole.failure);
  CHECK(whole.stop_reason == "length");
  CHECK(whole.usage.final);
  const llm::Reply cut = decode_chat(stream, llm::BodyEnd::kCut).reply;
  CHECK_FALSE(cut.complete);
  REQUIRE(cut.failure);
  CHECK(cut.failure->kind == ErrorKind::kTruncated);
}

TEST_CASE("what a chunk has in a shape of its own is passed over") {
  const llm::Reply reply = chat_reply_to(
      {R"({"choices":null,"usage":null})", R"({"choices":[null,7,"x",[]]})",
       R"({"choices":[{"delta":null,"finish_reason":7}]})", chat_chunk("7"),
       chat_chunk(R"({"content":["x"],"tool_calls":[null,{"index":"a"}],"reasoning":{}})"),
       R"({"choices":[{"index":0,"delta":{"content":"br)", chat_text(R"(a\ud83d)"),
       chat_text(R"(\n\u00e9)"), kChatDone});
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.text == "\uFFFD\né");
  CHECK(reply.events == 9);
  CHECK(reply.unknown_events == 2);  // No choices at all, and no JSON.
}
