// What is counted for one metric with one tag set.
#pragma once

#include <cstdint>
#include <variant>

#include "metrics/histogram.h"
#include "metrics/metric.h"

namespace metrics {

struct Counter {
  double sum = 0;
  void merge(const Counter& other) { sum += other.sum; }
};

struct Gauge {
  double last = 0;
  double min = 0;
  double max = 0;
  std::uint64_t count = 0;  // How many times it was set; the others mean nothing while it is 0.
  void record(double value);
  void merge(const Gauge& later);  // `later` was recorded after this one: its last value stands.
};

struct Rate {
  std::uint64_t trues = 0;
  std::uint64_t total = 0;
  std::uint64_t own_trues = 0;  // Those of the trues that the client itself brought about.
  void merge(const Rate& other);
  double share() const { return total == 0 ? 0 : static_cast<double>(trues) / total; }
};

// A value that may be known only from below, because requests were unfinished when the test ended.
struct Estimate {
  double value = 0;
  bool is_lower_bound = false;
};

// A distribution. `errors` has, for each value that the client may have got wrong, by how much at
// most; the others are exact. What was still under way when it could no longer be watched (the test's end, a
// time-out) is kept as a lower bound: it is never dropped, and it can only raise a figure.
struct Trend {
  Histogram values;
  Histogram lower_bounds;
  Histogram errors;

  void merge(const Trend& other);
  std::uint64_t count() const { return values.count() + lower_bounds.count(); }

  // Over values and lower bounds together. A quantile is marked as a lower bound where it would
  // differ were the unfinished ones infinitely long; mean, max and sum are marked where there are
  // any; min only where an unfinished one has it.
  Estimate quantile(double q) const;
  Estimate mean() const;
  Estimate min() const;
  Estimate max() const;
  Estimate sum() const;
  Estimate stddev() const;  // Of the finished values alone; marked where there are unfinished ones.
};

using Series = std::variant<Counter, Gauge, Rate, Trend>;

Series make_series(Type type);
void merge(Series& into, const Series& from);  // REQUIRES: the same alternative.
bool has_samples(const Series& series);

}  // namespace metrics
