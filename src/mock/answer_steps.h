// An answer in the order in which it is made, step by step, in no dialect.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "mock/answer.h"

namespace mock {

struct Step {
  enum class Kind : std::uint8_t {
    kStart,       // The prompt is read.
    kBlockStart,  // Of answer.blocks[block].
    kPing,        // After the first block's start, and in long silences.
    kDelta,       // `tokens` tokens of the block; `text` is what they say.
    kBlockStop,
    kEnd,
  };
  Kind kind = Kind::kStart;
  std::size_t block = 0;
  base::Duration due{};      // Since the request was let in.
  std::uint32_t tokens = 0;  // Of kDelta; of kBlockStop those that were made in silence.
  std::string text;  // For thinking and text: words; for a tool use: the next part of its JSON.
};

// Makes the steps. kStart, the first block's start and the first ping are due with the first token,
// which comes alone: so the time to first token is exactly the drawn one. Every later delta carries
// as many tokens as are drawn for it and is due when its last token is. A block that is not shown
// has a start and a stop and no deltas, and its tokens take their time all the same; pings come
// every `profile.ping_every` of silence. Tool input that is not eager comes parameter by parameter:
// the tokens of one make one silence and then several deltas at once. A tool use that max_tokens
// cuts has no stop.
//
// Cost: one step per call, so a long answer takes no more memory than a short one. The step's
// string is reused.
class AnswerSteps {
 public:
  // The answer outlives the steps.
  AnswerSteps(const Profile& profile, const Answer& answer, bool eager_tool_input, TokenPace pace,
              const Draws& draws);

  bool next(Step& step);  // False after kEnd.

 private:
  enum class Stage : std::uint8_t { kStart, kBlockStart, kFirstPing, kInBlock, kEnd, kOver };

  const AnswerBlock& block() const { return answer_.blocks[block_]; }
  void make(Step& step);
  void make_in_block(Step& step);
  void make_delta(Step& step);
  void end_block();
  void add_tool_input(Step& step);
  std::uint32_t draw_delta_tokens(std::int64_t most);
  std::int64_t parameter_tokens() const;
  void pass(std::int64_t tokens);

  const Answer& answer_;
  base::Distribution tokens_per_delta_;
  base::Duration ping_every_;
  bool eager_tool_input_;
  TokenPace pace_;
  TokenText text_;
  base::RandomStream grouping_;
  Stage stage_ = Stage::kStart;
  std::size_t block_ = 0;
  std::int64_t left_ = 0;      // Tokens of the block that no step has yet.
  std::int64_t buffered_ = 0;  // Of a tool's input: made, and to be told now.
  bool first_token_ = true;
  base::Duration last_{};  // When the last step was due.
  Step made_;              // The next step, unless a ping comes before it.
  bool has_made_ = false;
};

}  // namespace mock
