// How much of the processors another process uses.
#pragma once

#include <sys/types.h>

#include <utility>
#include <vector>

#include "base/clock.h"

namespace cli {

// Errors: after the process' end nothing more is seen; the kernel counts in steps of 10 ms.
class CpuMeter {
 public:
  explicit CpuMeter(pid_t pid) : pid_(pid) {}

  void look(base::TimePoint now);  // To be called several times a second.

  // Cores that were busy in the busiest second; over the whole time where that was shorter.
  double busiest() const;

 private:
  pid_t pid_;
  std::vector<std::pair<base::TimePoint, double>> seen_;  // Seconds of CPU used by then.
};

}  // namespace cli
