// A fault made real in the bytes of one stream.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "mock/faults.h"
#include "mock/request.h"
#include "mock/stream_event.h"

namespace mock {

// What the owner of the connection does next, in order.
struct SendAction {
  enum class Kind : std::uint8_t {
    kSend,   // `bytes`, in one write of their own.
    kWait,   // For `wait`; what is due meanwhile comes after it, at once.
    kEnd,    // The stream ends as HTTP has it.
    kClose,  // The connection is closed in good order (FIN), in the middle of the stream.
    kReset,  // The connection is reset (RST).
  };
  Kind kind = Kind::kSend;
  std::string bytes{};
  base::Duration wait{};
  // Of kSend: how many of the events that were given and not yet counted are out with it, in full.
  // What the fault put between the events counts for nothing.
  std::uint32_t events = 0;
};

// True for the faults that a FaultStream brings about; the others are the service's: a status, a
// late head, and how the answer ends (refusal, pause).
bool is_of_stream(Fault::Kind kind);

// Stands between the writer and the socket of the few streams that have a fault; streams without
// one do without it. It knows no clock and no socket.
//
// Where the event is to be drawn, it is an early one, and never after the stream's last. A stream
// that is over before the event that was asked for goes unharmed. The first action of all can be
// kClose or kReset: then not even the answer's head is sent.
class FaultStream {
 public:
  // REQUIRES: is_of_stream(fault.kind). `request_id` stands in the Messages API's error event.
  FaultStream(Fault fault, Dialect dialect, base::RandomStream random, std::string request_id);

  // Appends what becomes of the event. Nothing comes after kEnd, kClose or kReset: the answer is
  // over (see over()), and the caller stops making it.
  void apply(const StreamEvent& event, std::vector<SendAction>& actions);

  // No event is left: appends what was held back, and kEnd.
  void end(std::vector<SendAction>& actions);

  bool over() const { return over_; }

 private:
  bool strikes(const std::string& frame) const;
  void strike(const std::string& frame, std::vector<SendAction>& actions);
  void change(const std::string& frame, std::vector<SendAction>& actions);
  void flush_held(std::vector<SendAction>& actions);
  void finish(SendAction::Kind kind, std::vector<SendAction>& actions);
  std::string error_event() const;

  Fault fault_;
  Dialect dialect_;
  std::string request_id_;
  bool drawn_ = false;   // The event was drawn, not asked for.
  bool struck_ = false;  // What happens once has happened.
  bool over_ = false;
  std::uint64_t events_ = 0;  // Given so far, the present one included.
  std::uint64_t bytes_ = 0;   // Of the events before the present one.
  std::string held_;          // Of kCoalesce.
  std::uint32_t held_events_ = 0;
};

}  // namespace mock
