// Writes measured values as users read them.
#include <algorithm>
#include <cmath>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/threshold.h"

namespace metrics {
namespace {

// A number with so many decimals at most: no zeros at their end, commas between thousands.
std::string with_decimals(double value, int decimals, bool keep_zeros = false) {
  std::string text = fmt::format("{:.{}f}", std::abs(value), decimals);
  std::string fraction;
  if (const std::size_t point = text.find('.'); point != std::string::npos) {
    fraction = text.substr(point);
    text.resize(point);
  }
  if (!keep_zeros) {
    const std::size_t last = fraction.find_last_not_of('0');
    fraction.resize(last == std::string::npos || last == 0 ? 0 : last + 1);
  }
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  const bool is_zero = (text + fraction).find_first_not_of("0.") == std::string::npos;
  return (value < 0 && !is_zero ? "-" : "") + text + fraction;
}

// How many decimals show `digits` significant ones of a value that is not 0.
int decimals_for(double value, int digits) {
  constexpr int kMostDecimals = 15;
  if (value == 0) return 0;
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value))));
  return std::clamp(digits - 1 - magnitude, 0, kMostDecimals);
}

std::string format_number(double value) {
  return with_decimals(value, std::abs(value) >= 1 ? 3 : decimals_for(value, 3));
}

std::string format_share(double share) {
  const double percent = share * 100;
  // All but all is not 100 %, and a little is not 0 %: digits are added until that shows.
  for (int decimals = 2; decimals < 9; ++decimals) {
    std::string text = with_decimals(percent, decimals);
    const bool hides = (text == "100" && percent != 100) || (text == "0" && percent != 0);
    if (!hides) return text + "%";
  }
  return with_decimals(percent, 2) + "%";
}

std::string format_bytes(double bytes) {
  constexpr const char* kNames[] = {"B", "kB", "MB", "GB"};
  std::size_t power = 0;
  // 999.5 of one unit would round to 1000 of it.
  while (power < 3 && std::abs(bytes) >= 999.5) {
    bytes /= 1000;
    ++power;
  }
  return with_decimals(bytes, decimals_for(bytes, 3)) + " " + kNames[power];
}

std::string format_usd(double usd) {
  int decimals = 2;
  if (usd != 0 && std::abs(usd) < 1) decimals = std::max(4, decimals_for(usd, 2));
  const std::string text = with_decimals(std::abs(usd), decimals, true);
  return (usd < 0 ? "-$" : "$") + text;
}

}  // namespace

std::string format_value(double value, Unit unit) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  switch (unit) {
    case Unit::kTime:
      return base::format_duration(base::from_seconds(value));
    case Unit::kShare:
      return format_share(value);
    case Unit::kTokensPerSecond:
      return with_decimals(value, decimals_for(value, 3)) + " tokens/s";
    case Unit::kBytes:
      return format_bytes(value);
    case Unit::kUsd:
      return format_usd(value);
    case Unit::kNone:
    case Unit::kTokens:
    case Unit::kEvents:
      return format_number(value);
  }
  return format_number(value);
}

std::string format_seconds(base::Duration duration) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(duration);
  if (seconds < std::chrono::minutes(1)) return fmt::format("{}s", seconds.count());
  return base::format_duration(seconds);
}

std::string describe(const Threshold& threshold) {
  if (threshold.window == base::Duration::zero()) return threshold.source;
  return fmt::format("{} over any {}", threshold.source, format_seconds(threshold.window));
}

std::string format_measured(const Threshold& threshold, const Estimate& measured,
                            const Registry& registry) {
  const Metric& metric = registry.at(threshold.metric);
  const Unit unit = measured_unit(metric, threshold.aggregate);
  const bool per_second =
      metric.type == Type::kCounter && threshold.aggregate == Threshold::Aggregate::kRate;
  std::string text;
  if (per_second && unit == Unit::kTokens) {
    text = format_value(measured.value, Unit::kTokensPerSecond);
  } else {
    text = format_value(measured.value, unit) + (per_second ? "/s" : "");
  }
  return (measured.is_lower_bound ? "≥ " : "") + text;
}

}  // namespace metrics
