#include "metrics/histogram.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace metrics {
namespace {

constexpr int kBuckets = 1 << Histogram::kScale;  // In each power of two.
constexpr int kMantissaBits = 52;
constexpr std::uint64_t kMantissaMask = (std::uint64_t{1} << kMantissaBits) - 1;
// A cell is narrower than the narrowest bucket, so it holds at most one boundary.
constexpr int kCellBits = Histogram::kScale + 3;
constexpr std::size_t kCells = std::size_t{1} << kCellBits;
constexpr std::size_t kSparseLimit = 96;

// 2^x for x in [0, 1) to within a few units of the last place: enough for every boundary below to
// be rounded the right way (a test compares them with log2).
constexpr long double exp2_of_fraction(long double x) {
  const long double scaled = x * 0.693147180559945309417232121458176568L;
  long double term = 1;
  long double total = 1;
  for (int n = 1; n < 30; ++n) {
    term *= scaled / n;
    total += term;
  }
  return total;
}

// Where the buckets of one power of two begin, in units of a double's mantissa, and for each cell
// of mantissas how many boundaries lie below it.
struct BoundaryTable {
  std::array<std::uint64_t, kBuckets + 1> boundaries{};
  std::array<std::uint8_t, kCells> boundaries_below{};

  constexpr BoundaryTable() {
    constexpr std::uint64_t kOne = std::uint64_t{1} << kMantissaBits;
    for (int k = 0; k < kBuckets; ++k) {
      const long double bound = exp2_of_fraction(static_cast<long double>(k) / kBuckets);
      boundaries[static_cast<std::size_t>(k)] = static_cast<std::uint64_t>((bound - 1) * kOne);
    }
    boundaries[kBuckets] = kOne;
    std::uint8_t below = 0;
    for (std::size_t cell = 0; cell < kCells; ++cell) {
      const std::uint64_t cell_start = static_cast<std::uint64_t>(cell)
                                       << (kMantissaBits - kCellBits);
      while (below + 1 < kBuckets && boundaries[below + 1U] < cell_start) ++below;
      boundaries_below[cell] = below;
    }
  }
};

constexpr BoundaryTable kTable;

}  // namespace

int Histogram::index_of(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const int exponent = static_cast<int>(bits >> kMantissaBits) - 1023;
  const std::uint64_t mantissa = bits & kMantissaMask;
  int place = kTable.boundaries_below[mantissa >> (kMantissaBits - kCellBits)];
  place += kTable.boundaries[static_cast<std::size_t>(place) + 1] < mantissa ? 1 : 0;
  // Upper bounds belong to their bucket, so a power of two is the last value of the one below.
  return exponent * kBuckets + place - (mantissa == 0 ? 1 : 0);
}

double Histogram::lower_bound(int index) {
  return std::exp2(static_cast<double>(index) / kBuckets);
}

double Histogram::representative(int index) {
  const double low = lower_bound(index);
  const double high = lower_bound(index + 1);
  return 2 * low * high / (low + high);
}

void Histogram::record(double value, std::uint64_t count) {
  if (count == 0) return;
  if (std::isnan(value)) {
    out_of_range_ += count;
    return;
  }
  double bucketed = value;
  if (value > kHighest || (value > 0 && value < kLowest) || std::isinf(value)) {
    out_of_range_ += count;
    bucketed = value > kHighest ? kHighest : kLowest;
    // An infinity would leave no mean and no sum behind.
    if (std::isinf(value)) value = std::copysign(kHighest, value);
  }

  min_ = count_ == 0 ? value : std::min(min_, value);
  max_ = count_ == 0 ? value : std::max(max_, value);
  count_ += count;
  const auto weight = static_cast<double>(count);
  sum_ += value * weight;
  const double delta = value - mean_;
  mean_ += delta * weight / static_cast<double>(count_);
  sum_of_squares_ += delta * (value - mean_) * weight;

  if (value > 0) {
    add_to_bucket(index_of(bucketed), count);
  } else {
    zeros_ += count;
  }
}

void Histogram::merge(const Histogram& other) {
  out_of_range_ += other.out_of_range_;
  if (other.count_ == 0) return;

  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = count_ == 0 ? other.max_ : std::max(max_, other.max_);
  const auto ours = static_cast<double>(count_);
  const auto theirs = static_cast<double>(other.count_);
  const double delta = other.mean_ - mean_;
  count_ += other.count_;
  zeros_ += other.zeros_;
  sum_ += other.sum_;
  mean_ += delta * theirs / (ours + theirs);
  sum_of_squares_ += other.sum_of_squares_ + delta * delta * ours * theirs / (ours + theirs);

  for (const auto& [index, count] : other.sparse_) add_to_bucket(index, count);
  for (std::size_t i = 0; i < other.dense_.size(); ++i) {
    if (other.dense_[i] > 0)
      add_to_bucket(other.dense_first_ + static_cast<int>(i), other.dense_[i]);
  }
}

