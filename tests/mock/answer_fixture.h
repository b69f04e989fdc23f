// Answers made by hand, and the steps and events that they come to.
#pragma once

#include <string>
#include <vector>

#include "mock/answer.h"
#include "mock/answer_steps.h"

namespace tests {

// The first token after 500 ms, then one every 20 ms.
inline mock::Profile steady_profile(
    base::Distribution tokens_per_delta = base::Distribution::constant(1)) {
  return {"test", base::Distribution::constant(0.5), base::Distribution::constant(0.02),
          base::Distribution::constant(1), tokens_per_delta};
}

inline mock::AnswerBlock text_block(std::int64_t tokens) {
  mock::AnswerBlock block;
  block.tokens = tokens;
  return block;
}

inline mock::AnswerBlock thinking_block(std::int64_t tokens, bool shown) {
  mock::AnswerBlock block;
  block.kind = mock::AnswerBlock::Kind::kThinking;
  block.tokens = tokens;
  block.shown = shown;
  return block;
}

inline mock::AnswerBlock tool_block(const std::string& input, std::int64_t tokens) {
  mock::AnswerBlock block;
  block.kind = mock::AnswerBlock::Kind::kToolUse;
  block.id = "toolu_01NRLabsLyVHZPKxbKvkfSMn";
  block.tool = "get_weather";
  block.tool_input = input;
  block.tokens = tokens;
  return block;
}

inline mock::Answer answer_of(std::vector<mock::AnswerBlock> blocks) {
  mock::Answer answer;
  answer.id = "msg_013nnniYDrJDocdy5nrMU7cH";
  answer.model = "claude-sonnet-4-5-20250929";
  answer.usage.input_tokens = 135;
  for (const mock::AnswerBlock& block : blocks) {
    answer.usage.output_tokens += block.tokens;
    const bool thinks = block.kind == mock::AnswerBlock::Kind::kThinking;
    if (thinks) answer.usage.thinking_tokens += block.tokens;
  }
  answer.blocks = std::move(blocks);
  return answer;
}

inline mock::AnswerSteps steps_of(const mock::Answer& answer, const mock::Profile& profile,
                                  bool eager_tool_input = false, std::uint64_t seed = 1) {
  const mock::Draws draws(seed, 1);
  return {profile, answer, eager_tool_input, mock::TokenPace(profile, {}, 1, draws.pace), draws};
}

}  // namespace tests
