// Tells a pause of the whole process (a stop signal, a suspended machine) from a quiet network.
//
// A thread that waits cannot see that it was stopped: its wait just took longer. Another thread
// that should beat every few milliseconds can: a beat that is overdue, or came late, means that
// nothing here ran.
#pragma once

#include <thread>

#include "base/clock.h"

namespace net {

// Beats every 10 ms for as long as it lives, from a thread that does nothing else: one that also
// worked would beat late. At most one at a time.
class Heartbeat {
 public:
  Heartbeat();
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

 private:
  std::jthread thread_;
};

// A beat. Before the first one, and after the last, nothing is claimed.
// Threads: one.
void beat(base::TimePoint now);
void stop_beating();

// Whether the process stood still for 50 ms or more at some time since `since`.
// Threads: any.
bool stood_still(base::TimePoint since, base::TimePoint now);

}  // namespace net
