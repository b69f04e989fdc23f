#include "metrics/limit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/duration.h"
#include "base/text.h"

namespace metrics {
namespace {

using Aggregate = Threshold::Aggregate;
using Op = Threshold::Op;

constexpr std::array<std::pair<std::string_view, Op>, 6> kOps = {{
    {"<", Op::kLess},
    {"<=", Op::kLessEqual},
    {">", Op::kGreater},
    {">=", Op::kGreaterEqual},
    {"==", Op::kEqual},
    {"!=", Op::kNotEqual},
}};

// Slips and other tools' names, with what is meant.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kOtherNames = {{
    {"=", "=="},
    {"===", "=="},
    {"!==", "!="},
    {"<>", "!="},
    {"=<", "<="},
    {"=>", ">="},
    {"mean", "avg"},
    {"average", "avg"},
    {"median", "med"},
    {"total", "sum"},
}};

struct LimitUnit {
  std::string_view name;
  Unit unit;
  double factor;
};

constexpr std::array<LimitUnit, 10> kLimitUnits = {{
    {"%", Unit::kShare, 1},
    {"tokens", Unit::kTokens, 1},
    {"tokens/s", Unit::kTokensPerSecond, 1},
    {"events", Unit::kEvents, 1},
    {"usd", Unit::kUsd, 1},
    {"B", Unit::kBytes, 1},
    {"KB", Unit::kBytes, 1e3},
    {"kB", Unit::kBytes, 1e3},
    {"MB", Unit::kBytes, 1e6},
    {"GB", Unit::kBytes, 1e9},
}};

base::Result<double> parse_time_limit(std::string_view number, std::string_view unit,
                                      const Metric& metric) {
  if (unit.empty()) {
    const bool is_long = number.find_first_of(".eE") == std::string_view::npos && number.size() > 1;
    return base::fail("{} is a time, so its limit needs a unit, as in \"{}{}\"", metric.name,
                      number, is_long ? "ms" : "s");
  }
  const auto duration = base::parse_duration(fmt::format("{}{}", number, unit));
  if (!duration) return base::fail("{} is a time: {}", metric.name, duration.error().message);
  return base::to_seconds(*duration);
}

base::Result<double> check_share(double share, bool in_percent, const Metric& metric) {
  const bool is_rate = metric.type == Type::kRate;
  if (share >= 0 && (share <= 1 || (in_percent && !is_rate))) return share;
  return base::fail("{} is a share, so its limit lies from 0% to 100% or from 0 to 1, as in \"5%\"",
                    metric.name);
}

}  // namespace

std::string_view take_until(std::string_view& text, std::string_view stops) {
  const std::size_t length = std::min(text.find_first_of(stops), text.size());
  const std::string_view taken = text.substr(0, length);
  text = base::trim(text.substr(length));
  return taken;
}

std::optional<double> take_number(std::string_view& text) {
  // from_chars also reads "inf" and "nan", which are no limits.
  const std::size_t digit = text.find_first_not_of("+-");
  if (digit == std::string_view::npos || digit > 1) return std::nullopt;
  if (std::string_view("0123456789.").find(text[digit]) == std::string_view::npos) {
    return std::nullopt;
  }
  const char* first = text.data() + (text.front() == '+' ? 1 : 0);
  double value = 0;
  const auto [end, error] = std::from_chars(first, text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::string suggest_word(std::string_view word, const std::vector<std::string>& candidates) {
  for (const auto& [other, ours] : kOtherNames) {
    if (word != other) continue;
    if (std::find(candidates.begin(), candidates.end(), ours) == candidates.end()) break;
    return fmt::format(" (did you mean \"{}\"?)", ours);
  }
  return base::did_you_mean(word, candidates);
}

base::Result<Op> take_op(std::string_view& text, std::string_view after) {
  const std::size_t length = std::min(text.find_first_not_of("<>=!"), text.size());
  const std::string_view name = text.substr(0, length);
  for (const auto& [spelling, op] : kOps) {
    if (name != spelling) continue;
    text = base::trim(text.substr(length));
    return op;
  }
  std::vector<std::string> spellings;
  spellings.reserve(kOps.size());
  for (const auto& entry : kOps) spellings.emplace_back(entry.first);
  return base::fail("expected one of {} after {}, got \"{}\"{}", base::join(spellings, " "), after,
                    name.empty() ? text : name, name.empty() ? "" : suggest_word(name, spellings));
}

base::Result<double> parse_limit(std::string_view text, const Metric& metric, Aggregate aggregate) {
  const Unit unit = measured_unit(metric, aggregate);
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (!number) {
    return base::fail("expected a number{} at the end, got \"{}\"",
                      unit == Unit::kTime ? " with a unit, such as \"800ms\"," : "", text);
  }
  const std::string_view digits = text.substr(0, text.size() - rest.size());
  std::string_view suffix = base::trim(rest);
  // What a counter adds up in a second may say so: "50 tokens/s".
  const bool per_second = metric.type == Type::kCounter && aggregate == Aggregate::kRate;
  if (per_second && suffix.size() >= 2 && suffix.substr(suffix.size() - 2) == "/s") {
    suffix.remove_suffix(2);
  }
  if (unit == Unit::kTime) return parse_time_limit(digits, suffix, metric);

  const auto named = std::find_if(kLimitUnits.begin(), kLimitUnits.end(), [&](const auto& entry) {
    return entry.unit == unit && entry.name == suffix;
  });
  if (!suffix.empty() && named == kLimitUnits.end()) {
    std::vector<std::string> names;
    for (const LimitUnit& entry : kLimitUnits) {
      if (entry.unit == unit) names.push_back(fmt::format("\"{}\"", entry.name));
    }
    return base::fail("the limit of {} takes {}, got \"{}\"", metric.name,
                      names.empty() ? "no unit" : base::join(names, ", ") + " or no unit", text);
  }
  if (suffix.empty()) return unit == Unit::kShare ? check_share(*number, false, metric) : *number;
  // Divided, not multiplied by 0.01, so that 7% is the same number as a share of 7 in 100.
  if (unit == Unit::kShare) return check_share(*number / 100, true, metric);
  return *number * named->factor;
}

bool holds(double value, Op op, double limit) {
  switch (op) {
    case Op::kLess:
      return value < limit;
    case Op::kLessEqual:
      return value <= limit;
    case Op::kGreater:
      return value > limit;
    case Op::kGreaterEqual:
      return value >= limit;
    case Op::kEqual:
      return value == limit;
    case Op::kNotEqual:
      return value != limit;
  }
  return false;
}

}  // namespace metrics
