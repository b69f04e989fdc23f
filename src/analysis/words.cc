#include "analysis/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text.h"
#include "metrics/threshold.h"

namespace analysis {

using metrics::Selector;
using metrics::Unit;

std::string as_count(double value) {
  return base::format_count(static_cast<std::uint64_t>(std::llround(std::max(value, 0.0))));
}

std::string as_share(double share) {
  const double percent = share * 100;
  // Little is not nothing, and nearly all is not all.
  if (percent < 0.1 || (percent > 99.9 && percent < 100)) {
    return metrics::format_value(share, Unit::kShare);
  }
  std::string text = fmt::format("{:.1f}", percent);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text + "%";
}

std::string as_time(double seconds) { return metrics::format_value(seconds, Unit::kTime); }

std::string as_usd(double amount) { return metrics::format_value(amount, Unit::kUsd); }

std::string as_ratio(double ratio) {
  return ratio < 10 ? fmt::format("{:.1f}", ratio) : as_count(ratio);
}

std::string as_moment(double seconds) {
  return metrics::format_seconds(base::from_seconds(seconds));
}

std::string plural(double number, std::string_view noun) {
  return fmt::format("{} {}{}", as_count(number), noun, std::llround(number) == 1 ? "" : "s");
}

std::string time_at(const metrics::Trend& trend, double percentile) {
  if (trend.count() == 0) return "-";
  const metrics::Estimate estimate = trend.quantile(percentile / 100);
  const bool too_few = trend.count() < metrics::samples_wanted(percentile);
  return (estimate.is_lower_bound ? "≥" : "") + as_time(estimate.value) + (too_few ? "~" : "");
}

std::string counts_by(const metrics::Store& store, metrics::MetricId metric, std::string_view key,
                      const Selector& selector) {
  std::vector<std::pair<double, std::string>> counts;
  for (const auto& [value, series] : store.grouped(metric, key, selector)) {
    counts.emplace_back(std::get<metrics::Counter>(series).sum, value);
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> words;
  for (const auto& [count, value] : counts) words.push_back(value + " " + as_count(count));
  return base::join(words, ", ");
}

Selector where(std::initializer_list<std::pair<std::string_view, std::string_view>> tags) {
  Selector selector;
  for (const auto& [key, value] : tags) {
    selector.terms.push_back({std::string(key), Selector::Op::kEqual, std::string(value)});
  }
  return selector;
}

double quantile_above_zero(const metrics::Histogram& histogram, double q) {
  const std::uint64_t above = histogram.count() - histogram.zero_count();
  if (above == 0) return 0;
  const std::uint64_t rank = histogram.zero_count() + metrics::Histogram::rank(q, above);
  return std::min(histogram.representative_at(rank), histogram.max());
}

}  // namespace analysis
