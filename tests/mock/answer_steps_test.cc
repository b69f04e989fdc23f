#include "mock/answer_steps.h"

#include <catch2/catch.hpp>

#include "answer_fixture.h"

using namespace std::chrono_literals;

namespace {

using base::Distribution;
using mock::Step;
using Kind = mock::Step::Kind;

std::vector<Step> play(const mock::Answer& answer, const mock::Profile& profile,
                       bool eager = false) {
  mock::AnswerSteps steps = tests::steps_of(answer, profile, eager);
  std::vector<Step> played;
  for (Step step; steps.next(step);) played.push_back(step);
  return played;
}

std::vector<Kind> kinds_of(const std::vector<Step>& steps) {
  std::vector<Kind> kinds;
  for (const Step& step : steps) kinds.push_back(step.kind);
  return kinds;
}

std::vector<base::Duration> dues_of(const std::vector<Step>& steps) {
  std::vector<base::Duration> dues;
  for (const Step& step : steps) dues.push_back(step.due);
  return dues;
}

std::string text_of(const std::vector<Step>& steps, std::size_t block = 0) {
  std::string text;
  for (const Step& step : steps) {
    if (step.kind == Kind::kDelta && step.block == block) text += step.text;
  }
  return text;
}

std::int64_t tokens_of(const std::vector<Step>& steps) {
  std::int64_t tokens = 0;
  for (const Step& step : steps) tokens += step.tokens;
  return tokens;
}

}  // namespace

TEST_CASE("the opening and the first token are due together, the end with the last token") {
  const auto steps = play(tests::answer_of({tests::text_block(3)}), tests::steady_profile());
  CHECK(kinds_of(steps) == std::vector{Kind::kStart, Kind::kBlockStart, Kind::kPing, Kind::kDelta,
                                       Kind::kDelta, Kind::kDelta, Kind::kBlockStop, Kind::kEnd});
  CHECK(dues_of(steps) ==
        std::vector<base::Duration>{500ms, 500ms, 500ms, 500ms, 520ms, 540ms, 540ms, 540ms});
}

TEST_CASE("an answer without blocks begins and ends") {
  const auto steps = play(tests::answer_of({}), tests::steady_profile());
  CHECK(kinds_of(steps) == std::vector{Kind::kStart, Kind::kEnd});
}

TEST_CASE("a delta of several tokens is due with its last one, and the first token comes alone") {
  const auto steps = play(tests::answer_of({tests::text_block(8)}),
                          tests::steady_profile(Distribution::constant(3)));
  std::vector<std::pair<std::uint32_t, base::Duration>> deltas;
  for (const Step& step : steps) {
    if (step.kind == Kind::kDelta) deltas.emplace_back(step.tokens, step.due);
  }
  CHECK(deltas == std::vector<std::pair<std::uint32_t, base::Duration>>{
                      {1, 500ms}, {3, 560ms}, {3, 620ms}, {1, 640ms}});
}

TEST_CASE("the tokens of the steps are the answer's, however they are grouped") {
  for (const auto& per_delta : {Distribution::uniform(0.5, 4.5), Distribution::constant(0),
                                Distribution::constant(1e12), Distribution::lognormal(3, 1)}) {
    const auto answer =
        tests::answer_of({tests::thinking_block(31, false), tests::thinking_block(7, true),
                          tests::text_block(257), tests::tool_block(R"({"a":1,"b":"x"})", 9)});
    for (const bool eager : {false, true}) {
      const auto steps = play(answer, tests::steady_profile(per_delta), eager);
      CHECK(tokens_of(steps) == 304);
      CHECK(steps.back().due == 500ms + 303 * 20ms);
    }
  }
}

TEST_CASE("how tokens are grouped changes neither their text nor the end") {
  const auto answer = tests::answer_of({tests::text_block(100)});
  const auto single = play(answer, tests::steady_profile());
  const auto grouped = play(answer, tests::steady_profile(Distribution::uniform(0.5, 4.5)));
  CHECK(text_of(single) == text_of(grouped));
  CHECK(single.back().due == grouped.back().due);
  CHECK(single.size() > grouped.size());
}

