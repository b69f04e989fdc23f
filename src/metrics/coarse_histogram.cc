#include "metrics/coarse_histogram.h"

#include <algorithm>
#include <cmath>
#include <string_view>

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

CoarseHistogram::Buckets merged_by(int shift, const CoarseHistogram::Buckets& buckets) {
  CoarseHistogram::Buckets wider;
  for (const auto& [index, count] : buckets) {
    const int wide = index >> shift;
    if (wider.empty() || wider.back().first != wide) wider.emplace_back(wide, 0);
    wider.back().second += count;
  }
  return wider;
}

// Seven bits a byte, the lowest first; the highest bit says that more follow (LEB128).
void append_number(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>((number & 0x7f) | 0x80);
  out += static_cast<char>(number);
}

std::uint64_t take_number(std::string_view& in) {
  std::uint64_t number = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
}

// Below the lowest index that a double can have at any scale.
constexpr std::int64_t kBeforeAll = -(std::int64_t{1} << 20);

// What is kept for hours is merged again and again, and grows a little each time: with this room
// for what most come to, it stays where it is and leaves no holes in the heap.
void assign_with_room(std::string& to, std::string_view bytes) {
  constexpr std::size_t kRoom = 192;
  if (bytes.size() > to.capacity()) {
    to = {};
    to.reserve((bytes.size() / kRoom + 1) * kRoom - 1);
  }
  to.assign(bytes);
}

// Each as its distance to the one before and its count.
std::string packed(const CoarseHistogram::Buckets& buckets) {
  std::string bytes;
  std::int64_t before = kBeforeAll;
  for (const auto& [index, count] : buckets) {
    append_number(bytes, static_cast<std::uint64_t>(index - before));
    append_number(bytes, count);
    before = index;
  }
  return bytes;
}

CoarseHistogram::Buckets unpacked(std::string_view bytes) {
  CoarseHistogram::Buckets buckets;
  std::int64_t index = kBeforeAll;
  while (!bytes.empty()) {
    index += static_cast<std::int64_t>(take_number(bytes));
    const std::uint64_t count = take_number(bytes);
    buckets.emplace_back(static_cast<int>(index), count);
  }
  return buckets;
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
  Buckets narrow;
  fine.for_each_bucket(
      [&narrow](int index, std::uint64_t count) { narrow.emplace_back(index, count); });
  keep(merged_by(Histogram::kScale - kScale, narrow));
}

void CoarseHistogram::merge(const CoarseHistogram& other) {
  out_of_range_ += other.out_of_range_;
  if (other.empty()) return;
  if (empty()) {
    const std::uint64_t out_of_range = out_of_range_;
    std::string room = std::move(packed_);
    assign_with_room(room, other.packed_);
    *this = other;
    packed_ = std::move(room);
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

  const int scale = std::min(scale_, other.scale_);
  Buckets all = joined(merged_by(scale_ - scale, buckets()),
                       merged_by(other.scale_ - scale, other.buckets()));
  scale_ = scale;
  keep(std::move(all));
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
  for (const auto& [index, count] : buckets()) {
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
  std::int64_t before = kBeforeAll;
  for (const auto& [index, count] : parts.buckets) {
    if (index <= before) return base::fail("bucket {} of a histogram is out of order", index);
    before = index;
    histogram.count_ += count;
  }
  histogram.packed_ = packed(parts.buckets);
  histogram.sum_of_squares_ = parts.stddev * parts.stddev * static_cast<double>(histogram.count_);
  return histogram;
}

CoarseHistogram::Buckets CoarseHistogram::buckets() const { return unpacked(packed_); }

void CoarseHistogram::keep(Buckets buckets) {
  for (; buckets.size() > kMostBuckets && scale_ > 0; --scale_) buckets = merged_by(1, buckets);
  assign_with_room(packed_, packed(buckets));
}

}  // namespace metrics
