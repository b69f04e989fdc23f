// Between which moments a read's bytes can have come, as the loop knew it when they were read.
#pragma once

#include "base/clock.h"

namespace net {

class EventLoop;
struct LastRead;

// All three depend on the loop's current wake, so they are taken in the turn of the read.
struct ArrivalBounds {
  // When the first byte can have come, if the loop woke promptly, or would have with a core.
  base::TimePoint earliest{};
  // When the socket was last found empty: nothing of the read came before, in any case.
  base::TimePoint found_empty{};
  // EventLoop::should_have_woken().
  base::TimePoint woken{};
};

ArrivalBounds arrival_bounds(const LastRead& read, const EventLoop& loop);

}  // namespace net
