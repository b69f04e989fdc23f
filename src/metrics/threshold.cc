#include "metrics/threshold.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/duration.h"
#include "base/text.h"

namespace metrics {
namespace {

using Aggregate = Threshold::Aggregate;
using Op = Threshold::Op;

constexpr std::string_view kForm =
    "expected \"metric aggregate op value\", as in \"llm_ttft p(95) < 2s\"";

constexpr std::array<std::pair<std::string_view, Aggregate>, 10> kAggregates = {{
    {"avg", Aggregate::kAvg},
    {"min", Aggregate::kMin},
    {"max", Aggregate::kMax},
    {"med", Aggregate::kMed},
    {"p(N)", Aggregate::kPercentile},
    {"count", Aggregate::kCount},
    {"rate", Aggregate::kRate},
    {"value", Aggregate::kValue},
    {"sum", Aggregate::kSum},
    {"stddev", Aggregate::kStddev},
}};

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

bool has_aggregate(Type type, Aggregate aggregate) {
  switch (type) {
    case Type::kCounter:
    case Type::kRate:
      return aggregate == Aggregate::kCount || aggregate == Aggregate::kRate;
    case Type::kGauge:
      return aggregate == Aggregate::kValue || aggregate == Aggregate::kMin ||
             aggregate == Aggregate::kMax;
    case Type::kTrend:
      return aggregate != Aggregate::kValue && aggregate != Aggregate::kRate;
  }
  return false;
}

std::vector<std::string> aggregate_names(Type type) {
  std::vector<std::string> names;
  for (const auto& [name, aggregate] : kAggregates) {
    if (has_aggregate(type, aggregate)) names.emplace_back(name);
  }
  return names;
}

// ` (did you mean "avg"?)` for what others call so, else by spelling.
std::string suggest(std::string_view name, const std::vector<std::string>& candidates) {
  for (const auto& [other, ours] : kOtherNames) {
    if (name != other) continue;
    if (std::find(candidates.begin(), candidates.end(), ours) == candidates.end()) break;
    return fmt::format(" (did you mean \"{}\"?)", ours);
  }
  return base::did_you_mean(name, candidates);
}

// Takes from the front of `text` all that comes before one of `stops`, and the space after it.
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

// Takes `{...}`; the closing brace is the first one outside quotes.
base::Result<Selector> take_selector(std::string_view& text) {
  bool quoted = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '}' && !quoted) {
      const std::string_view inside = text.substr(1, i - 1);
      text = base::trim(text.substr(i + 1));
      return parse_selector(inside);
    }
  }
  return base::fail("the selector \"{}\" has no closing \"}}\"", text);
}

base::Result<double> parse_percentile(std::string_view text) {
  std::string_view rest = base::trim(text);
  const auto percentile = take_number(rest);
  if (!percentile || !rest.empty() || *percentile < 0 || *percentile > 100) {
    return base::fail("p(N) takes a number from 0 to 100, as in p(95), got \"{}\"", text);
  }
  return *percentile;
}

// Of "p95", which is how some write p(95).
std::string suggest_aggregate(std::string_view name, Type type) {
  std::string_view digits = name.substr(1);
  if (type == Type::kTrend && name.front() == 'p' && take_number(digits) && digits.empty()) {
    return fmt::format(" (did you mean \"p({})\"?)", name.substr(1));
  }
  return suggest(name, aggregate_names(type));
}

base::Result<void> take_aggregate(std::string_view& text, const Metric& metric,
                                  Threshold& threshold) {
  const std::string has = fmt::format("{} is a {} and has {}", metric.name, to_string(metric.type),
                                      base::join(aggregate_names(metric.type), ", "));
  std::string_view name = base::trim(take_until(text, " \t\r\n(<>=!"));
  if (name.empty()) return base::fail("expected an aggregate after the metric: {}", has);

  std::string_view argument;
  const bool has_argument = !text.empty() && text.front() == '(';
  if (has_argument) {
    const std::size_t close = text.find(')');
    if (close == std::string_view::npos) return base::fail("\"{}{}\" has no \")\"", name, text);
    argument = text.substr(1, close - 1);
    text = base::trim(text.substr(close + 1));
  }
  if (name == "p" && !has_argument) {
    return base::fail("p takes the percentile in parentheses, as in p(95)");
  }
  if (name == "p") name = "p(N)";

  const auto known = std::find_if(kAggregates.begin(), kAggregates.end(),
                                  [name](const auto& entry) { return entry.first == name; });
  if (known == kAggregates.end()) {
    return base::fail("unknown aggregate \"{}\"{}; {}", name, suggest_aggregate(name, metric.type),
                      has);
  }
  if (!has_aggregate(metric.type, known->second)) {
    return base::fail("{}, but no \"{}\"", has, name);
  }
  threshold.aggregate = known->second;
  if (threshold.aggregate != Aggregate::kPercentile) {
    if (has_argument) return base::fail("\"{}\" takes no \"({})\"", name, argument);
    return {};
  }
  const auto percentile = parse_percentile(argument);
  if (!percentile) return tl::unexpected(percentile.error());
  threshold.percentile = *percentile;
  return {};
}

base::Result<Op> take_op(std::string_view& text) {
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
  return base::fail("expected one of {} after the aggregate, got \"{}\"{}",
                    base::join(spellings, " "), name.empty() ? text : name,
                    name.empty() ? "" : suggest(name, spellings));
}

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

base::Result<Threshold> parse_parts(std::string_view text, const Registry& registry) {
  Threshold threshold;
  threshold.source = text;
  std::string_view rest = base::trim(text);

  const std::string_view name = take_until(rest, " \t\r\n{(<>=!");
  if (name.empty()) return base::fail("{}", kForm);
  const auto metric = registry.find(name);
  if (!metric) {
    const std::string near = base::did_you_mean(name, registry.names());
    return base::fail("unknown metric \"{}\"{}", name,
                      near.empty() ? fmt::format("; {}", kForm) : near);
  }
  threshold.metric = *metric;
  const Metric& described = registry.at(*metric);

  if (!rest.empty() && rest.front() == '{') {
    auto selector = take_selector(rest);
    if (!selector) return tl::unexpected(selector.error());
    threshold.selector = std::move(*selector);
  }
  const auto aggregate = take_aggregate(rest, described, threshold);
  if (!aggregate) return tl::unexpected(aggregate.error());
  const auto op = take_op(rest);
  if (!op) return tl::unexpected(op.error());
  threshold.op = *op;
  const auto limit = parse_limit(rest, described, threshold.aggregate);
  if (!limit) return tl::unexpected(limit.error());
  threshold.limit = *limit;
  return threshold;
}

}  // namespace

base::Result<Threshold> parse_threshold(std::string_view text, const Registry& registry) {
  auto threshold = parse_parts(text, registry);
  if (!threshold) {
    return base::fail_at(fmt::format("threshold \"{}\"", base::trim(text)), threshold.error());
  }
  return threshold;
}

Unit measured_unit(const Metric& metric, Threshold::Aggregate aggregate) {
  if (metric.type == Type::kRate) {
    return aggregate == Aggregate::kRate ? Unit::kShare : Unit::kNone;
  }
  const bool counts_samples = metric.type == Type::kTrend && aggregate == Aggregate::kCount;
  return counts_samples ? Unit::kNone : metric.unit;
}

}  // namespace metrics
