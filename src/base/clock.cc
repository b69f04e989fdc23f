#include "base/clock.h"

#include <cmath>

namespace base {

TimePoint MonotonicClock::now() const { return std::chrono::steady_clock::now(); }

Duration from_seconds(double seconds) {
  constexpr double kMaxSeconds = 9.2e9;  // A little under 2^63 ns.
  if (std::isnan(seconds)) return Duration::zero();
  if (seconds > kMaxSeconds) return Duration::max();
  if (seconds < -kMaxSeconds) return Duration::min();
  return Duration(std::llround(seconds * 1e9));
}

}  // namespace base