TEST_CASE("the text of the steps is that of the whole answer") {
  const auto answer = tests::answer_of(
      {tests::thinking_block(5, true), tests::thinking_block(9, false), tests::text_block(20)});
  const auto steps = play(answer, tests::steady_profile());
  mock::TokenText text(mock::Draws(1, 1).text);
  for (std::size_t i = 0; i < answer.blocks.size(); ++i) {
    CHECK(text_of(steps, i) == text.block_text(answer.blocks[i]));
  }
}

TEST_CASE("a hidden block passes in silence, with pings in it") {
  mock::Profile profile = tests::steady_profile();
  profile.ping_every = 1s;
  const auto steps =
      play(tests::answer_of({tests::thinking_block(126, false), tests::text_block(1)}), profile);
  CHECK(kinds_of(steps) == std::vector{Kind::kStart, Kind::kBlockStart, Kind::kPing, Kind::kPing,
                                       Kind::kPing, Kind::kBlockStop, Kind::kBlockStart,
                                       Kind::kDelta, Kind::kBlockStop, Kind::kEnd});
  CHECK(steps[3].due == 1500ms);
  CHECK(steps[4].due == 2500ms);
  CHECK(steps[5].due == 3s);
  CHECK(steps[5].tokens == 126);
  CHECK(steps[7].due == 3020ms);
}

TEST_CASE("pings come in the silence between two tokens, too") {
  mock::Profile profile = tests::steady_profile();
  profile.itl = Distribution::constant(10);
  profile.ping_every = 4s;
  const auto steps = play(tests::answer_of({tests::text_block(2)}), profile);
  CHECK(dues_of(steps) == std::vector<base::Duration>{500ms, 500ms, 500ms, 500ms, 4500ms, 8500ms,
                                                      10500ms, 10500ms, 10500ms});
}

TEST_CASE("tool input comes parameter by parameter, each after a silence and then at once") {
  // 24 bytes in 12 tokens: the parameters end with bytes 12 and 24.
  const auto answer = tests::answer_of({tests::tool_block(R"({"a":"12,4",)"
                                                          R"("b":[5,67]})",
                                                          11)});
  const auto steps = play(answer, tests::steady_profile(Distribution::constant(2)));
  std::vector<std::pair<std::string, base::Duration>> deltas;
  for (const Step& step : steps) {
    if (step.kind == Kind::kDelta) deltas.emplace_back(step.text, step.due);
  }
  CHECK(text_of(steps) == R"({"a":"12,4","b":[5,67]})");
  REQUIRE(deltas.size() == 7);
  for (std::size_t i = 0; i < 4; ++i) CHECK(deltas[i].second == 600ms);
  for (std::size_t i = 4; i < 7; ++i) CHECK(deltas[i].second == 700ms);
}

TEST_CASE("eager tool input comes as it is made") {
  const auto answer = tests::answer_of({tests::tool_block(R"({"a":"12,4","b":[5,67]})", 12)});
  const auto steps = play(answer, tests::steady_profile(), true);
  CHECK(text_of(steps) == R"({"a":"12,4","b":[5,67]})");
  base::Duration due = 500ms;
  for (const Step& step : steps) {
    if (step.kind != Kind::kDelta) continue;
    CHECK(step.due == due);
    due += 20ms;
  }
}

TEST_CASE("a tool use that max_tokens cuts has no stop, other blocks have") {
  auto answer = tests::answer_of({tests::text_block(2), tests::tool_block(R"({"a":"1)", 3)});
  answer.blocks[1].cut = true;
  const auto steps = play(answer, tests::steady_profile());
  CHECK(kinds_of(steps) == std::vector{Kind::kStart, Kind::kBlockStart, Kind::kPing, Kind::kDelta,
                                       Kind::kDelta, Kind::kBlockStop, Kind::kBlockStart,
                                       Kind::kDelta, Kind::kDelta, Kind::kDelta, Kind::kEnd});
  CHECK(text_of(steps, 1) == R"({"a":"1)");
  answer = tests::answer_of({tests::text_block(1)});
  answer.blocks[0].cut = true;
  CHECK(play(answer, tests::steady_profile())[4].kind == Kind::kBlockStop);
}
