#include "mock/answer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace std::chrono_literals;

namespace {

using base::Distribution;
using mock::AnswerBlock;
using mock::StopReason;
using Kind = mock::AnswerBlock::Kind;

mock::Profile profile_with(Distribution ttft, Distribution itl, double tokens) {
  return {"test", ttft, itl, Distribution::constant(tokens), Distribution::constant(1)};
}

mock::Profile steady(double tokens) {
  return profile_with(Distribution::constant(0.5), Distribution::constant(0.02), tokens);
}

mock::ModelRequest request_for(std::int64_t max_tokens) {
  mock::ModelRequest request;
  request.model = "m";
  request.max_tokens = max_tokens;
  request.input_tokens = 100;
  return request;
}

mock::ModelRequest request_with_tools(mock::ToolChoice choice) {
  mock::ModelRequest request = request_for(1000);
  const auto schema = nlohmann::json::parse(
      R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})");
  request.tools = {{"weather", schema}, {"time", schema}};
  request.tool_choice = choice;
  request.named_tool = "time";
  return request;
}

mock::Answer answer_to(const mock::ModelRequest& request, const mock::Profile& profile,
                       std::uint64_t number = 1) {
  mock::Draws draws(1, number);
  return mock::make_answer(profile, request, {}, 7, draws);
}

mock::Answer answer_for(double tokens, std::int64_t max_tokens) {
  return answer_to(request_for(max_tokens), steady(tokens));
}

std::vector<Kind> kinds_of(const mock::Answer& answer) {
  std::vector<Kind> kinds;
  for (const AnswerBlock& block : answer.blocks) kinds.push_back(block.kind);
  return kinds;
}

}  // namespace

TEST_CASE("an answer ends by itself unless max_tokens cuts it") {
  CHECK(answer_for(20, 100).usage.output_tokens == 20);
  CHECK(answer_for(20, 100).stop_reason == StopReason::kEndTurn);
  CHECK(answer_for(20, 20).usage.output_tokens == 20);
  CHECK(answer_for(20, 20).stop_reason == StopReason::kEndTurn);
  CHECK(answer_for(20, 19).usage.output_tokens == 19);
  CHECK(answer_for(20, 19).stop_reason == StopReason::kMaxTokens);
}

TEST_CASE("an answer has a token at least, unless none is allowed") {
  CHECK(answer_for(0, 100).usage.output_tokens == 1);
  CHECK(answer_for(1e300, 100).usage.output_tokens == 100);
  CHECK(answer_for(20, 0).usage.output_tokens == 0);
  CHECK(answer_for(20, 0).blocks.empty());
  CHECK(answer_for(20, 0).stop_reason == StopReason::kMaxTokens);
}

TEST_CASE("the usage tells the cache's input from the other") {
  mock::Draws draws(1, 1);
  const mock::CacheUse cache = {.read_tokens = 30, .write_5m_tokens = 20, .write_1h_tokens = 10};
  const auto answer = mock::make_answer(steady(5), request_for(9), cache, 7, draws);
  CHECK(answer.usage.input_tokens == 40);
  CHECK(answer.usage.all_input() == 100);
  CHECK(answer.usage.cache.read_tokens == 30);
  CHECK(answer.created == 7);
}

