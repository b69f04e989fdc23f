// Values of one metric, and the statistics that other tools make of them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "metrics/histogram.h"

namespace analysis {

// How a tool takes a percentile from sorted values.
enum class Quantile {
  kLinear,    // numpy's default and k6's: between the two nearest ranks.
  kIndex,     // LoadGen's: sorted[n·p].
  kWeighted,  // GuideLLM's: the first value whose cumulated weight reaches p of all.
};

// Values of 0 or more; lower ones, which only a clock's step can make, are taken for 0.
//
// Memory: exact up to about a million values (16 MB); beyond that a histogram, whose percentiles
//         are off by at most 0.27 %.
class Sample {
 public:
  void add(double value, std::uint64_t weight = 1);
  void add_zeros(std::uint64_t count) { zeros_ += count; }

  std::uint64_t count() const { return zeros_ + counted_; }  // Of values, whatever they weigh.
  bool is_exact() const { return histogram_ == nullptr; }

  // By weight. REQUIRES: count() > 0, as for all that follow.
  double mean() const;
  double stddev() const;  // Of the population, as numpy's default.
  double min() const;
  double max() const;
  double quantile(double q, Quantile method) const;

 private:
  struct Value {
    double value;
    std::uint64_t weight;
  };

  double at(std::uint64_t rank) const;  // From 0, the zeros first. REQUIRES: sorted.
  double total_weight() const { return static_cast<double>(zeros_ + weights_); }
  void sort() const;

  mutable std::vector<Value> values_;
  mutable bool sorted_ = true;
  std::unique_ptr<metrics::Histogram> histogram_;  // Null while values_ holds all.
  std::uint64_t zeros_ = 0;                        // Added as such.
  std::uint64_t counted_ = 0;
  std::uint64_t weights_ = 0;
  double sum_ = 0;
  double sum_of_squares_ = 0;  // About running_mean_.
  double running_mean_ = 0;
};

}  // namespace analysis
