#include "metrics/client_error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace metrics {
namespace {

using Aggregate = Threshold::Aggregate;

// How many values are off by more than an error, for each error that is worth a look.
struct Tail {
  double error;
  double count;
};

std::vector<Tail> tails_of(const Histogram& errors) {
  std::vector<Tail> tails;
  auto left = static_cast<double>(errors.count());
  tails.push_back({0, left - static_cast<double>(errors.zero_count())});
  left -= static_cast<double>(errors.zero_count());
  errors.for_each_bucket([&](int index, std::uint64_t count) {
    left -= static_cast<double>(count);
    tails.push_back({std::min(Histogram::lower_bound(index + 1), errors.max()), left});
  });
  return tails;
}

ErrorBound quantile_bound(const Trend& trend, double q, double lost) {
  if (trend.errors.empty() && lost == 0) return {};
  Histogram all = trend.values;
  all.merge(trend.lower_bounds);
  const auto count = static_cast<double>(all.count());
  if (count == 0) return {};
  const double value = all.quantile(q);
  const double worst = trend.errors.max();
  // With what was lost there were more values: any rank may have moved by as many.
  const double q_of_found = q * (count + lost) / count;
  double low = -1;
  double high = -1;
  for (const Tail& tail : tails_of(trend.errors)) {
    const double shift = tail.count / count;
    const double q_low = q_of_found - lost / count - shift;
    const double q_high = q_of_found + shift;
    // Beyond the ranks that there are, the quantile may be one of the values that are off by more.
    const double at_low = q_low > 0 ? all.quantile(q_low) - tail.error : all.min() - worst;
    double at_high = q_high <= 1 ? all.quantile(q_high) + tail.error : all.max() + worst;
    // Or one of those that were lost, and they may have been of any length.
    if (lost > 0 && q_of_found > 1) at_high = std::numeric_limits<double>::infinity();
    low = std::max(low, std::max(0.0, at_low));
    high = high < 0 ? at_high : std::min(high, at_high);
  }
  return {std::max(0.0, value - low), std::max(0.0, high - value)};
}

}  // namespace

ErrorBound error_bound(const Trend& trend, const Threshold& threshold, double lost) {
  const Histogram& errors = trend.errors;
  const auto count = static_cast<double>(trend.count());
  const auto symmetric = [](double error) { return ErrorBound{error, error}; };
  switch (threshold.aggregate) {
    case Aggregate::kMed:
      return quantile_bound(trend, 0.5, lost);
    case Aggregate::kPercentile:
      return quantile_bound(trend, threshold.percentile / 100, lost);
    case Aggregate::kMin:
    case Aggregate::kMax:
      return symmetric(errors.max());
    case Aggregate::kAvg:
      return symmetric(count > 0 ? errors.sum() / count : 0);
    case Aggregate::kSum:
      return symmetric(errors.sum());
    case Aggregate::kStddev: {
      const double mean_square = errors.mean() * errors.mean() + errors.stddev() * errors.stddev();
      const double share = count > 0 ? static_cast<double>(errors.count()) / count : 0;
      return symmetric(std::sqrt(mean_square * share));
    }
    case Aggregate::kCount:
    case Aggregate::kRate:
    case Aggregate::kValue:
      break;
  }
  return {};
}

ErrorBound error_bound(const Rate& rate, const Threshold& threshold) {
  const auto own = static_cast<double>(rate.own_trues);
  if (own == 0) return {};
  if (threshold.aggregate == Aggregate::kCount) return {own, 0};
  return {own / static_cast<double>(rate.total), 0};
}

}  // namespace metrics
