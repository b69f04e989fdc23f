// A distribution to keep by the hundred: a histogram with wider buckets, and few of them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "metrics/histogram.h"

namespace metrics {

// Bucket i of scale s holds values in (2^(i/2^s), 2^((i+1)/2^s)]: those of a Histogram, of scale 7,
// merged by twos. A quantile at scale 4 is off by at most 2.2 %; count, sum, min, max and the
// variance stay exact. Where more than kMostBuckets have values, the scale is lowered until they
// fit. Merging two is the same as making one of the merged histograms, but for the scale, which is
// the lower of theirs.
//
// Cost:   each merge unpacks and packs the buckets.
// Memory: about 100 bytes; 200 more once it was merged into, or two or three for each bucket, where
//         that is more.
class CoarseHistogram {
 public:
  static constexpr int kScale = 4;
  static constexpr std::size_t kMostBuckets = 160;

  CoarseHistogram() = default;
  explicit CoarseHistogram(const Histogram& fine);

  void merge(const CoarseHistogram& other);

  std::uint64_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  double sum() const { return sum_; }
  double min() const { return min_; }  // 0 where empty, as are max, mean and stddev.
  double max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  double stddev() const;  // Of the population.
  std::uint64_t zero_count() const { return zeros_; }
  std::uint64_t out_of_range() const { return out_of_range_; }
  int scale() const { return scale_; }

  // As Histogram's.
  double quantile(double q) const;

  // Index and count of those with values, by rising index; zeros are not among them.
  using Buckets = std::vector<std::pair<int, std::uint64_t>>;
  Buckets buckets() const;

  // Errors: a scale that is not 0 to 7, buckets that do not rise.
  static base::Result<CoarseHistogram> restore(int scale, const Histogram::Parts& parts);

 private:
  void keep(Buckets buckets);

  std::uint64_t count_ = 0;
  std::uint64_t zeros_ = 0;
  std::uint64_t out_of_range_ = 0;
  double sum_ = 0;
  double min_ = 0;
  double max_ = 0;
  double sum_of_squares_ = 0;  // About the mean.
  int scale_ = kScale;
  std::string packed_;  // Its buckets.
};

}  // namespace metrics
