// Tells a pause of the whole process (a stop signal, a suspended machine) from a quiet network.
//
// A thread that waits cannot see that it was stopped: its wait just took longer. Another thread
// that should beat every few milliseconds can: a beat that is overdue, or came late, means that
// nothing here ran.
#pragma once

#include "base/clock.h"

namespace net {

// A beat; to be called by one thread at least every 20 ms. Until its first call nothing is claimed.
void beat(base::TimePoint now);

// Whether the process stood still for 50 ms or more at some time since `since`.
// Threads: any.
bool stood_still(base::TimePoint since, base::TimePoint now);

}  // namespace net
