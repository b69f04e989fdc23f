// When things happened in a stream, and the gaps between them.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "llm/stream_decoder.h"

namespace llm {

// An event arrived no later than `at`, the stamp of the read that completed it, and no earlier than
// `earliest`. They are equal for the last event of a read: the stamp is that of its last byte.
struct Arrival {
  base::TimePoint earliest;
  base::TimePoint at;
};

// The gap between two content events. It is blurred where the interval of either end is so wide
// that the client, not the server, may have brought events together in one read.
struct Gap {
  base::Duration length;
  bool blurred = false;
};

// Passive. One per stream.
class StreamTimes {
 public:
  // An interval up to this wide is the server's own burst: finer than a token's pace.
  static constexpr base::Duration kNarrow = std::chrono::milliseconds(1);

  // Call for every event in order; returns the gap to the content event before it, if any.
  std::optional<Gap> on_event(Content content, const Arrival& arrival);

  std::optional<base::TimePoint> first_event() const { return first_event_; }
  std::optional<base::TimePoint> first_token() const { return first_token_; }
  std::optional<base::TimePoint> first_text() const { return first_text_; }
  std::optional<base::TimePoint> last_token() const { return last_token_; }

  // Last − first token, less every gap that begins or ends with thinking: where no thinking was
  // shown it is just that, and where it was, the time counts from the first visible token. Nothing
  // before the second visible content event.
  std::optional<base::Duration> visible_time() const;

  // The longest gap that is not blurred.
  std::optional<base::Duration> longest_gap() const { return longest_gap_; }

  bool showed_thinking() const { return thinking_events_ > 0; }

 private:
  std::optional<base::TimePoint> first_event_;
  std::optional<base::TimePoint> first_token_;
  std::optional<base::TimePoint> first_text_;
  std::optional<base::TimePoint> last_token_;
  std::optional<base::Duration> longest_gap_;
  base::Duration visible_time_ = base::Duration::zero();
  std::uint64_t visible_events_ = 0;
  std::uint64_t thinking_events_ = 0;
  bool last_was_visible_ = false;
  bool last_was_blurred_ = false;
};

// Time per output token: visible time / (visible output tokens − 1), visible = output − thinking.
// Nothing where the stream showed fewer than two visible tokens or content events, where usage is
// not final, or where the model thought and the number of thinking tokens is not known.
std::optional<base::Duration> time_per_output_token(const StreamTimes& times, const Reply& reply);

}  // namespace llm
