// What a request will be answered with, and how its tokens are paced: decided in full when the
// request is let in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "mock/profile.h"
#include "mock/request.h"
#include "mock/usage.h"

namespace mock {

// One request's draws, from the server's seed and the request's number. Each purpose has a stream
// of its own, so that a draw more for one never moves the others.
struct Draws {
  Draws(std::uint64_t seed, std::uint64_t request_number);

  base::RandomStream ids;
  base::RandomStream fault;
  base::RandomStream length;
  base::RandomStream pace;
  base::RandomStream grouping;
  base::RandomStream text;
  base::RandomStream padding;
  base::RandomStream tools;
};

struct AnswerBlock {
  enum class Kind : std::uint8_t { kThinking, kText, kToolUse };
  Kind kind = Kind::kText;
  std::int64_t tokens = 0;
  bool shown = true;       // False for thinking that is left out: its time passes in silence.
  bool cut = false;        // max_tokens ended it.
  std::string id;          // Of a tool use.
  std::string tool;        // Its name.
  std::string tool_input;  // JSON, made after the tool's schema; split over `tokens` tokens.
};

// Why an answer ended, in the Messages API's words; the other dialects translate.
enum class StopReason : std::uint8_t {
  kEndTurn,
  kMaxTokens,
  kToolUse,
  kStopSequence,
  kRefusal,
  kPauseTurn
};

std::string_view to_string(StopReason reason);  // "end_turn", "max_tokens", …

struct Answer {
  Dialect dialect = Dialect::kMessages;
  std::string id;  // "msg_01…", "chatcmpl-…", "resp_…"
  std::string model;
  std::int64_t created = 0;  // Unix seconds.
  std::vector<AnswerBlock> blocks;
  StopReason stop_reason = StopReason::kEndTurn;
  std::string stop_sequence;
  Usage usage;
  bool usage_in_stream = false;
  bool fast = false;
  bool in_batch = false;
};

// Thinking first where the request thinks, then tool uses where they are due, else text; all of it
// cut at max_tokens.
//
// REQUIRES: `cache` is of this request. `created` is wall time for ids and stamps alone.
Answer make_answer(const Profile& profile, const ModelRequest& request, const CacheUse& cache,
                   std::int64_t created, Draws& draws);

std::string make_request_id(base::RandomStream& ids);

// When each token is due, as an offset from when the request was let in: the time to first token,
// then one drawn gap more per token. The offsets are sums of draws and know nothing of real sends,
// so a late token does not make the next one late.
class TokenPace {
 public:
  // `prefill` is added to the drawn time to first token; gaps are `slowdown` times the drawn ones.
  TokenPace(const Profile& profile, base::Duration prefill, double slowdown,
            base::RandomStream random);

  // The offset of the next token; the first call gives the first token's.
  base::Duration next();

  // The offset that the last call gave; before the first, the time to first token.
  base::Duration current() const { return due_; }

 private:
  base::Distribution gap_;
  double slowdown_;
  base::RandomStream random_;
  base::Duration due_;
  bool begun_ = false;
};

// The words that tokens are made of, one word a token.
class TokenText {
 public:
  explicit TokenText(base::RandomStream random) : random_(random) {}

  // Lifetime: the view stays valid for good. Nothing in it needs escaping in JSON.
  std::string_view next();

  // A block of its own begins: its first word has no space before it.
  void begin_block() { begun_ = false; }

  // All that a block of text or thinking says; "" for one that is not shown.
  std::string block_text(const AnswerBlock& block);

 private:
  base::RandomStream random_;
  bool begun_ = false;
};

}  // namespace mock
