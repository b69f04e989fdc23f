#include "mock/answer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random_text.h"
#include "mock/tool_input.h"

namespace mock {
namespace {

enum Purpose : std::uint64_t { kIds, kFault, kLength, kPace, kGrouping, kText, kPadding, kTools };

base::RandomStream stream_for(std::uint64_t seed, std::uint64_t request, Purpose purpose) {
  return base::RandomStream(base::derive_seed(base::derive_seed(seed, request), purpose));
}

std::string random_base58(base::RandomStream& random, size_t length) {
  constexpr std::string_view kAlphabet =
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::string text;
  text.reserve(length);
  while (text.size() < length) text += kAlphabet[random.below(kAlphabet.size())];
  return text;
}

std::string make_answer_id(Dialect dialect, base::RandomStream& ids) {
  switch (dialect) {
    case Dialect::kMessages:
      return "msg_01" + random_base58(ids, 22);
    case Dialect::kChat:
      return "chatcmpl-" + random_base58(ids, 29);
    case Dialect::kResponses:
      break;
  }
  return "resp_" + random_base58(ids, 48);
}

std::string make_tool_id(Dialect dialect, base::RandomStream& random) {
  if (dialect == Dialect::kMessages) return "toolu_01" + random_base58(random, 22);
  return "call_" + random_base58(random, 24);
}

// Words of three to nine letters, near the four bytes that a token of English takes.
constexpr std::array<std::string_view, 64> kWords = {
    " the",   " of",     " and",   " to",     " in",     " is",    " that",  " it",
    " was",   " for",    " on",    " are",    " as",     " with",  " they",  " at",
    " be",    " this",   " from",  " have",   " or",     " by",    " one",   " had",
    " not",   " but",    " what",  " all",    " were",   " when",  " we",    " there",
    " can",   " each",   " which", " their",  " said",   " if",    " do",    " will",
    " about", " many",   " then",  " them",   " would",  " write", " like",  " so",
    " these", " long",   " make",  " thing",  " see",    " him",   " two",   " look",
    " more",  " answer", " token", " stream", " second", " model", " river", " light"};

// Kept within what llround can take; max_tokens cuts it further.
std::int64_t draw_tokens(const base::Distribution& distribution, base::RandomStream& random) {
  return std::llround(std::min(distribution.sample(random), 1e15));
}

// Longer than any run, and far from where time ends.
base::Duration bounded(base::Duration duration) {
  return std::min<base::Duration>(duration, std::chrono::hours(24 * 365));
}

AnswerBlock text_of(std::int64_t tokens) {
  AnswerBlock block;
  block.tokens = tokens;
  return block;
}

AnswerBlock thinking_of(std::int64_t tokens, bool shown) {
  AnswerBlock block;
  block.kind = AnswerBlock::Kind::kThinking;
  block.tokens = tokens;
  block.shown = shown;
  return block;
}

AnswerBlock use_of(const Tool& tool, Dialect dialect, base::RandomStream& random) {
  AnswerBlock block;
  block.kind = AnswerBlock::Kind::kToolUse;
  block.id = make_tool_id(dialect, random);
  block.tool = tool.name;
  block.tool_input = make_tool_input(tool.input_schema, random);
  const double tokens =
      std::ceil(static_cast<double>(block.tool_input.size()) / base::kBytesPerToken);
  block.tokens = std::llround(tokens);
  return block;
}

int tool_uses_due(const Profile& profile, const ModelRequest& request, base::RandomStream& random) {
  const double calls = random.uniform();
  const double both = random.uniform();
  if (request.tools.empty() || request.tool_choice == ToolChoice::kNone) return 0;
  if (request.tool_choice == ToolChoice::kNamed) return 1;
  if (request.tool_choice == ToolChoice::kAuto &&
      (request.answers_tools || calls >= profile.tool_share)) {
    return 0;
  }
  return request.parallel_tools && both < profile.parallel_share ? 2 : 1;
}

const Tool& choose_tool(const ModelRequest& request, base::RandomStream& random) {
  const auto named =
      std::find_if(request.tools.begin(), request.tools.end(), [&](const Tool& tool) {
        return request.tool_choice == ToolChoice::kNamed && tool.name == request.named_tool;
      });
  return named != request.tools.end() ? *named : request.tools[random.below(request.tools.size())];
}

// With a free choice, models say what they are about to do.
void add_tool_uses(const ModelRequest& request, int uses, std::int64_t text_tokens, Answer& answer,
                   base::RandomStream& random) {
  constexpr std::int64_t kLongestPreface = 20;
  if (request.tool_choice == ToolChoice::kAuto) {
    answer.blocks.push_back(text_of(std::min(text_tokens, kLongestPreface)));
  }
  for (; uses > 0; --uses) {
    answer.blocks.push_back(use_of(choose_tool(request, random), request.dialect, random));
  }
  answer.stop_reason = StopReason::kToolUse;
}

void add_thinking(const Profile& profile, const ModelRequest& request, Answer& answer,
                  base::RandomStream& random) {
  std::int64_t tokens = draw_tokens(profile.thinking_tokens, random);
  if (request.thinking_budget > 0) tokens = std::min(tokens, request.thinking_budget);
  if (tokens > 0) answer.blocks.push_back(thinking_of(tokens, request.shows_thinking));
}

void cut_block(AnswerBlock& block, std::int64_t tokens) {
  if (block.kind == AnswerBlock::Kind::kToolUse) {
    const auto size = static_cast<std::int64_t>(block.tool_input.size());
    block.tool_input.resize(static_cast<size_t>(size * tokens / block.tokens));
  }
  block.tokens = tokens;
  block.cut = true;
}

void cut_at(std::int64_t max_tokens, Answer& answer) {
  std::int64_t left = max_tokens;
  for (size_t i = 0; i < answer.blocks.size(); ++i) {
    AnswerBlock& block = answer.blocks[i];
    if (block.tokens <= left) {
      left -= block.tokens;
      continue;
    }
    if (left > 0) cut_block(block, left);
    answer.blocks.resize(left > 0 ? i + 1 : i);
    answer.stop_reason = StopReason::kMaxTokens;
    return;
  }
}

const std::string* find_sequence(const std::vector<std::string>& sequences, std::string_view word) {
  for (const std::string& sequence : sequences) {
    if (!sequence.empty() && word.find(sequence) != std::string_view::npos) return &sequence;
  }
  return nullptr;
}

// The answer ends before the first word of its text that holds one of the sequences; sequences that
// reach over several words are not found.
void stop_at(const std::vector<std::string>& sequences, TokenText text, Answer& answer) {
  for (size_t i = 0; i < answer.blocks.size(); ++i) {
    AnswerBlock& block = answer.blocks[i];
    if (!block.shown || block.kind == AnswerBlock::Kind::kToolUse) continue;
    text.begin_block();
    for (std::int64_t token = 0; token < block.tokens; ++token) {
      const std::string* found = find_sequence(sequences, text.next());
      if (found == nullptr || block.kind == AnswerBlock::Kind::kThinking) continue;
      block.tokens = token;
      answer.blocks.resize(token > 0 ? i + 1 : i);
      answer.stop_reason = StopReason::kStopSequence;
      answer.stop_sequence = *found;
      return;
    }
  }
}

void count_usage(const ModelRequest& request, const CacheUse& cache, Answer& answer) {
  answer.usage.input_tokens = std::max<std::int64_t>(0, request.input_tokens - cache.all());
  answer.usage.cache = cache;
  for (const AnswerBlock& block : answer.blocks) {
    answer.usage.output_tokens += block.tokens;
    if (block.kind == AnswerBlock::Kind::kThinking) answer.usage.thinking_tokens += block.tokens;
  }
}

}  // namespace

Draws::Draws(std::uint64_t seed, std::uint64_t request_number)
    : ids(stream_for(seed, request_number, kIds)),
      fault(stream_for(seed, request_number, kFault)),
      length(stream_for(seed, request_number, kLength)),
      pace(stream_for(seed, request_number, kPace)),
      grouping(stream_for(seed, request_number, kGrouping)),
      text(stream_for(seed, request_number, kText)),
      padding(stream_for(seed, request_number, kPadding)),
      tools(stream_for(seed, request_number, kTools)) {}

std::string_view to_string(StopReason reason) {
  switch (reason) {
    case StopReason::kEndTurn:
      return "end_turn";
    case StopReason::kMaxTokens:
      return "max_tokens";
    case StopReason::kToolUse:
      return "tool_use";
    case StopReason::kStopSequence:
      return "stop_sequence";
    case StopReason::kRefusal:
      return "refusal";
    case StopReason::kPauseTurn:
      break;
  }
  return "pause_turn";
}

Answer make_answer(const Profile& profile, const ModelRequest& request, const CacheUse& cache,
                   std::int64_t created, Draws& draws) {
  Answer answer;
  answer.dialect = request.dialect;
  answer.id = make_answer_id(request.dialect, draws.ids);
  answer.model = request.model;
  answer.created = created;
  answer.usage_in_stream = request.usage_in_stream;
  answer.fast = request.fast;
  answer.in_batch = request.in_batch;
  const std::int64_t wanted = std::max<std::int64_t>(1, draw_tokens(profile.tokens, draws.length));
  if (request.thinks) add_thinking(profile, request, answer, draws.length);
  const int uses = tool_uses_due(profile, request, draws.tools);
  if (uses > 0) {
    add_tool_uses(request, uses, wanted, answer, draws.tools);
  } else {
    answer.blocks.push_back(text_of(wanted));
  }
  cut_at(request.max_tokens, answer);
  if (!request.stop_sequences.empty()) {
    stop_at(request.stop_sequences, TokenText(draws.text), answer);
  }
  count_usage(request, cache, answer);
  return answer;
}

std::string make_request_id(base::RandomStream& ids) { return "req_011C" + random_base58(ids, 20); }

TokenPace::TokenPace(const Profile& profile, base::Duration prefill, double slowdown,
                     base::RandomStream random)
    : gap_(profile.itl),
      slowdown_(slowdown),
      random_(random),
      due_(bounded(base::from_seconds(profile.ttft.sample(random_))) + bounded(prefill)) {}

base::Duration TokenPace::next() {
  if (begun_) due_ = bounded(due_ + bounded(base::from_seconds(gap_.sample(random_) * slowdown_)));
  begun_ = true;
  return due_;
}

std::string_view TokenText::next() {
  const std::string_view word = kWords[random_.below(kWords.size())];
  if (begun_) return word;
  begun_ = true;
  return word.substr(1);
}

std::string TokenText::block_text(const AnswerBlock& block) {
  std::string words;
  if (!block.shown) return words;
  begin_block();
  for (std::int64_t i = 0; i < block.tokens; ++i) words += next();
  return words;
}

}  // namespace mock
