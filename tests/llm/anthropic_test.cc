// The stream decoder of llm/anthropic.h: what it reads.
#include "llm/anthropic.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "fixtures.h"
#include "llm/anthropic_stream.h"

using llm::Content;
using tests::decode;
using tests::Decoded;
using tests::kStop;
using tests::reply_of;
using tests::reply_of_fixture;
using tests::reply_to;
using tests::stream_of;
using tests::text_delta;
using tests::tool_delta;
using tests::tool_start;

TEST_CASE("the captured text stream is decoded, padding and ping included") {
  const Decoded decoded = decode(tests::read_fixture("anthropic/text_stream.sse"));
  const llm::Reply& reply = decoded.reply;
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.id == "msg_013nnniYDrJDocdy5nrMU7cH");
  CHECK(reply.model == "claude-sonnet-4-5-20250929");
  CHECK(reply.text == "[12");
  CHECK(reply.stop_reason == "end_turn");
  CHECK(reply.usage.input_tokens == 135);
  CHECK(reply.usage.output_tokens == 10);
  CHECK(reply.usage.final);
  CHECK(reply.events == 8);
  CHECK(reply.content_events == 2);
  CHECK(reply.pings == 1);
  CHECK(reply.unknown_events == 0);
  CHECK_FALSE(reply.thought);
  CHECK(decoded.contents == std::vector<Content>{Content::kNone, Content::kNone, Content::kNone,
                                                 Content::kText, Content::kText, Content::kNone,
                                                 Content::kNone, Content::kNone});
}

TEST_CASE("tool use keeps id, name and the joined input") {
  const Decoded decoded = decode(tests::read_fixture("anthropic/tool_use.sse"));
  const llm::Reply& reply = decoded.reply;
  CHECK(reply.text == "I'll check the weather in San Francisco.");
  CHECK(reply.stop_reason == "tool_use");
  REQUIRE(reply.tool_uses.size() == 1);
  CHECK(reply.tool_uses[0].id == "toolu_01NRLabsLyVHZPKxbKvkfSMn");
  CHECK(reply.tool_uses[0].name == "get_weather");
  CHECK(reply.tool_uses[0].input_json == R"({"location": "San Francisco, CA", "units": "f"})");
  CHECK(decoded.contents == std::vector<Content>{Content::kNone, Content::kNone, Content::kNone,
                                                 Content::kText, Content::kNone, Content::kNone,
                                                 Content::kNone, Content::kToolInput,
                                                 Content::kToolInput, Content::kToolInput,
                                                 Content::kNone, Content::kNone, Content::kNone});
}

TEST_CASE("a tool input cut by max_tokens, with no content_block_stop, is kept as far as it came") {
  const llm::Reply reply = reply_of_fixture("incomplete_partial_json.sse");
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.stop_reason == "max_tokens");
  REQUIRE(reply.tool_uses.size() == 1);
  CHECK(reply.tool_uses[0].input_json ==
        R"({"filename": "poem.txt", "lines_of_text": ["Roses are red)");
  CHECK(reply.usage.output_tokens == 124);
}

TEST_CASE("an input that comes with the start is kept where no deltas follow") {
  const Decoded decoded = decode(
      stream_of({tool_start(0, R"({"a": {"b":[1, 2]}})"), tool_start(1, "{ }"), tool_delta(1, ""),
                 tool_start(2, R"({"c":1})"), tool_delta(2, "{}"), tool_start(3, "null"), kStop}));
  const llm::Reply& reply = decoded.reply;
  REQUIRE(reply.tool_uses.size() == 4);
  CHECK(reply.tool_uses[0].input_json == R"({"a": {"b":[1, 2]}})");
  CHECK(reply.tool_uses[1].input_json == "{ }");
  CHECK(reply.tool_uses[2].input_json == "{}");
  CHECK(reply.tool_uses[3].input_json.empty());
  CHECK(decoded.contents[0] == Content::kToolInput);
  CHECK(decoded.contents[1] == Content::kNone);
  CHECK(decoded.contents[2] == Content::kNone);
}