TEST_CASE("ids look like the APIs' and depend on the seed and the request's number") {
  const auto ids = [](std::uint64_t seed, std::uint64_t number, mock::Dialect dialect) {
    mock::Draws draws(seed, number);
    mock::ModelRequest request = request_for(1);
    request.dialect = dialect;
    const auto request_id = mock::make_request_id(draws.ids);
    return std::pair(request_id, mock::make_answer(steady(1), request, {}, 0, draws).id);
  };
  const auto messages = mock::Dialect::kMessages;
  const auto [request_id, message_id] = ids(1, 1, messages);
  CHECK(request_id.size() == 28);
  CHECK(request_id.starts_with("req_011C"));
  CHECK(message_id.size() == 28);
  CHECK(message_id.starts_with("msg_01"));
  CHECK(message_id.find_first_of("0OIl", 6) == std::string::npos);
  CHECK(ids(1, 1, messages) == ids(1, 1, messages));
  CHECK(ids(1, 1, messages) != ids(1, 2, messages));
  CHECK(ids(1, 1, messages) != ids(2, 1, messages));
  CHECK(ids(1, 1, mock::Dialect::kChat).second.starts_with("chatcmpl-"));
  CHECK(ids(1, 1, mock::Dialect::kResponses).second.starts_with("resp_"));
}

TEST_CASE("thinking comes first and keeps to its budget") {
  mock::Profile profile = steady(10);
  profile.thinking_tokens = Distribution::constant(40);
  mock::ModelRequest request = request_for(1000);
  CHECK(kinds_of(answer_to(request, profile)) == std::vector{Kind::kText});
  request.thinks = true;
  request.shows_thinking = true;
  const auto answer = answer_to(request, profile);
  CHECK(kinds_of(answer) == std::vector{Kind::kThinking, Kind::kText});
  CHECK(answer.blocks[0].tokens == 40);
  CHECK(answer.blocks[0].shown);
  CHECK(answer.usage.output_tokens == 50);
  CHECK(answer.usage.thinking_tokens == 40);
  request.thinking_budget = 25;
  request.shows_thinking = false;
  CHECK(answer_to(request, profile).blocks[0].tokens == 25);
  CHECK_FALSE(answer_to(request, profile).blocks[0].shown);
  request.max_tokens = 12;
  const auto cut = answer_to(request, profile);
  CHECK(kinds_of(cut) == std::vector{Kind::kThinking});
  CHECK(cut.stop_reason == StopReason::kMaxTokens);
  CHECK(cut.usage.thinking_tokens == 12);
}

TEST_CASE("tools are called when they are due") {
  const mock::Profile profile = steady(10);
  using mock::ToolChoice;
  const auto any = answer_to(request_with_tools(ToolChoice::kAny), profile);
  CHECK(kinds_of(any) == std::vector{Kind::kToolUse});
  CHECK(any.stop_reason == StopReason::kToolUse);
  CHECK(any.blocks[0].id.starts_with("toolu_01"));
  CHECK(nlohmann::json::parse(any.blocks[0].tool_input).contains("city"));
  CHECK(any.blocks[0].tokens ==
        static_cast<std::int64_t>((any.blocks[0].tool_input.size() * 2 + 6) / 7));

  const auto automatic = answer_to(request_with_tools(ToolChoice::kAuto), profile);
  CHECK(kinds_of(automatic) == std::vector{Kind::kText, Kind::kToolUse});
  CHECK(kinds_of(answer_to(request_with_tools(ToolChoice::kNone), profile)) ==
        std::vector{Kind::kText});
  for (std::uint64_t number = 1; number < 10; ++number) {
    const auto named = answer_to(request_with_tools(ToolChoice::kNamed), profile, number);
    REQUIRE(named.blocks.at(0).tool == "time");
  }
  mock::ModelRequest with_results = request_with_tools(ToolChoice::kAuto);
  with_results.answers_tools = true;
  CHECK(answer_to(with_results, profile).stop_reason == StopReason::kEndTurn);
}

TEST_CASE("tools are called in their shares") {
  mock::Profile profile = steady(10);
  profile.tool_share = 0.5;
  profile.parallel_share = 0.3;
  int calls = 0;
  int double_calls = 0;
  mock::ModelRequest request = request_with_tools(mock::ToolChoice::kAuto);
  for (std::uint64_t number = 1; number <= 1000; ++number) {
    const auto answer = answer_to(request, profile, number);
    calls += answer.blocks.size() > 1 ? 1 : 0;
    double_calls += answer.blocks.size() > 2 ? 1 : 0;
  }
  // Within five standard deviations.
  CHECK(calls == Approx(500).margin(79));
  CHECK(double_calls == Approx(150).margin(57));
  request.parallel_tools = false;
  for (std::uint64_t number = 1; number <= 100; ++number) {
    REQUIRE(answer_to(request, profile, number).blocks.size() <= 2);
  }
}

