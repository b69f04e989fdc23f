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

// The gap between two content events, off by `error` at most. It is blurred where that is so much,
// in itself and beside the stream's pace, that the client, not the server, may have brought events
// together in one read.
struct Gap {
  base::Duration length;
  base::Duration error{};
  bool blurred = false;
};

// Passive. One per stream.
class StreamTimes {
 public:
  // An interval up to this wide is the server's own burst: finer than a token's pace.
  static constexpr base::Duration kNarrow = std::chrono::milliseconds(1);
  // A gap is not blurred by an error of up to one part in so many of it, or of the stream's mean
  // gap so far: what is known to that counts, with its error.
  static constexpr int kSmallPart = 5;

  // Call for every event in order; returns the gap to the content event before it, if any.
  std::optional<Gap> on_event(Content content, const Arrival& arrival);

  std::optional<base::TimePoint> first_event() const { return first_event_; }
  std::optional<base::TimePoint> first_token() const { return first_token_; }
  std::optional<base::TimePoint> last_token() const { return last_token_; }
  std::optional<base::TimePoint> first_thinking() const { return thinking_.first; }
  std::optional<base::TimePoint> first_text() const { return text_.first; }
  std::optional<base::TimePoint> last_text() const { return text_.last; }
  std::optional<base::TimePoint> first_tool_input() const { return tool_input_.first; }
  std::optional<base::TimePoint> last_tool_input() const { return tool_input_.last; }

  // By how much earlier than its moment the event may really have come.
  base::Duration first_token_error() const { return first_token_error_; }
  base::Duration first_text_error() const { return text_.first_error; }

  // By how much visible_time() may be off.
  base::Duration visible_error() const { return first_visible_error_ + last_error_; }

  // From the first shown thinking to the first text or tool input after it; nothing without both.
  std::optional<base::Duration> thinking_duration() const;

  // From the first to the last event of that kind; nothing with fewer than two.
  std::optional<base::Duration> text_duration() const { return text_.duration(); }
  std::optional<base::Duration> tool_input_duration() const { return tool_input_.duration(); }

  // By how much those three may be off.
  base::Duration thinking_error() const { return thinking_error_; }
  base::Duration text_error() const { return text_.error(); }
  base::Duration tool_input_error() const { return tool_input_.error(); }

  // Last − first token, less every gap that begins or ends with thinking: where no thinking was
  // shown it is just that, and where it was, the time counts from the first visible token. Nothing
  // before the second visible content event.
  std::optional<base::Duration> visible_time() const;

  // The longest gap that is not blurred.
  std::optional<base::Duration> longest_gap() const { return longest_gap_; }

  bool showed_thinking() const { return thinking_.events > 0; }

 private:
  // The events of one kind of content.
  struct Phase {
    std::optional<base::TimePoint> first;
    std::optional<base::TimePoint> last;
    base::Duration first_error{};
    base::Duration last_error{};
    std::uint64_t events = 0;

    void add(base::TimePoint at, base::Duration error);
    std::optional<base::Duration> duration() const;
    base::Duration error() const { return first_error + last_error; }
  };

  Phase& phase_of(Content content);

  std::optional<base::TimePoint> first_event_;
  std::optional<base::TimePoint> first_token_;
  std::optional<base::TimePoint> last_token_;
  std::optional<base::TimePoint> last_event_;  // Of whatever kind.
  std::optional<base::TimePoint> thinking_end_;
  Phase thinking_;
  Phase text_;
  Phase tool_input_;
  std::optional<base::Duration> longest_gap_;
  std::int64_t gaps_ = 0;
  base::Duration thinking_error_{};
  base::Duration first_token_error_{};
  base::Duration last_error_{};
  base::Duration first_visible_error_{};
  base::Duration visible_time_ = base::Duration::zero();
  bool last_was_visible_ = false;
};

struct TimePerToken {
  base::Duration time;
  base::Duration error;  // By how much it may be off.
};

// Time per output token: visible time / (visible output tokens − 1), visible = output − thinking.
// Nothing where the stream showed fewer than two visible tokens or content events, where usage is
// not final, or where the model thought and the number of thinking tokens is not known.
std::optional<TimePerToken> time_per_output_token(const StreamTimes& times, const Reply& reply);

}  // namespace llm
