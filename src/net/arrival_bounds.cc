#include "net/arrival_bounds.h"

#include <algorithm>

#include "net/arrival_stamps.h"
#include "net/event_loop.h"

namespace net {
namespace {

// The first byte may have come as early as the last time this socket was found empty: at the last
// wake, unless that wake did not look at it (a full batch, a process that was stopped), and then
// nothing is known.
//
// What was stamped a little before a wake may be found by the next one alone: the kernel stamps
// bytes before it hands them to the socket (measured: up to 75 µs), and a wake is stamped by the
// turn's first callback, after the kernel was asked what is ready.
base::TimePoint found_empty(const LastRead& read, const EventLoop& loop) {
  constexpr base::Duration kNotYetSeen = std::chrono::microseconds(100);
  const base::TimePoint seen = loop.previous_wake() - kNotYetSeen;
  return read.arrived >= seen ? seen : base::TimePoint{};
}

// The kernel's stamp is that of the read's last byte; this is when its first one can have come.
base::TimePoint earliest_arrival(const LastRead& read, const EventLoop& loop,
                                 base::TimePoint empty) {
  constexpr base::Duration kPrompt = std::chrono::milliseconds(1);
  if (loop.waited() && read.by_kernel) {
    // Nothing was there when the wait began. What came after its end may have begun to come then.
    if (read.arrived >= loop.wake()) return loop.wake();
    // What was handled promptly woke the loop, and came together.
    if (loop.wake() - read.arrived < kPrompt) return read.arrived;
    // What would have been handled promptly, had there been a core, came after the moment at which
    // the loop should have woken. The previous wake stands for a moment that is not known.
    const base::TimePoint woken = loop.should_have_woken(read.handled);
    if (woken > loop.previous_wake() && woken - read.arrived < kPrompt) {
      return std::max(empty, std::min(read.arrived, woken));
    }
  }
  return empty;
}

}  // namespace

ArrivalBounds arrival_bounds(const LastRead& read, const EventLoop& loop) {
  const base::TimePoint empty = found_empty(read, loop);
  return {.earliest = earliest_arrival(read, loop, empty),
          .found_empty = empty,
          .woken = loop.should_have_woken(read.handled)};
}

}  // namespace net
