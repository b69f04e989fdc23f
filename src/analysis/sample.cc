#include "analysis/sample.h"

#include <algorithm>
#include <cmath>

namespace analysis {
namespace {

constexpr std::size_t kMostExact = 1U << 20;

}  // namespace

void Sample::add(double value, std::uint64_t weight) {
  if (weight == 0) return;
  value = std::max(value, 0.0);
  ++counted_;
  weights_ += weight;
  const auto weighed = static_cast<double>(weight);
  sum_ += value * weighed;
  const double delta = value - running_mean_;
  running_mean_ += delta * weighed / static_cast<double>(weights_);
  sum_of_squares_ += delta * (value - running_mean_) * weighed;
  if (!histogram_ && values_.size() == kMostExact) {
    histogram_ = std::make_unique<metrics::Histogram>();
    for (const Value& known : values_) histogram_->record(known.value, known.weight);
    values_ = {};
  }
  if (histogram_) return histogram_->record(value, weight);
  values_.push_back({value, weight});
  sorted_ = false;
}

double Sample::mean() const { return sum_ / total_weight(); }

double Sample::stddev() const {
  // The zeros are merged in as a group of their own.
  const auto zeros = static_cast<double>(zeros_);
  const auto others = static_cast<double>(weights_);
  const double between = running_mean_ * running_mean_ * zeros * others / total_weight();
  return std::sqrt(std::max(0.0, sum_of_squares_ + between) / total_weight());
}

double Sample::min() const {
  if (zeros_ > 0) return 0;
  sort();
  return histogram_ ? histogram_->min() : values_.front().value;
}

double Sample::max() const {
  sort();
  if (histogram_) return histogram_->max();
  return values_.empty() ? 0 : values_.back().value;
}

double Sample::at(std::uint64_t rank) const {
  if (rank < zeros_) return 0;
  if (histogram_) {
    return std::clamp(histogram_->representative_at(rank - zeros_ + 1), histogram_->min(),
                      histogram_->max());
  }
  return values_[rank - zeros_].value;
}

double Sample::quantile(double q, Quantile method) const {
  sort();
  if (method == Quantile::kWeighted) {
    const double wanted = q * total_weight();
    double seen = static_cast<double>(zeros_);
    if (zeros_ > 0 && seen >= wanted) return 0;
    if (histogram_) return histogram_->quantile((wanted - seen) / static_cast<double>(weights_));
    for (const Value& value : values_) {
      seen += static_cast<double>(value.weight);
      // The slack is for q·n that comes out a few units of the last place too high.
      if (seen >= wanted * (1 - 1e-12)) return value.value;
    }
    return max();
  }
  // A histogram counts by weight; no tool that weighs its values takes ranks.
  const std::uint64_t size = histogram_ ? zeros_ + weights_ : count();
  if (method == Quantile::kIndex) {
    const auto index = static_cast<std::uint64_t>(static_cast<double>(size) * q);
    return at(std::min(index, size - 1));
  }
  const double place = q * static_cast<double>(size - 1);
  const auto below = static_cast<std::uint64_t>(place);
  const double low = at(below);
  if (below + 1 >= size) return low;
  return low + (at(below + 1) - low) * (place - static_cast<double>(below));
}

void Sample::sort() const {
  if (sorted_) return;
  std::sort(values_.begin(), values_.end(),
            [](const Value& a, const Value& b) { return a.value < b.value; });
  sorted_ = true;
}

}  // namespace analysis
