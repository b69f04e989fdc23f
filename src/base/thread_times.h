// What the calling thread got of the machine.
#pragma once

#include "base/clock.h"

namespace base {

// CPU time that the calling thread has used.
Duration thread_cpu_time();

// How long the calling thread has been ready to run without a core: the kernel's run delay
// (/proc/thread-self/schedstat). Stops of the whole process are no part of it.
//
// Threads: one object belongs to the thread that made it.
// Errors:  zero for ever where the kernel does not tell.
// Cost:    total() is one read of a kernel file, some 2 µs.
class RunDelay {
 public:
  RunDelay();
  ~RunDelay();
  RunDelay(const RunDelay&) = delete;
  RunDelay& operator=(const RunDelay&) = delete;

  Duration total() const;

 private:
  int fd_;
};

}  // namespace base
