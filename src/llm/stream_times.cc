#include "llm/stream_times.h"

#include <algorithm>

namespace llm {
namespace {

// Stamps follow the wall clock between its steps, so one may fall a little behind another.
base::Duration between(base::TimePoint begin, base::TimePoint end) {
  return std::max(end - begin, base::Duration::zero());
}

}  // namespace

std::optional<Gap> StreamTimes::on_event(Content content, const Arrival& arrival) {
  if (!first_event_) first_event_ = arrival.at;
  // Bytes come in order: what came in an earlier read came before.
  const bool new_read = last_event_ && *last_event_ < arrival.at;
  const base::TimePoint earliest =
      new_read ? std::max(arrival.earliest, *last_event_) : arrival.earliest;
  last_event_ = arrival.at;
  if (content == Content::kNone) return {};

  const bool visible = content != Content::kThinking;
  const base::Duration error = between(earliest, arrival.at);
  std::optional<Gap> gap;
  if (last_token_) {
    const base::Duration length = between(*last_token_, arrival.at);
    const base::Duration gap_error = std::max(error, last_error_);
    const base::Duration scale = std::max(length, between(*first_token_, arrival.at) / ++gaps_);
    gap = Gap{length, gap_error, gap_error > kNarrow && gap_error > scale / kSmallPart};
    if (!gap->blurred) longest_gap_ = std::max(longest_gap_.value_or(length), length);
    if (visible && last_was_visible_) visible_time_ += length;
  } else {
    first_token_ = arrival.at;
    first_token_error_ = error;
  }
  const bool first_visible = visible && text_.events + tool_input_.events == 0;
  if (first_visible) first_visible_error_ = error;
  phase_of(content).add(arrival.at, error);
  if (visible && showed_thinking() && !thinking_end_) {
    thinking_end_ = arrival.at;
    thinking_error_ = thinking_.first_error + error;
  }
  last_token_ = arrival.at;
  last_error_ = error;
  last_was_visible_ = visible;
  return gap;
}

std::optional<base::Duration> StreamTimes::visible_time() const {
  if (text_.events + tool_input_.events < 2) return {};
  return visible_time_;
}

std::optional<base::Duration> StreamTimes::thinking_duration() const {
  if (!thinking_end_) return {};
  return between(*thinking_.first, *thinking_end_);
}

void StreamTimes::Phase::add(base::TimePoint at, base::Duration error) {
  if (events == 0) {
    first = at;
    first_error = error;
  }
  last = at;
  last_error = error;
  ++events;
}

std::optional<base::Duration> StreamTimes::Phase::duration() const {
  if (events < 2) return {};
  return between(*first, *last);
}

StreamTimes::Phase& StreamTimes::phase_of(Content content) {
  if (content == Content::kText) return text_;
  return content == Content::kThinking ? thinking_ : tool_input_;
}

std::optional<TimePerToken> time_per_output_token(const StreamTimes& times, const Reply& reply) {
  const Usage& usage = reply.usage;
  const std::optional<base::Duration> time = times.visible_time();
  if (!time || !usage.final) return {};
  const bool thought = reply.thought || times.showed_thinking();
  if (thought && !usage.thinking_tokens) return {};
  const std::uint64_t thinking = usage.thinking_tokens.value_or(0);
  if (thinking > usage.output_tokens || usage.output_tokens - thinking < 2) return {};
  const auto steps = static_cast<base::Duration::rep>(usage.output_tokens - thinking - 1);
  return TimePerToken{*time / steps, times.visible_error() / steps};
}

}  // namespace llm
