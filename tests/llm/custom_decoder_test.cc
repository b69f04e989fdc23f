#include "llm/custom_decoder.h"

#include <catch2/catch.hpp>
#include <vector>

using llm::Content;
using llm::CustomRules;
using llm::ErrorKind;

namespace {

struct Decoded {
  llm::Reply reply;
  std::vector<Content> contents;  // Of every event.
};

Decoded decode(const CustomRules& rules, const std::vector<net::SseEvent>& events,
               llm::BodyEnd end = llm::BodyEnd::kWhole) {
  const auto decoder =
      llm::make_custom_decoder(rules, {.status = 200, .keep_text = true, .request_id = "req_1"});
  Decoded decoded;
  for (const net::SseEvent& event : events) decoded.contents.push_back(decoder->on_event(event));
  decoder->on_end(end);
  decoded.reply = decoder->take_reply();
  return decoded;
}

net::SseEvent event(std::string_view data) { return {.name = "", .data = data, .id = ""}; }

CustomRules pointer_rules(const std::string& content) {
  CustomRules rules;
  rules.content = CustomRules::ContentRule::kPointer;
  rules.content_pointer = content;
  return rules;
}

CustomRules chat_rules() {
  CustomRules rules = pointer_rules("/choices/0/delta/content");
  rules.done_text = "[DONE]";
  rules.input_tokens_pointer = "/usage/prompt_tokens";
  rules.output_tokens_pointer = "/usage/completion_tokens";
  return rules;
}

}  // namespace

TEST_CASE("a chat completion is read by its pointers") {
  const Decoded decoded = decode(
      chat_rules(), {event(R"({"choices":[{"delta":{"role":"assistant","content":""}}]})"),
                     event(R"({"choices":[{"delta":{"content":"Hel"}}]})"),
                     event(R"({"choices":[{"delta":{"content":"lo \"you\"\n"}}],"usage":null})"),
                     event(R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}})"),
                     event("[DONE]")});
  CHECK(decoded.contents == std::vector{Content::kNone, Content::kText, Content::kText,
                                        Content::kNone, Content::kNone});
  CHECK(decoded.reply.text == "Hello \"you\"\n");
  CHECK(decoded.reply.complete);
  CHECK_FALSE(decoded.reply.failure);
  CHECK(decoded.reply.events == 5);
  CHECK(decoded.reply.content_events == 2);
  CHECK(decoded.reply.usage.input_tokens == 7);
  CHECK(decoded.reply.usage.output_tokens == 3);
  CHECK(decoded.reply.usage.final);
}

TEST_CASE("what is at the pointer is content only if it is a text") {
  const auto content_of = [](const std::string& data) {
    return decode(pointer_rules("/a/b~1c"), {event(data)}).contents.front();
  };
  CHECK(content_of(R"({"a":{"b/c":"x"}})") == Content::kText);
  CHECK(content_of(R"({"a":{"b/c":"\ud83d"}})") == Content::kText);  // Half a character.
  CHECK(content_of(R"({"a":{"b/c":null}})") == Content::kNone);
  CHECK(content_of(R"({"a":{"b/c":5}})") == Content::kNone);
  CHECK(content_of(R"({"a":{"b/c":["x"]}})") == Content::kNone);
  CHECK(content_of(R"({"a":[1]})") == Content::kNone);
  CHECK(content_of("\"x\"") == Content::kNone);
  CHECK(content_of("") == Content::kNone);
  CHECK(content_of("{\"a\":") == Content::kNone);
}

TEST_CASE("events that are no JSON are counted where JSON is expected") {
  const std::vector<net::SseEvent> events{event("plain"), event("{}"), event("")};
  CHECK(decode(pointer_rules("/text"), events).reply.unknown_events == 2);
  CHECK(decode(CustomRules{}, events).reply.unknown_events == 0);
}

TEST_CASE("without a rule every event with data is content") {
  const Decoded decoded = decode(CustomRules{}, {event("Hel"), event(""), event("lo")});
  CHECK(decoded.contents == std::vector{Content::kText, Content::kNone, Content::kText});
  CHECK(decoded.reply.text == "Hello");
  CHECK(decoded.reply.complete);
}

