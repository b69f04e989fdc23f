// Time: monotonic nanoseconds everywhere. Wall time appears once per run, to anchor output.
#pragma once

#include <chrono>

namespace base {

using Duration = std::chrono::nanoseconds;
// CLOCK_MONOTONIC on Linux, so kernel stamps can be brought to the same scale.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

class MonotonicClock final : public Clock {
 public:
  TimePoint now() const override;
};

inline double to_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Rounds to the nearest nanosecond; values outside Duration's range are clamped, NaN becomes zero.
Duration from_seconds(double seconds);

}  // namespace base
