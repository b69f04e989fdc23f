#include "output/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "metrics/threshold.h"

namespace output {

std::string format_estimate(const metrics::Estimate& estimate, metrics::Unit unit, Legend& legend) {
  legend.lower_bound |= estimate.is_lower_bound;
  return (estimate.is_lower_bound ? "≥" : "") + metrics::format_value(estimate.value, unit);
}

std::string format_percentile(const metrics::Trend& trend, double percentile, metrics::Unit unit,
                              Legend& legend) {
  if (trend.count() == 0) return "-";
  std::string text = format_estimate(trend.quantile(percentile / 100), unit, legend);
  if (trend.count() >= metrics::samples_wanted(percentile)) return text;
  legend.few_samples = true;
  return text + "~";
}

std::string format_whole(double value) {
  return base::format_count(static_cast<std::uint64_t>(std::llround(std::max(value, 0.0))));
}

std::string plural(double number, std::string_view noun) {
  return fmt::format("{} {}{}", format_whole(number), noun, number == 1 ? "" : "s");
}

std::string format_rate(double per_second) {
  if (per_second < 99.95) return fmt::format("{:.1f}", per_second);
  return format_whole(per_second);
}

double per_second(double total, base::Duration span) {
  return span > base::Duration::zero() ? total / base::to_seconds(span) : 0;
}

}  // namespace output