TEST_CASE("deltas go to the tool of their index, and a server's own tool is content only") {
  const Decoded decoded = decode(stream_of(
      {tool_start(1, "{}"), tool_start(2, "{}"),
       R"({"type":"content_block_start","index":3,"content_block":{"type":"server_tool_use",)"
       R"("id":"s","name":"web_search","input":{}}})",
       tool_delta(2, "22"), tool_delta(1, "11"), tool_delta(3, "33"), tool_delta(2, "2"), kStop}));
  REQUIRE(decoded.reply.tool_uses.size() == 2);
  CHECK(decoded.reply.tool_uses[0].input_json == "11");
  CHECK(decoded.reply.tool_uses[1].input_json == "222");
  CHECK(decoded.reply.content_events == 4);
  CHECK(decoded.reply.unknown_events == 0);
}

TEST_CASE("thinking is kept apart from text, and signatures are no content") {
  const Decoded decoded = decode(tests::read_fixture("anthropic/thinking.sse"));
  const llm::Reply& reply = decoded.reply;
  CHECK(reply.thinking == "The user asks for 27 × 453. That is 12231.");
  CHECK(reply.text == "27 × 453 = 12,231 😀");
  CHECK(reply.thought);
  CHECK(reply.usage.thinking_tokens == 38U);
  CHECK(reply.content_events == 4);
  const std::vector<Content> after_ping(decoded.contents.begin() + 3, decoded.contents.end());
  CHECK(after_ping == std::vector<Content>{Content::kNone, Content::kThinking, Content::kThinking,
                                           Content::kNone, Content::kNone, Content::kNone,
                                           Content::kText, Content::kText, Content::kNone,
                                           Content::kNone, Content::kNone});
}

TEST_CASE("thinking that is not shown is still noticed") {
  CHECK(reply_to({R"({"type":"content_block_delta","index":0,)"
                  R"("delta":{"type":"signature_delta","signature":"x"}})"})
            .thought);
  const llm::Reply redacted =
      reply_to({R"({"type":"content_block_start","index":0,)"
                R"("content_block":{"type":"redacted_thinking","data":"abc"}})"});
  CHECK(redacted.thought);
  CHECK(redacted.content_events == 0);
}

TEST_CASE("vLLM's stream is complete, and its [DONE] is neither content nor unknown") {
  const llm::Reply reply = reply_of_fixture("vllm.sse");
  CHECK(reply.complete);
  CHECK_FALSE(reply.failure);
  CHECK(reply.text == "Hello there");
  CHECK(reply.events == 8);
  CHECK(reply.unknown_events == 0);
  CHECK(reply.usage.output_tokens == 3);
}

TEST_CASE("the type in the JSON decides, not the name of the event") {
  const std::string stream =
      "event: message_stop\ndata: " + text_delta("a") + "\n\nevent: ping\ndata: " + kStop + "\n\n";
  const llm::Reply reply = reply_of(stream);
  CHECK(reply.text == "a");
  CHECK(reply.complete);
  CHECK(reply.pings == 0);
}

TEST_CASE("keys may come in any order, with any spacing and unknown fields") {
  const llm::Reply reply = reply_to(
      {R"({"message":{"usage":{"output_tokens":1,"input_tokens":9},"new":[{}],"model":"m",)"
       R"("id":"i"},"x":{"type":"no"},"type":"message_start"})",
       R"({ "content_block" : {"input":{},"name":"f","id":"t","type":"tool_use"} , "index" : 4 , )"
       R"("type" : "content_block_start" })",
       R"({"delta":{"partial_json":"[]","type":"input_json_delta"},"index":4,)"
       R"("type":"content_block_delta"})",
       R"({"delta":{"text":"a","x":"}","type":"text_delta"},"index":5,)"
       R"("type":"content_block_delta"})",
       R"({"usage":{"output_tokens":7},"delta":{"stop_sequence":null,"stop_reason":"end_turn"},)"
       R"("type":"message_delta"})",
       R"({"y":1,"type":"message_stop"})"});
  CHECK(reply.complete);
  CHECK(reply.id == "i");
  CHECK(reply.model == "m");
  CHECK(reply.usage.input_tokens == 9);
  CHECK(reply.usage.output_tokens == 7);
  CHECK(reply.stop_reason == "end_turn");
  REQUIRE(reply.tool_uses.size() == 1);
  CHECK(reply.tool_uses[0].input_json == "[]");
  CHECK(reply.text == "a");
  CHECK(reply.unknown_events == 0);
}