TEST_CASE("max_tokens cuts a tool's input in the middle") {
  mock::ModelRequest request = request_with_tools(mock::ToolChoice::kAny);
  const auto whole = answer_to(request, steady(1));
  request.max_tokens = 2;
  const auto cut = answer_to(request, steady(1));
  REQUIRE(cut.blocks.size() == 1);
  CHECK(cut.blocks[0].cut);
  CHECK(cut.stop_reason == StopReason::kMaxTokens);
  CHECK(whole.blocks[0].tool_input.starts_with(cut.blocks[0].tool_input));
  CHECK(cut.blocks[0].tool_input.size() < whole.blocks[0].tool_input.size());
}

TEST_CASE("a stop sequence ends the answer before the word that holds it") {
  mock::ModelRequest request = request_for(1000);
  mock::TokenText text(mock::Draws(1, 1).text);
  std::string before;
  std::string fifth;
  for (int i = 0; i < 5; ++i) {
    before += fifth;
    fifth = text.next();
  }
  REQUIRE(before.find(fifth.substr(1)) == std::string::npos);
  request.stop_sequences = {"no such words", fifth.substr(1)};
  const auto answer = answer_to(request, steady(100));
  CHECK(answer.stop_reason == StopReason::kStopSequence);
  CHECK(answer.stop_sequence == fifth.substr(1));
  CHECK(answer.usage.output_tokens == 4);
}

TEST_CASE("constant gaps make a perfect grid after the first token") {
  mock::TokenPace pace(steady(1), 0s, 1, base::RandomStream(1));
  CHECK(pace.current() == 500ms);
  for (int i = 0; i < 10'000; ++i) REQUIRE(pace.next() == 500ms + i * 20ms);
  CHECK(pace.current() == 500ms + 9'999 * 20ms);
}

TEST_CASE("reading the prompt delays the first token, and a busy service all others") {
  mock::TokenPace pace(steady(1), 300ms, 2.5, base::RandomStream(1));
  CHECK(pace.next() == 800ms);
  CHECK(pace.next() == 850ms);
  CHECK(pace.next() == 900ms);
}

TEST_CASE("drawn gaps add up and never run backwards") {
  mock::TokenPace pace(
      profile_with(Distribution::constant(0.1), Distribution::normal(0.01, 0.01), 1), 0s, 1,
      base::RandomStream(1));
  base::Duration last = pace.next();
  CHECK(last == 100ms);
  for (int i = 0; i < 10'000; ++i) {
    const auto due = pace.next();
    REQUIRE(due >= last);
    last = due;
  }
  // The mean of a normal cut at zero with mean = sd = 10 ms is 10.83 ms.
  CHECK(base::to_seconds(last - 100ms) / 10'000 == Approx(0.01083).epsilon(0.03));
}

TEST_CASE("each block's text begins without a space") {
  mock::TokenText text(base::RandomStream(3));
  AnswerBlock block;
  block.tokens = 4;
  const std::string first = text.block_text(block);
  CHECK(first.front() != ' ');
  CHECK(std::count(first.begin(), first.end(), ' ') == 3);
  CHECK(text.block_text(block).front() != ' ');
  block.shown = false;
  CHECK(text.block_text(block).empty());
}

TEST_CASE("times beyond all bounds stay in order") {
  mock::TokenPace pace(steady(1), base::Duration::max(), 1e300, base::RandomStream(1));
  for (int i = 0; i < 4; ++i) CHECK(pace.next() >= 24h * 365);
}
