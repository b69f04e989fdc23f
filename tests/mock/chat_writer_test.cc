#include "mock/chat_writer.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

using namespace std::chrono_literals;

namespace {

using mock::Answer;
using mock::AnswerBlock;
using mock::Step;
using mock::StopReason;
using mock::StreamEvent;
using nlohmann::json;
using Kind = Step::Kind;

AnswerBlock text_block(std::int64_t tokens) {
  AnswerBlock block;
  block.tokens = tokens;
  return block;
}

AnswerBlock hidden_thinking(std::int64_t tokens) {
  AnswerBlock block;
  block.kind = AnswerBlock::Kind::kThinking;
  block.tokens = tokens;
  block.shown = false;
  return block;
}

AnswerBlock call_block(const char* id) {
  AnswerBlock block;
  block.kind = AnswerBlock::Kind::kToolUse;
  block.id = id;
  block.tool = "get_weather";
  block.tool_input = R"({"city":"Paris"})";
  block.tokens = 4;
  return block;
}

Answer answer_of(std::vector<AnswerBlock> blocks) {
  Answer answer;
  answer.dialect = mock::Dialect::kChat;
  answer.id = "chatcmpl-1";
  answer.model = "gpt-\"5\"";
  answer.created = 1'764'000'000;
  answer.blocks = std::move(blocks);
  answer.usage.input_tokens = 10;
  answer.usage.cache.read_tokens = 90;
  answer.usage.output_tokens = 30;
  answer.usage.thinking_tokens = 20;
  return answer;
}

Step step_of(Kind kind, std::size_t block = 0, std::string text = "", std::uint32_t tokens = 0) {
  return {kind, block, 500ms, tokens, std::move(text)};
}

std::vector<StreamEvent> play(const Answer& answer, const std::vector<Step>& steps,
                              std::uint64_t seed = 1) {
  mock::ChatWriter writer(answer, base::RandomStream(seed));
  std::vector<StreamEvent> events;
  for (const Step& step : steps) writer.write(step, events);
  return events;
}

std::string data_of(const StreamEvent& event) {
  REQUIRE(event.bytes.starts_with("data: "));
  REQUIRE(event.bytes.ends_with("\n\n"));
  return event.bytes.substr(6, event.bytes.size() - 8);
}

// The chunk without its obfuscation.
json chunk_of(const StreamEvent& event) {
  json chunk = json::parse(data_of(event));
  REQUIRE(chunk.erase("obfuscation") == 1);
  return chunk;
}

json choice_of(const StreamEvent& event) { return chunk_of(event)["choices"].at(0); }

const std::vector<Step> kTextSteps = {step_of(Kind::kStart),
                                      step_of(Kind::kBlockStart),
                                      step_of(Kind::kPing),
                                      step_of(Kind::kDelta, 0, "one", 1),
                                      step_of(Kind::kDelta, 0, " two three", 2),
                                      step_of(Kind::kBlockStop),
                                      step_of(Kind::kEnd)};

}  // namespace