TEST_CASE("usage overwrites and never adds, and null says nothing") {
  const llm::Reply reply = reply_to(
      {R"({"type":"message_start","message":{"usage":{"input_tokens":2679,)"
       R"("cache_creation_input_tokens":100,"cache_read_input_tokens":50,)"
       R"("cache_creation":{"ephemeral_5m_input_tokens":40,"ephemeral_1h_input_tokens":60},)"
       R"("output_tokens":3}}})",
       R"({"type":"message_delta","delta":{},"usage":{"output_tokens":100}})",
       R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},)"
       R"("usage":{"input_tokens":10682,"cache_creation_input_tokens":null,)"
       R"("cache_read_input_tokens":0,"output_tokens":510,)"
       R"("output_tokens_details":{"thinking_tokens":12}}})",
       R"({"type":"message_delta","delta":{"stop_reason":null},"usage":null})"});
  CHECK(reply.usage.input_tokens == 10682);
  CHECK(reply.usage.output_tokens == 510);
  CHECK(reply.usage.cache_write_tokens == 100);
  CHECK(reply.usage.cache_write_1h_tokens == 60);
  CHECK(reply.usage.cache_read_tokens == 0);
  CHECK(reply.usage.thinking_tokens == 12U);
  CHECK(reply.usage.final);
  CHECK(reply.stop_reason == "end_turn");
}

TEST_CASE("what is billed apart is read from the usage") {
  const llm::Usage usage =
      reply_to({R"({"type":"message_start","message":{"usage":{"output_tokens":1,)"
                R"("inference_geo":"us","speed":"fast"}}})",
                R"({"type":"message_delta","delta":{},"usage":{"output_tokens":9,)"
                R"("server_tool_use":{"web_search_requests":3,"web_fetch_requests":1}}})"})
          .usage;
  CHECK(usage.web_searches == 3);
  CHECK(usage.us_only);
  CHECK(usage.fast);
  const llm::Usage plain =
      reply_to({R"({"type":"message_start","message":{"usage":{"output_tokens":1,)"
                R"("inference_geo":"not_available","speed":"standard","server_tool_use":null}}})"})
          .usage;
  CHECK(plain.web_searches == 0);
  CHECK_FALSE(plain.us_only);
  CHECK_FALSE(plain.fast);
  CHECK(reply_to({R"({"type":"message_start","message":{"speed":"fast"}})"}).usage.fast);
}

TEST_CASE("every stop_reason but a refusal is a good end") {
  for (const char* reason : {"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn",
                             "model_context_window_exceeded", "compaction", "one_of_tomorrow"}) {
    INFO(reason);
    const llm::Reply reply =
        reply_to({R"({"type":"message_delta","delta":{"stop_reason":")" + std::string(reason) +
                      R"("},"usage":{"output_tokens":1}})",
                  kStop});
    CHECK(reply.complete);
    CHECK_FALSE(reply.failure);
    CHECK(reply.stop_reason == reason);
  }
}

TEST_CASE("usage is not final before a message_delta has counted the output") {
  const std::string start = R"({"type":"message_start","message":{"usage":{"output_tokens":3}}})";
  CHECK_FALSE(reply_to({start}).usage.final);
  CHECK_FALSE(reply_to({start, R"({"type":"message_delta","delta":{"stop_reason":"end_turn"}})"})
                  .usage.final);
}

TEST_CASE("pings are counted in all their forms") {
  CHECK(reply_of("event: ping\ndata: {\"type\": \"ping\"}\n\ndata: {\"type\":\"ping\"}\n\n"
                 "event: ping\ndata: {}\n\nevent: ping\ndata:\n\nevent: ping\ndata: pong\n\n")
            .pings == 5);
}

TEST_CASE("escapes in text are resolved") {
  CHECK(reply_to({text_delta(R"(a\n\t\"\\\/\u00e9\ud83d\ude00)"), text_delta("é😀")}).text ==
        "a\n\t\"\\/é😀é😀");
}

TEST_CASE("half a surrogate pair is content, shown as a replacement character") {
  const Decoded decoded = decode(stream_of({text_delta(R"(\ud83d)"), text_delta("a"), kStop}));
  CHECK(decoded.contents[0] == Content::kText);
  CHECK(decoded.reply.text ==
        "\uFFFD"
        "a");
}

TEST_CASE("an event larger than all before it is decoded") {
  const std::string large(100'000, 'x');
  CHECK(reply_to({text_delta("a"), text_delta(large), text_delta("b")}).text == "a" + large + "b");
}
