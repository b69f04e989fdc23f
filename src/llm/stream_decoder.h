// Turns a provider's stream of events into a reply.
#pragma once

#include <memory>

#include "llm/reply.h"
#include "net/sse_parser.h"

namespace llm {

// What one event carries, for timing: a role, a signature or a ping is no content, and neither is
// an empty delta.
enum class Content { kNone, kThinking, kText, kToolInput };

// Whether the body was whole by HTTP's own rules, or the server closed the connection before.
enum class BodyEnd { kWhole, kCut };

// Passive and without a clock: the caller knows when an event arrived.
// Threads: none of its own.
// Errors:  none to return: what the stream did wrong is in reply().failure.
class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;

  virtual Content on_event(const net::SseEvent& event) = 0;

  // The body ended. Without the terminal event before it, and with no failure yet, the reply
  // becomes a failure of kind truncated, however the body ended; but for a dialect without such an
  // event, where a whole body is a whole answer.
  virtual void on_end(BodyEnd end) = 0;

  virtual const Reply& reply() const = 0;
  virtual Reply take_reply() = 0;
};

struct DecoderOptions {
  int status = 200;        // For the failure's status field.
  bool keep_text = true;   // Keep text, thinking and tool input; counting works without.
  std::string request_id;  // From the answer's headers.
};

}  // namespace llm