TEST_CASE("a chat stream has the role first, then the text, then the reason, then [DONE]") {
  const Answer answer = answer_of({text_block(3)});
  const auto events = play(answer, kTextSteps);
  REQUIRE(events.size() == 5);
  const json first = chunk_of(events[0]);
  CHECK(first["id"] == "chatcmpl-1");
  CHECK(first["object"] == "chat.completion.chunk");
  CHECK(first["created"] == 1'764'000'000);
  CHECK(first["model"] == "gpt-\"5\"");
  CHECK_FALSE(first.contains("usage"));
  CHECK(choice_of(events[0]) ==
        json{{"index", 0},
             {"delta", {{"role", "assistant"}, {"content", ""}, {"refusal", nullptr}}},
             {"logprobs", nullptr},
             {"finish_reason", nullptr}});
  CHECK(choice_of(events[1])["delta"] == json{{"content", "one"}});
  CHECK(choice_of(events[2])["delta"] == json{{"content", " two three"}});
  CHECK(choice_of(events[3])["delta"] == json::object());
  CHECK(choice_of(events[3])["finish_reason"] == "stop");
  CHECK(events[4].bytes == "data: [DONE]\n\n");
}

TEST_CASE("chat events bear their tokens and when they are due") {
  const Answer answer = answer_of({text_block(3)});
  std::vector<std::uint32_t> tokens;
  for (const StreamEvent& event : play(answer, kTextSteps)) {
    tokens.push_back(event.tokens);
    CHECK(event.due == 500ms);
  }
  CHECK(tokens == std::vector<std::uint32_t>{0, 1, 2, 0, 0});
}

TEST_CASE("usage comes in a chunk of its own where it is asked for, and is null before") {
  Answer answer = answer_of({text_block(3)});
  answer.usage_in_stream = true;
  const auto events = play(answer, kTextSteps);
  REQUIRE(events.size() == 6);
  for (std::size_t i = 0; i < 4; ++i) CHECK(chunk_of(events[i])["usage"].is_null());
  const json last = chunk_of(events[4]);
  CHECK(last["choices"] == json::array());
  CHECK(last["usage"]["prompt_tokens"] == 100);
  CHECK(last["usage"]["completion_tokens"] == 30);
  CHECK(last["usage"]["total_tokens"] == 130);
  CHECK(last["usage"]["prompt_tokens_details"]["cached_tokens"] == 90);
  CHECK(last["usage"]["completion_tokens_details"]["reasoning_tokens"] == 20);
}

TEST_CASE("tool calls have their id and name once, and their own index") {
  Answer answer = answer_of({hidden_thinking(20), call_block("call_a"), call_block("call_b")});
  answer.stop_reason = StopReason::kToolUse;
  const auto events =
      play(answer, {step_of(Kind::kStart), step_of(Kind::kBlockStart, 0),
                    step_of(Kind::kBlockStop, 0, "", 20), step_of(Kind::kBlockStart, 1),
                    step_of(Kind::kDelta, 1, R"({"city":)", 2), step_of(Kind::kBlockStop, 1),
                    step_of(Kind::kBlockStart, 2), step_of(Kind::kDelta, 2, R"("Paris"})", 2),
                    step_of(Kind::kBlockStop, 2), step_of(Kind::kEnd)});
  REQUIRE(events.size() == 7);
  CHECK(choice_of(events[0])["delta"]["content"].is_null());
  CHECK(choice_of(events[1])["delta"]["tool_calls"] ==
        json::array({{{"index", 0},
                      {"id", "call_a"},
                      {"type", "function"},
                      {"function", {{"name", "get_weather"}, {"arguments", ""}}}}}));
  CHECK(choice_of(events[2])["delta"]["tool_calls"] ==
        json::array({{{"index", 0}, {"function", {{"arguments", R"({"city":)"}}}}}));
  CHECK(choice_of(events[3])["delta"]["tool_calls"][0]["index"] == 1);
  CHECK(choice_of(events[4])["delta"]["tool_calls"][0]["function"]["arguments"] == R"("Paris"})");
  CHECK(choice_of(events[5])["finish_reason"] == "tool_calls");
}

TEST_CASE("reasons to stop have OpenAI's names") {
  const auto reason = [](StopReason stop_reason) {
    Answer answer = answer_of({text_block(3)});
    answer.stop_reason = stop_reason;
    return choice_of(play(answer, {step_of(Kind::kEnd)})[0])["finish_reason"].get<std::string>();
  };
  CHECK(reason(StopReason::kEndTurn) == "stop");
  CHECK(reason(StopReason::kStopSequence) == "stop");
  CHECK(reason(StopReason::kMaxTokens) == "length");
  CHECK(reason(StopReason::kToolUse) == "tool_calls");
  CHECK(reason(StopReason::kRefusal) == "content_filter");
}

TEST_CASE("every chunk is obfuscated by 0 to 15 letters") {
  const Answer answer = answer_of({text_block(1000)});
  const std::vector<Step> steps(1000, step_of(Kind::kDelta, 0, " x", 1));
  std::set<std::size_t> lengths;
  for (const StreamEvent& event : play(answer, steps)) {
    lengths.insert(json::parse(data_of(event))["obfuscation"].get<std::string>().size());
  }
  CHECK(lengths.size() == 16);
  CHECK(*lengths.rbegin() == 15);
  CHECK(play(answer, steps, 7)[5].bytes == play(answer, steps, 7)[5].bytes);
  CHECK(play(answer, steps, 7)[5].bytes != play(answer, steps, 8)[5].bytes);
}

TEST_CASE("a whole chat completion has the fields of the API") {
  Answer answer = answer_of({hidden_thinking(20), text_block(3)});
  const json body = json::parse(mock::chat_json(answer, mock::TokenText(base::RandomStream(3))));
  mock::TokenText text(base::RandomStream(3));
  text.begin_block();
  std::string words;
  for (int i = 0; i < 3; ++i) words += text.next();
  CHECK(body["object"] == "chat.completion");
  CHECK(body["model"] == "gpt-\"5\"");
  CHECK(body["choices"] == json::array({{{"index", 0},
                                         {"message",
                                          {{"role", "assistant"},
                                           {"content", words},
                                           {"refusal", nullptr},
                                           {"annotations", json::array()}}},
                                         {"logprobs", nullptr},
                                         {"finish_reason", "stop"}}}));
  CHECK(body["usage"]["prompt_tokens"] == 100);
}

TEST_CASE("a whole chat completion of calls has no content") {
  Answer answer = answer_of({call_block("call_a")});
  const json body = json::parse(mock::chat_json(answer, mock::TokenText(base::RandomStream(3))));
  const json message = body["choices"][0]["message"];
  CHECK(message["content"].is_null());
  REQUIRE(message["tool_calls"].size() == 1);
  CHECK(message["tool_calls"][0] ==
        json{{"id", "call_a"},
             {"type", "function"},
             {"function", {{"name", "get_weather"}, {"arguments", R"({"city":"Paris"})"}}}});
}

TEST_CASE("a chat that was cut off while it thought has an empty content") {
  const Answer answer = answer_of({hidden_thinking(20)});
  const json body = json::parse(mock::chat_json(answer, mock::TokenText(base::RandomStream(3))));
  CHECK(body["choices"][0]["message"]["content"] == "");
}
