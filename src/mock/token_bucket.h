// What rate limits count with.
#pragma once

#include <algorithm>
#include <cmath>

#include "base/clock.h"

namespace mock {

// What is left of a token after sums of fractions is no lack of it.
inline constexpr double kTokenTolerance = 1e-6;

// Refills continuously, up to its capacity. Below zero it is in debt.
class TokenBucket {
 public:
  // A limit of 0 does not limit.
  TokenBucket(double per_minute, double capacity, base::TimePoint now)
      : per_minute_(per_minute), capacity_(capacity), level_(capacity), refilled_(now) {}

  bool limits() const { return per_minute_ > 0; }
  double per_minute() const { return per_minute_; }
  double level() const { return level_; }

  void refill(base::TimePoint now) {
    if (now <= refilled_) return;
    level_ = std::min(capacity_, level_ + base::to_seconds(now - refilled_) * per_minute_ / 60);
    refilled_ = now;
  }

  // REQUIRES: refilled, unless the amount is negative: what is given back may come first.
  void take(double amount) { level_ = std::min(capacity_, level_ - amount); }

  // Until so much can be charged; zero for at once.
  double seconds_until(double amount) const {
    const double needed = amount <= per_minute_ ? std::min(amount, capacity_) : amount;
    return needed <= level_ + kTokenTolerance ? 0 : seconds_for(needed);
  }

  double seconds_until_full() const { return seconds_for(capacity_); }

 private:
  // Half of the tolerance, so that what is told will do whichever way it is rounded.
  double seconds_for(double level) const {
    const double lack = level - level_ - kTokenTolerance / 2;
    return limits() && lack > 0 ? lack * 60 / per_minute_ : 0;
  }

  double per_minute_;
  double capacity_;
  double level_;
  base::TimePoint refilled_;
};

// A ceiling on the tokens of a minute, which rises from minute to minute.
class Acceleration {
 public:
  // A start of 0 does not limit.
  Acceleration(double start, double step, base::TimePoint first)
      : start_(start), step_(step), first_(first) {}

  double ceiling() const { return start_ + step_ * minute_; }
  double next_ceiling() const { return ceiling() + step_; }

  double seconds_until(double tokens, base::TimePoint now) {
    const double since = base::to_seconds(now - first_);
    const double minute = std::floor(since / 60);
    if (minute > minute_) used_ = 0;
    minute_ = minute;
    if (start_ <= 0 || used_ + tokens <= ceiling()) return 0;
    const double fits_at = step_ > 0 ? std::ceil((tokens - start_) / step_) : 0;
    return std::max(minute_ + 1, fits_at) * 60 - since;
  }

  // REQUIRES: seconds_until() was asked at this time.
  void take(double tokens) { used_ += tokens; }

 private:
  double start_;
  double step_;
  base::TimePoint first_;
  double minute_ = 0;
  double used_ = 0;
};

}  // namespace mock