double Histogram::mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

double Histogram::stddev() const {
  if (count_ == 0) return 0;
  return std::sqrt(std::max(0.0, sum_of_squares_) / static_cast<double>(count_));
}

base::Result<Histogram> Histogram::restore(const Parts& parts) {
  Histogram histogram;
  histogram.zeros_ = histogram.count_ = parts.zeros;
  histogram.out_of_range_ = parts.out_of_range;
  int before = index_of(kLowest) - 1;
  for (const auto& [index, count] : parts.buckets) {
    if (index <= before || index > index_of(kHighest)) {
      return base::fail("bucket {} of a histogram is out of order or out of range", index);
    }
    before = index;
    histogram.count_ += count;
    if (count > 0) histogram.add_to_bucket(index, count);
  }
  histogram.sum_ = parts.sum;
  histogram.min_ = parts.min;
  histogram.max_ = parts.max;
  const auto count = static_cast<double>(histogram.count_);
  histogram.mean_ = histogram.count_ == 0 ? 0 : parts.sum / count;
  histogram.sum_of_squares_ = parts.stddev * parts.stddev * count;
  return histogram;
}

std::uint64_t Histogram::rank(double q, std::uint64_t count) {
  // 0.07 * 100 is 7.000000000000001 in doubles; a few units of the last place are not a rank more.
  constexpr double kSlack = 1 - 0x1p-50;
  const double wanted = std::ceil(q * static_cast<double>(count) * kSlack);
  if (!(wanted > 1)) return std::min<std::uint64_t>(count, 1);
  return std::min(count, static_cast<std::uint64_t>(wanted));
}

double Histogram::representative_at(std::uint64_t rank) const {
  std::uint64_t seen = zeros_;
  if (seen >= rank) return 0;
  for (const auto& [index, count] : sparse_) {
    seen += count;
    if (seen >= rank) return representative(index);
  }
  for (std::size_t i = 0; i < dense_.size(); ++i) {
    seen += dense_[i];
    if (seen >= rank) return representative(dense_first_ + static_cast<int>(i));
  }
  return max_;
}

double Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  return std::clamp(representative_at(rank(q, count_)), min_, max_);
}

void Histogram::for_each_bucket(const std::function<void(int, std::uint64_t)>& fn) const {
  for (const auto& [index, count] : sparse_) fn(index, count);
  for (std::size_t i = 0; i < dense_.size(); ++i) {
    if (dense_[i] > 0) fn(dense_first_ + static_cast<int>(i), dense_[i]);
  }
}

void Histogram::add_to_bucket(int index, std::uint64_t count) {
  if (dense_.empty()) {
    const auto place =
        std::lower_bound(sparse_.begin(), sparse_.end(), index,
                         [](const Bucket& bucket, int wanted) { return bucket.index < wanted; });
    const bool is_there = place != sparse_.end() && place->index == index;
    const std::uint64_t before = is_there ? place->count : 0;
    const bool fits = count <= std::numeric_limits<std::uint32_t>::max() - before;
    if (fits && is_there) {
      place->count += static_cast<std::uint32_t>(count);
      return;
    }
    if (fits && sparse_.size() < kSparseLimit) {
      sparse_.insert(place, {index, static_cast<std::uint32_t>(count)});
      return;
    }
    make_dense(index);
  }
  const int last = dense_first_ + static_cast<int>(dense_.size()) - 1;
  if (index < dense_first_ || index > last) {
    cover(std::min(index, dense_first_), std::max(index, last));
  }
  dense_[static_cast<std::size_t>(index - dense_first_)] += count;
}

// `index` is where there is to be a bucket should there be none yet.
void Histogram::make_dense(int index) {
  dense_first_ = sparse_.empty() ? index : sparse_.front().index;
  const int last = sparse_.empty() ? index : sparse_.back().index;
  dense_.resize(static_cast<std::size_t>(last - dense_first_) + 1);
  for (const Bucket& bucket : sparse_) {
    dense_[static_cast<std::size_t>(bucket.index - dense_first_)] = bucket.count;
  }
  sparse_.clear();
  sparse_.shrink_to_fit();
}

void Histogram::cover(int first, int last) {
  static const int kFirstIndex = index_of(kLowest);
  static const int kLastIndex = index_of(kHighest);
  // Half as much again on the side that grows, so that growing bucket by bucket costs little.
  const int slack = static_cast<int>(dense_.size()) / 2;
  const int dense_last = dense_first_ + static_cast<int>(dense_.size()) - 1;
  if (first < dense_first_) first = std::max(kFirstIndex, first - slack);
  if (last > dense_last) last = std::min(kLastIndex, last + slack);

  std::vector<std::uint64_t> wider(static_cast<std::size_t>(last - first) + 1);
  std::copy(dense_.begin(), dense_.end(), wider.begin() + (dense_first_ - first));
  dense_ = std::move(wider);
  dense_first_ = first;
}

}  // namespace metrics
