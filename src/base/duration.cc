#include "base/duration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace base {
namespace {

struct UnitName {
  std::string_view name;
  double seconds;
};

// Longer names first, so that "ms" is not read as "m".
constexpr std::array<UnitName, 7> kUnits = {{{"ns", 1e-9},
                                             {"us", 1e-6},
                                             {"ms", 1e-3},
                                             {"µs", 1e-6},
                                             {"s", 1.0},
                                             {"m", 60.0},
                                             {"h", 3600.0}}};

std::optional<double> take_number(std::string_view& text) {
  const size_t length = text.find_first_not_of("0123456789.");
  const std::string digits(text.substr(0, length));
  if (digits.empty()) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);
  if (end != digits.c_str() + digits.size()) return std::nullopt;
  text.remove_prefix(digits.size());
  return value;
}

std::optional<double> take_unit(std::string_view& text) {
  for (const UnitName& unit : kUnits) {
    if (text.substr(0, unit.name.size()) != unit.name) continue;
    text.remove_prefix(unit.name.size());
    return unit.seconds;
  }
  return std::nullopt;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  constexpr double kLongest = 1e9;  // About 31 years; longer ones are typing errors.
  const auto refuse = [text] {
    return fail("expected a duration such as \"30s\", got \"{}\"", text);
  };
  std::string_view rest = text;
  double total = 0;
  bool first = true;
  while (first || !rest.empty()) {
    const auto number = take_number(rest);
    if (!number) return refuse();
    if (first && rest.empty()) {
      total = *number;
      break;
    }
    const auto unit = take_unit(rest);
    if (!unit) return refuse();
    total += *number * *unit;
    first = false;
  }
  if (!std::isfinite(total) || total > kLongest) return refuse();
  return from_seconds(total);
}

std::string format_duration(Duration duration) {
  // The lowest duration has no counterpart above zero.
  if (duration < Duration::zero())
    return "-" + format_duration(-std::max(duration, -Duration::max()));
  const double seconds = to_seconds(duration);
  if (duration.count() < 1000) return fmt::format("{}ns", duration.count());
  const auto scaled = [](double value, const char* unit) {
    // 9.996 rounds to three digits as 10.0, so the limits stand a little under the powers of ten.
    if (value < 9.995) return fmt::format("{:.2f}{}", value, unit);
    if (value < 99.95) return fmt::format("{:.1f}{}", value, unit);
    return fmt::format("{:.0f}{}", value, unit);
  };
  if (seconds < 999.5e-6) return scaled(seconds * 1e6, "us");
  if (seconds < 999.5e-3) return scaled(seconds * 1e3, "ms");
  if (seconds < 59.95) return scaled(seconds, "s");
  const auto whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole % 3600 / 60);
}

}  // namespace base
