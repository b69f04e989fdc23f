#include "metrics/coarse_histogram.h"

#include <algorithm>
#include <cmath>

namespace metrics {
namespace {

// Both by rising index.
CoarseHistogram::Buckets joined(const CoarseHistogram::Buckets& a,
                                const CoarseHistogram::Buckets& b) {
  CoarseHistogram::Buckets all;
  all.reserve(a.size() + b.size());
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() || right != b.end()) {
    const bool from_left = right == b.end() || (left != a.end() && left->first <= right->first);
    const auto& next = from_left ? *left++ : *right++;
    if (!all.empty() && all.back().first == next.first) {
      all.back().second += next.second;
    } else {
      all.push_back(next);
    }
  }
  return all;
}

}  // namespace

CoarseHistogram::CoarseHistogram(const Histogram& fine)
    : count_(fine.count()),
      zeros_(fine.zero_count()),
      out_of_range_(fine.out_of_range()),
      sum_(fine.sum()),
      min_(fine.min()),
      max_(fine.max()),
      sum_of_squares_(fine.stddev() * fine.stddev() * static_cast<double>(fine.count())) {
  fine.for_each_bucket([this](int index, std::uint64_t count) {
    const int wide = index >> (Histogram::kScale - kScale);
    if (buckets_.empty() || buckets_.back().first != wide) buckets_.emplace_back(wide, 0);
    buckets_.back().second += count;
  });
  limit_buckets();
}

void CoarseHistogram::merge(const CoarseHistogram& other) {
  out_of_range_ += other.out_of_range_;
  if (other.empty()) return;
  if (empty()) {
    const std::uint64_t out_of_range = out_of_range_;
    *this = other;
    out_of_range_ = out_of_range;
    return;
  }
  const auto ours = static_cast<double>(count_);
  const auto theirs = static_cast<double>(other.count_);
  const double apart = other.mean() - mean();
  sum_of_squares_ += other.sum_of_squares_ + apart * apart * ours * theirs / (ours + theirs);
  count_ += other.count_;
  zeros_ += other.zeros_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);

  CoarseHistogram at_our_scale = other;
  at_our_scale.lower_scale_to(scale_);
  lower_scale_to(other.scale_);
  buckets_ = joined(buckets_, at_our_scale.buckets_);
  limit_buckets();
}

double CoarseHistogram::stddev() const {
  if (count_ == 0) return 0;
  return std::sqrt(std::max(0.0, sum_of_squares_) / static_cast<double>(count_));
}

double CoarseHistogram::quantile(double q) const {
  if (count_ == 0) return 0;
  const std::uint64_t rank = Histogram::rank(q, count_);
  std::uint64_t seen = zeros_;
  double value = seen >= rank ? 0 : max_;
  for (const auto& [index, count] : buckets_) {
    if (seen >= rank) break;
    seen += count;
    if (seen < rank) continue;
    const double low = std::exp2(std::ldexp(index, -scale_));
    const double high = std::exp2(std::ldexp(index + 1, -scale_));
    value = 2 * low * high / (low + high);
  }
  return std::clamp(value, min_, max_);
}

base::Result<CoarseHistogram> CoarseHistogram::restore(int scale, const Histogram::Parts& parts) {
  if (scale < 0 || scale > Histogram::kScale) {
    return base::fail("a histogram has the scale {}, which is not 0 to {}", scale,
                      Histogram::kScale);
  }
  CoarseHistogram histogram;
  histogram.scale_ = scale;
  histogram.zeros_ = histogram.count_ = parts.zeros;
  histogram.out_of_range_ = parts.out_of_range;
  histogram.sum_ = parts.sum;
  histogram.min_ = parts.min;
  histogram.max_ = parts.max;
  for (const auto& [index, count] : parts.buckets) {
    if (!histogram.buckets_.empty() && index <= histogram.buckets_.back().first) {
      return base::fail("bucket {} of a histogram is out of order", index);
    }
    histogram.buckets_.emplace_back(index, count);
    histogram.count_ += count;
  }
  histogram.sum_of_squares_ = parts.stddev * parts.stddev * static_cast<double>(histogram.count_);
  return histogram;
}

void CoarseHistogram::lower_scale_to(int scale) {
  if (scale >= scale_) return;
  const int shift = scale_ - scale;
  scale_ = scale;
  Buckets wider;
  for (const auto& [index, count] : buckets_) {
    if (wider.empty() || wider.back().first != index >> shift)
      wider.emplace_back(index >> shift, 0);
    wider.back().second += count;
  }
  buckets_ = std::move(wider);
}

void CoarseHistogram::limit_buckets() {
  while (buckets_.size() > kMostBuckets && scale_ > 0) lower_scale_to(scale_ - 1);
  buckets_.shrink_to_fit();
}

}  // namespace metrics
