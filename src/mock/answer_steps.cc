#include "mock/answer_steps.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace mock {
namespace {

// Where the parameter that lies at `from` ends in a JSON object, its comma included; the text may
// be cut off.
size_t end_of_parameter(std::string_view json, size_t from) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c == ',' && depth == 1 && i >= from) return i + 1;
  }
  return json.size();
}

}  // namespace

AnswerSteps::AnswerSteps(const Profile& profile, const Answer& answer, bool eager_tool_input,
                         TokenPace pace, const Draws& draws)
    : answer_(answer),
      tokens_per_delta_(profile.tokens_per_delta),
      ping_every_(profile.ping_every),
      eager_tool_input_(eager_tool_input),
      pace_(pace),
      text_(draws.text),
      grouping_(draws.grouping),
      last_(pace_.current()) {}

bool AnswerSteps::next(Step& step) {
  if (!has_made_) {
    if (stage_ == Stage::kOver) return false;
    make(made_);
    has_made_ = true;
  }
  if (made_.due - last_ > ping_every_) {
    last_ += ping_every_;
    step.kind = Step::Kind::kPing;
    step.block = made_.block;
    step.due = last_;
    step.tokens = 0;
    step.text.clear();
    return true;
  }
  last_ = made_.due;
  has_made_ = false;
  std::swap(step, made_);
  return true;
}

void AnswerSteps::make(Step& step) {
  step.block = block_;
  step.tokens = 0;
  step.text.clear();
  switch (stage_) {
    case Stage::kStart:
      step.kind = Step::Kind::kStart;
      stage_ = answer_.blocks.empty() ? Stage::kEnd : Stage::kBlockStart;
      break;
    case Stage::kBlockStart:
      step.kind = Step::Kind::kBlockStart;
      left_ = block().tokens;
      text_.begin_block();
      stage_ = block_ == 0 ? Stage::kFirstPing : Stage::kInBlock;
      break;
    case Stage::kFirstPing:
      step.kind = Step::Kind::kPing;
      stage_ = Stage::kInBlock;
      break;
    case Stage::kInBlock:
      make_in_block(step);
      break;
    case Stage::kEnd:
    case Stage::kOver:
      step.kind = Step::Kind::kEnd;
      stage_ = Stage::kOver;
      break;
  }
  step.due = pace_.current();
}

void AnswerSteps::make_in_block(Step& step) {
  if (block().shown && left_ > 0) {
    make_delta(step);
    const bool is_cut_off = block().cut && block().kind == AnswerBlock::Kind::kToolUse;
    if (left_ == 0 && is_cut_off) end_block();
    return;
  }
  step.kind = Step::Kind::kBlockStop;
  step.tokens = static_cast<std::uint32_t>(left_);
  pass(left_);
  left_ = 0;
  end_block();
}

void AnswerSteps::make_delta(Step& step) {
  step.kind = Step::Kind::kDelta;
  if (block().kind == AnswerBlock::Kind::kToolUse) {
    add_tool_input(step);
  } else {
    step.tokens = draw_delta_tokens(left_);
    for (std::uint32_t i = 0; i < step.tokens; ++i) step.text += text_.next();
    pass(step.tokens);
  }
  left_ -= step.tokens;
}

// Token i of n ends at the same share of the text's bytes.
void AnswerSteps::add_tool_input(Step& step) {
  const bool is_buffered = !eager_tool_input_;
  if (is_buffered && buffered_ == 0) {
    buffered_ = parameter_tokens();
    pass(buffered_);
  }
  step.tokens = draw_delta_tokens(is_buffered ? buffered_ : left_);
  if (is_buffered) {
    buffered_ -= step.tokens;
  } else {
    pass(step.tokens);
  }
  const std::string_view input = block().tool_input;
  const auto byte_at = [&](std::int64_t token) {
    return static_cast<size_t>(token) * input.size() / static_cast<size_t>(block().tokens);
  };
  const std::int64_t told = block().tokens - left_;
  step.text = input.substr(byte_at(told), byte_at(told + step.tokens) - byte_at(told));
}

std::int64_t AnswerSteps::parameter_tokens() const {
  const std::string_view input = block().tool_input;
  const auto tokens = static_cast<size_t>(block().tokens);
  const auto told = tokens - static_cast<size_t>(left_);
  const size_t end = end_of_parameter(input, told * input.size() / tokens);
  // Enough tokens to reach the end.
  const size_t until = input.empty() ? tokens : (end * tokens + input.size() - 1) / input.size();
  return static_cast<std::int64_t>(std::max(until, told + 1) - told);
}

std::uint32_t AnswerSteps::draw_delta_tokens(std::int64_t most) {
  if (std::exchange(first_token_, false)) return 1;
  const double drawn = std::min(tokens_per_delta_.sample(grouping_), 1e6);
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(std::llround(drawn), 1, most));
}

void AnswerSteps::pass(std::int64_t tokens) {
  for (std::int64_t i = 0; i < tokens; ++i) pace_.next();
}

void AnswerSteps::end_block() {
  ++block_;
  stage_ = block_ < answer_.blocks.size() ? Stage::kBlockStart : Stage::kEnd;
}

}  // namespace mock
