#include "metrics/threshold.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "metrics/limit.h"

namespace metrics {
namespace {

using Aggregate = Threshold::Aggregate;

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

bool has_aggregate(Type type, Aggregate aggregate) {
  switch (type) {
    case Type::kCounter:
    case Type::kRate:
      return aggregate == Aggregate::kCount || aggregate == Aggregate::kRate;
    case Type::kGauge:
      return aggregate == Aggregate::kValue || aggregate == Aggregate::kMin ||
             aggregate == Aggregate::kMax || aggregate == Aggregate::kCount;
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
  return suggest_word(name, aggregate_names(type));
}

base::Result<Threshold> parse_parts(std::string_view text, const Registry& registry) {
  Threshold threshold;
  threshold.source = text;
  std::string_view rest = base::trim(text);

  if (auto taken = take_series(rest, registry, kForm, threshold); !taken) {
    return tl::unexpected(taken.error());
  }
  const Metric& described = registry.at(threshold.metric);
  const auto aggregate = take_aggregate(rest, described, threshold);
  if (!aggregate) return tl::unexpected(aggregate.error());
  const auto op = take_op(rest, "the aggregate");
  if (!op) return tl::unexpected(op.error());
  threshold.op = *op;
  const auto limit = parse_limit(rest, described, threshold.aggregate);
  if (!limit) return tl::unexpected(limit.error());
  threshold.limit = *limit;
  return threshold;
}

}  // namespace

std::string aggregates_in_words(const Metric& metric) {
  return fmt::format("{} is a {} and has {}", metric.name, to_string(metric.type),
                     base::join(aggregate_names(metric.type), ", "));
}

base::Result<void> take_series(std::string_view& text, const Registry& registry,
                               std::string_view form, Threshold& threshold) {
  const std::string_view name = take_until(text, " \t\r\n{(<>=!");
  if (name.empty()) return base::fail("{}", form);
  const auto metric = registry.find(name);
  if (!metric) {
    const std::string near = base::did_you_mean(name, registry.names());
    return base::fail("unknown metric \"{}\"{}", name,
                      near.empty() ? fmt::format("; {}", form) : near);
  }
  threshold.metric = *metric;
  if (text.empty() || text.front() != '{') return {};
  auto selector = take_selector(text);
  if (!selector) return tl::unexpected(selector.error());
  threshold.selector = std::move(*selector);
  return {};
}

base::Result<void> take_aggregate(std::string_view& text, const Metric& metric,
                                  Threshold& threshold) {
  const std::string has = aggregates_in_words(metric);
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
  // A counter's count is its sum, which has a unit.
  const bool counts_samples = metric.type != Type::kCounter && aggregate == Aggregate::kCount;
  return counts_samples ? Unit::kNone : metric.unit;
}

}  // namespace metrics
