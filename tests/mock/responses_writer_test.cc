#include "mock/responses_writer.h"

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

AnswerBlock thinking_block(std::int64_t tokens, bool shown) {
  AnswerBlock block;
  block.kind = AnswerBlock::Kind::kThinking;
  block.tokens = tokens;
  block.shown = shown;
  return block;
}

AnswerBlock call_block() {
  AnswerBlock block;
  block.kind = AnswerBlock::Kind::kToolUse;
  block.id = "call_a";
  block.tool = "get_weather";
  block.tool_input = R"({"city":"Paris"})";
  block.tokens = 4;
  return block;
}

Answer answer_of(std::vector<AnswerBlock> blocks) {
  Answer answer;
  answer.dialect = mock::Dialect::kResponses;
  answer.id = "resp_1";
  answer.model = "gpt-5";
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

std::vector<StreamEvent> play(const Answer& answer, const std::vector<Step>& steps) {
  mock::ResponsesWriter writer(answer, base::RandomStream(1));
  std::vector<StreamEvent> events;
  for (const Step& step : steps) writer.write(step, events);
  return events;
}

json data_of(const StreamEvent& event) {
  const std::string head = "event: " + std::string(event.name) + "\ndata: ";
  REQUIRE(event.bytes.starts_with(head));
  REQUIRE(event.bytes.ends_with("\n\n"));
  return json::parse(event.bytes.substr(head.size()));
}

std::vector<std::string> names_of(const std::vector<StreamEvent>& events) {
  std::vector<std::string> names;
  for (const StreamEvent& event : events) names.emplace_back(event.name);
  return names;
}

const std::vector<Step> kTextSteps = {step_of(Kind::kStart),
                                      step_of(Kind::kBlockStart),
                                      step_of(Kind::kPing),
                                      step_of(Kind::kDelta, 0, "one", 1),
                                      step_of(Kind::kDelta, 0, " two three", 2),
                                      step_of(Kind::kBlockStop),
                                      step_of(Kind::kEnd)};

}  // namespace

TEST_CASE("a streamed response has the API's events in their order") {
  const auto events = play(answer_of({text_block(3)}), kTextSteps);
  CHECK(names_of(events) ==
        std::vector<std::string>{"response.created", "response.in_progress",
                                 "response.output_item.added", "response.content_part.added",
                                 "response.output_text.delta", "response.output_text.delta",
                                 "response.output_text.done", "response.content_part.done",
                                 "response.output_item.done", "response.completed"});
  std::vector<std::uint32_t> tokens;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const json event = data_of(events[i]);
    CHECK(event["type"] == std::string(events[i].name));
    CHECK(event["sequence_number"] == i);
    CHECK(events[i].due == 500ms);
    tokens.push_back(events[i].tokens);
  }
  CHECK(tokens == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 2, 0, 0, 0, 0});
}

TEST_CASE("the events of a text tell it in parts, then whole") {
  const auto events = play(answer_of({text_block(3)}), kTextSteps);
  const json created = data_of(events[0])["response"];
  CHECK(created["status"] == "in_progress");
  CHECK(created["output"] == json::array());
  CHECK(created["usage"].is_null());
  const json item = data_of(events[2])["item"];
  CHECK(item["status"] == "in_progress");
  CHECK(item["content"] == json::array());
  const std::string id = item["id"];
  CHECK(id.starts_with("msg_"));
  const json delta = data_of(events[5]);
  CHECK(delta["item_id"] == id);
  CHECK(delta["output_index"] == 0);
  CHECK(delta["content_index"] == 0);
  CHECK(delta["delta"] == " two three");
  CHECK(delta["logprobs"] == json::array());
  CHECK(data_of(events[6])["text"] == "one two three");
  CHECK(data_of(events[7])["part"]["text"] == "one two three");
  const json done = data_of(events[8])["item"];
  CHECK(done["id"] == id);
  CHECK(done["status"] == "completed");
  CHECK(done["content"][0]["text"] == "one two three");
}

TEST_CASE("the last event has the whole response with its usage") {
  const auto events = play(answer_of({text_block(3)}), kTextSteps);
  const json response = data_of(events.back())["response"];
  CHECK(response["id"] == "resp_1");
  CHECK(response["status"] == "completed");
  CHECK(response["completed_at"].is_number());
  CHECK(response["incomplete_details"].is_null());
  CHECK(response["output"][0] == data_of(events[8])["item"]);
  CHECK(response["usage"] ==
        json{{"input_tokens", 100},
             {"input_tokens_details", {{"cached_tokens", 90}, {"cache_write_tokens", 0}}},
             {"output_tokens", 30},
             {"output_tokens_details", {{"reasoning_tokens", 20}}},
             {"total_tokens", 130}});
}