TEST_CASE("a decoder that is told the content finds none, but sees the end and the usage") {
  CustomRules rules = chat_rules();
  rules.content = CustomRules::ContentRule::kTold;
  rules.content_pointer.clear();
  const Decoded decoded =
      decode(rules, {event(R"({"usage":{"completion_tokens":9}})"), event("[DONE]")});
  CHECK(decoded.contents == std::vector{Content::kNone, Content::kNone});
  CHECK(decoded.reply.complete);
  CHECK(decoded.reply.usage.output_tokens == 9);
}

TEST_CASE("a pointer may say that the stream is done, in the event with the last text") {
  CustomRules rules = pointer_rules("/response");
  rules.done_pointer = "/done";
  rules.output_tokens_pointer = "/eval_count";
  const Decoded decoded = decode(
      rules, {event(R"({"response":"a","done":false})"), event(R"({"response":"b","done":true})"),
              event(R"({"response":"c","eval_count":2})")});
  CHECK(decoded.reply.complete);
  CHECK(decoded.reply.text == "ab");  // Not what comes after the end, but for its counts.
  CHECK(decoded.contents.back() == Content::kNone);
  CHECK(decoded.reply.usage.output_tokens == 2);
}

TEST_CASE("null, false, 0 and an empty text do not end a stream, and a reason is kept") {
  CustomRules rules = pointer_rules("/text");
  rules.done_pointer = "/finish_reason";
  const auto reply_to = [&](const std::string& value) {
    return decode(rules, {event(R"({"text":"x","finish_reason":)" + value + "}")}).reply;
  };
  for (const char* not_yet : {"null", "false", "0", "\"\""}) {
    CAPTURE(not_yet);
    CHECK_FALSE(reply_to(not_yet).complete);
  }
  for (const char* done : {"true", "1", "{}", "[]"}) {
    CAPTURE(done);
    CHECK(reply_to(done).complete);
  }
  CHECK(reply_to("\"length\"").complete);
  CHECK(reply_to("\"length\"").stop_reason == "length");
}

TEST_CASE("a stream that ends before it says so is truncated") {
  const Decoded decoded =
      decode(chat_rules(), {event(R"({"choices":[{"delta":{"content":"Hel"}}]})")});
  REQUIRE(decoded.reply.failure);
  CHECK(decoded.reply.failure->kind == ErrorKind::kTruncated);
  CHECK(decoded.reply.failure->request_id == "req_1");
  CHECK(decoded.reply.text == "Hel");
}

TEST_CASE("without a rule for the end, the body's end is it, but only a whole body's") {
  CHECK(decode(CustomRules{}, {event("x")}).reply.complete);
  const llm::Reply cut = decode(CustomRules{}, {event("x")}, llm::BodyEnd::kCut).reply;
  CHECK_FALSE(cut.complete);
  REQUIRE(cut.failure);
  CHECK(cut.failure->kind == ErrorKind::kTruncated);
  CHECK(cut.failure->message == "the connection was closed before the body's end");
}

TEST_CASE("a body without an event is no stream") {
  const llm::Reply reply = decode(CustomRules{}, {}).reply;
  REQUIRE(reply.failure);
  CHECK(reply.failure->kind == ErrorKind::kTruncated);
  CHECK(reply.failure->message == "the stream ended without an event");
}

TEST_CASE("an error in the stream is a failure, whatever comes after it") {
  const Decoded named = decode(
      CustomRules{}, {event("x"), {"error", R"({"message":"out of memory"})", ""}, event("y")});
  REQUIRE(named.reply.failure);
  CHECK(named.reply.failure->kind == ErrorKind::kStreamError);
  CHECK(named.reply.failure->message == "out of memory");
  CHECK(named.reply.text == "x");
  CHECK_FALSE(named.reply.complete);

  const Decoded in_json = decode(
      chat_rules(),
      {event(R"({"error":{"type":"overloaded_error","message":"later"}})"), event("[DONE]")});
  REQUIRE(in_json.reply.failure);
  CHECK(in_json.reply.failure->kind == ErrorKind::kOverloaded);
  CHECK(in_json.reply.failure->message == "later");
  CHECK_FALSE(in_json.reply.complete);
}

TEST_CASE("an empty error, or one beside content, is none") {
  const Decoded decoded = decode(
      pointer_rules("/text"), {event(R"({"error":null})"), event(R"({"error":""})"),
                               event(R"({"error":false})"), event(R"({"text":"x","error":"y"})")});
  CHECK_FALSE(decoded.reply.failure);
  CHECK(decoded.reply.text == "x");
}
