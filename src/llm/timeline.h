// One request, moment by moment: all that any tool's definition of a metric asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "llm/error_kind.h"
#include "llm/stream_decoder.h"

namespace llm {

enum class Outcome {
  kCompleted,
  kFailed,
  kCensored,  // Cut off by the test's end: its age is a lower bound, it is never dropped.
};

std::string_view to_string(Outcome outcome);
std::string_view to_string(Content content);  // "none", "thinking", "text", "tool"

// An event of a stream, content or not.
struct TimedEvent {
  base::TimePoint arrived{};
  base::TimePoint handled{};
  Content content = Content::kNone;
  bool of_message = false;  // Content, or what opens or closes the message (Reply::message_events).
  bool blurred = false;     // The client, not the server, may have brought it together with others.
  std::uint32_t text_bytes = 0;  // Of its text, thinking or tool input, as UTF-8.

  friend bool operator==(const TimedEvent&, const TimedEvent&) = default;
};

// Passive. A request that is tried again has one for each try. Moments are on the monotonic clock;
// those that it did not get to are missing.
struct Timeline {
  std::string request_id;  // The server's; "" where it sent none.
  std::string model;       // As the script named it.

  std::optional<base::TimePoint> due;  // Of an iteration's first request.
  base::TimePoint asked{};             // The script called, or the retry's pause was over.
  base::TimePoint start{};             // Given to the HTTP client.
  std::optional<base::TimePoint> sending;
  std::optional<base::TimePoint> sent;
  std::optional<base::TimePoint> first_byte;  // Of the answer's headers.
  std::optional<base::TimePoint> done;        // The stream's terminal event, or the whole body.
  base::TimePoint ended{};  // The last byte of the answer; of others, when they were given up.

  Outcome outcome = Outcome::kCompleted;
  bool cancelled = false;  // By its user, who had seen enough: completed, without an end.
  bool streamed = false;   // Asked for as a stream.
  bool retry = false;      // Not the first request of its call.
  std::optional<ErrorKind> error;

  std::uint64_t input_tokens = 0;  // Those that the cache served or stored among them.
  std::uint64_t output_tokens = 0;
  std::optional<std::uint64_t> thinking_tokens;  // Part of the output; not always reported.
  bool usage_final = false;

  std::vector<TimedEvent> events;

  // It completed and its answer is whole: what most tools call a success.
  bool whole() const { return outcome == Outcome::kCompleted && !cancelled; }

  friend bool operator==(const Timeline&, const Timeline&) = default;
};

// The part of a run that its figures are about: without the warm-up, setup and teardown.
struct MeasuredSpan {
  base::TimePoint begin{};
  base::TimePoint end{};

  friend bool operator==(const MeasuredSpan&, const MeasuredSpan&) = default;
};

}  // namespace llm
