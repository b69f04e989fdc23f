// A distribution in bounded memory: base-2 exponential buckets at scale 7.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/result.h"

namespace metrics {

// Bucket i holds values in (2^(i/128), 2^((i+1)/128)]; a quantile is off by at most 0.27 %. The
// boundaries are those of OpenTelemetry's exponential histogram and of Prometheus' native one when
// values are in seconds, so both can be written without loss.
//
// Besides the buckets it keeps count, sum, min, max and the variance exactly. Zero and negative
// values go to a bucket of their own; values outside [kLowest, kHighest] are clamped to the outer
// buckets and counted as out of range (min, max and sum stay exact). NaN is not recorded, only
// counted as out of range; an infinity is taken for kHighest with its sign.
//
// Cost:   record() is a table look-up, about 8 ns, and about 20 while there are few buckets.
// Memory: 8 bytes a distinct bucket while there are few, then 8 bytes a bucket of the range seen;
//         at most about 70 KB.
class Histogram {
 public:
  static constexpr int kScale = 7;
  static constexpr double kLowest = 1e-9;
  static constexpr double kHighest = 1e12;

  void record(double value, std::uint64_t count = 1);
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  double sum() const { return sum_; }
  double min() const { return min_; }  // 0 where empty, as are max, mean and stddev.
  double max() const { return max_; }
  double mean() const;
  double stddev() const;  // Of the population.
  std::uint64_t zero_count() const { return zeros_; }
  std::uint64_t out_of_range() const { return out_of_range_; }

  // The value at quantile q in [0, 1]: the representative of the first bucket whose cumulated count
  // reaches ceil(q * count), clamped to [min, max]. 0 where empty.
  double quantile(double q) const;

  // Calls fn(index, count) for each non-empty bucket, by rising index; zeros are not among them.
  void for_each_bucket(const std::function<void(int, std::uint64_t)>& fn) const;

  // What is written of a histogram, and one again from it.
  // Errors: buckets that do not rise, or lie outside of the range.
  struct Parts {
    std::uint64_t zeros = 0;
    std::uint64_t out_of_range = 0;
    double sum = 0;
    double min = 0;
    double max = 0;
    double stddev = 0;
    std::vector<std::pair<int, std::uint64_t>> buckets;  // Index and count.
  };
  static base::Result<Histogram> restore(const Parts& parts);

  // The rank of quantile q among `count` values: ceil(q * count), within 1..count.
  static std::uint64_t rank(double q, std::uint64_t count);

  // The representative of the bucket in which the value of that rank lies, not clamped: equal for
  // equal buckets, whichever histograms they are in.
  double representative_at(std::uint64_t rank) const;

  static int index_of(double value);        // REQUIRES: value in [kLowest, kHighest].
  static double lower_bound(int index);     // 2^(index/128)
  static double representative(int index);  // Harmonic mean of the bounds: equal error both ways.

 private:
  void add_to_bucket(int index, std::uint64_t count);
  void make_dense(int index);
  void cover(int first, int last);  // Widens dense_ so that it holds these buckets.

  std::uint64_t count_ = 0;
  std::uint64_t zeros_ = 0;
  std::uint64_t out_of_range_ = 0;
  double sum_ = 0;
  double min_ = 0;
  double max_ = 0;
  double mean_ = 0;  // Running mean and squares about it: Welford, so merging is exact.
  double sum_of_squares_ = 0;
  // Used while it is small: there may be a histogram for each of many thousand tag sets.
  struct Bucket {
    std::int32_t index;
    std::uint32_t count;
  };
  std::vector<Bucket> sparse_;        // Sorted by index.
  std::vector<std::uint64_t> dense_;  // Buckets from dense_first_ on.
  int dense_first_ = 0;
};

}  // namespace metrics