TEST_CASE("a call's arguments stream in an item of its own") {
  const auto events =
      play(answer_of({text_block(1), call_block()}),
           {step_of(Kind::kStart), step_of(Kind::kBlockStart, 1),
            step_of(Kind::kDelta, 1, R"({"city":)", 2), step_of(Kind::kDelta, 1, R"("Paris"})", 2),
            step_of(Kind::kBlockStop, 1)});
  CHECK(names_of(events) ==
        std::vector<std::string>{
            "response.created", "response.in_progress", "response.output_item.added",
            "response.function_call_arguments.delta", "response.function_call_arguments.delta",
            "response.function_call_arguments.done", "response.output_item.done"});
  const json item = data_of(events[2])["item"];
  CHECK(item["type"] == "function_call");
  CHECK(item["call_id"] == "call_a");
  CHECK(item["name"] == "get_weather");
  CHECK(item["arguments"] == "");
  CHECK(item["id"].get<std::string>().starts_with("fc_"));
  const json delta = data_of(events[3]);
  CHECK(delta["delta"] == R"({"city":)");
  CHECK(delta["output_index"] == 1);
  CHECK_FALSE(delta.contains("content_index"));
  CHECK(data_of(events[5])["arguments"] == R"({"city":"Paris"})");
  CHECK(data_of(events[6])["item"]["arguments"] == R"({"city":"Paris"})");
}

TEST_CASE("hidden reasoning is an item without a summary") {
  const auto events = play(answer_of({thinking_block(20, false), text_block(3)}),
                           {step_of(Kind::kStart), step_of(Kind::kBlockStart, 0),
                            step_of(Kind::kPing), step_of(Kind::kBlockStop, 0, "", 20)});
  CHECK(names_of(events) == std::vector<std::string>{"response.created", "response.in_progress",
                                                     "response.output_item.added",
                                                     "response.output_item.done"});
  const json item = data_of(events[3])["item"];
  CHECK(item["type"] == "reasoning");
  CHECK(item["summary"] == json::array());
  CHECK(item["id"].get<std::string>().starts_with("rs_"));
}

TEST_CASE("reasoning that is shown streams its summary") {
  const auto events = play(answer_of({thinking_block(2, true)}),
                           {step_of(Kind::kBlockStart), step_of(Kind::kDelta, 0, "Let me", 2),
                            step_of(Kind::kBlockStop)});
  CHECK(names_of(events) ==
        std::vector<std::string>{
            "response.output_item.added", "response.reasoning_summary_part.added",
            "response.reasoning_summary_text.delta", "response.reasoning_summary_text.done",
            "response.reasoning_summary_part.done", "response.output_item.done"});
  CHECK(data_of(events[2])["summary_index"] == 0);
  CHECK(data_of(events[2])["delta"] == "Let me");
  CHECK(data_of(events[3])["text"] == "Let me");
  CHECK(data_of(events[4])["part"] == json{{"type", "summary_text"}, {"text", "Let me"}});
  CHECK(data_of(events[5])["item"]["summary"][0]["text"] == "Let me");
}

TEST_CASE("what max_output_tokens or a refusal ended is incomplete") {
  const auto end = [](StopReason reason) {
    Answer answer = answer_of({text_block(3)});
    answer.stop_reason = reason;
    answer.blocks[0].cut = true;
    return data_of(play(answer, {step_of(Kind::kEnd)}).front());
  };
  const json cut = end(StopReason::kMaxTokens);
  CHECK(cut["type"] == "response.incomplete");
  CHECK(cut["response"]["status"] == "incomplete");
  CHECK(cut["response"]["incomplete_details"]["reason"] == "max_output_tokens");
  CHECK(cut["response"]["output"][0]["status"] == "incomplete");
  CHECK(cut["response"]["completed_at"].is_null());
  CHECK(end(StopReason::kRefusal)["response"]["incomplete_details"]["reason"] == "content_filter");
  CHECK(end(StopReason::kToolUse)["type"] == "response.completed");
}

TEST_CASE("deltas of responses are obfuscated by 0 to 15 letters") {
  const Answer answer = answer_of({text_block(1000)});
  const std::vector<Step> steps(1000, step_of(Kind::kDelta, 0, " x", 1));
  std::set<std::size_t> lengths;
  for (const StreamEvent& event : play(answer, steps)) {
    lengths.insert(data_of(event)["obfuscation"].get<std::string>().size());
  }
  CHECK(lengths.size() == 16);
  CHECK(*lengths.rbegin() == 15);
}

TEST_CASE("a whole response is the last event's") {
  const Answer answer = answer_of({thinking_block(2, true), text_block(3), call_block()});
  const auto body =
      json::parse(mock::response_json(answer, mock::TokenText(base::RandomStream(3))));
  mock::TokenText text(base::RandomStream(3));
  const auto words = [&text](int tokens) {
    text.begin_block();
    std::string said;
    for (int i = 0; i < tokens; ++i) said += text.next();
    return said;
  };
  const std::string summary = words(2);
  const std::string content = words(3);
  REQUIRE(body["output"].size() == 3);
  CHECK(body["object"] == "response");
  CHECK(body["output"][0]["summary"][0]["text"] == summary);
  CHECK(body["output"][1]["content"][0]["text"] == content);
  CHECK(body["output"][2]["arguments"] == R"({"city":"Paris"})");
  CHECK(body["usage"]["total_tokens"] == 130);
  std::vector<Step> steps;
  const std::vector<std::string> texts = {summary, content, R"({"city":"Paris"})"};
  for (std::size_t i = 0; i < texts.size(); ++i)
    steps.push_back(step_of(Kind::kDelta, i, texts[i]));
  steps.push_back(step_of(Kind::kEnd));
  CHECK(data_of(play(answer, steps).back())["response"] == body);
}
