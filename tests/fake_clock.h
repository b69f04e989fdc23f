// A clock that stands still until a test moves it.
#pragma once

#include "base/clock.h"

namespace tests {

class FakeClock final : public base::Clock {
 public:
  base::TimePoint now() const override { return now_; }
  void advance(base::Duration by) { now_ += by; }
  void set(base::TimePoint now) { now_ = now; }

 private:
  base::TimePoint now_{std::chrono::hours(1)};
};

}  // namespace tests
