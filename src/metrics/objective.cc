#include "metrics/objective.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "metrics/limit.h"

namespace metrics {
namespace {

constexpr std::array kMetrics = {kLlmTtft,
                                 kLlmTtftFromDue,
                                 kLlmTtftText,
                                 kLlmTpot,
                                 kLlmItl,
                                 kLlmRequestDuration,
                                 kLlmRequestDurationFromDue,
                                 kLlmOutputTokensPerSecond,
                                 kLlmTokensOut};

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const Builtin metric : kMetrics) names.push_back(builtin_metrics()[metric].name);
  return names;
}

base::Result<MetricId> find_metric(std::string_view name, const Registry& registry) {
  const auto metric = registry.find(name);
  if (metric && std::find(kMetrics.begin(), kMetrics.end(), *metric) != kMetrics.end()) {
    return *metric;
  }
  const std::vector<std::string> names = metric_names();
  const std::string known = base::join(names, ", ");
  if (metric) {
    return base::fail("{} has no value for a single request; an objective takes one of {}", name,
                      known);
  }
  const std::string near = base::did_you_mean(name, names);
  return base::fail("unknown metric \"{}\"{}", name,
                    near.empty() ? fmt::format("; an objective takes one of {}", known) : near);
}

base::Result<Objective> parse_parts(std::string_view text, const Registry& registry) {
  Objective objective;
  objective.source = text;
  std::string_view rest = text;
  const std::string_view name = take_until(rest, " \t\r\n{(<>=!");
  if (name.empty()) {
    return base::fail("expected \"metric op value\", as in \"llm_ttft < 2s\"");
  }
  const auto metric = find_metric(name, registry);
  if (!metric) return tl::unexpected(metric.error());
  objective.metric = *metric;
  if (!rest.empty() && rest.front() == '{') {
    return base::fail("an objective holds for every request and takes no tags");
  }
  const std::size_t op_at = rest.find_first_of("<>=!");
  if (op_at != 0 && op_at != std::string_view::npos) {
    return base::fail("an objective is about one request and takes no aggregate: \"{} {}\"", name,
                      rest.substr(op_at));
  }
  const auto op = take_op(rest, "the metric");
  if (!op) return tl::unexpected(op.error());
  objective.op = *op;
  // The value of one request has the metric's unit, as an average has.
  const auto limit = parse_limit(rest, registry.at(*metric), Threshold::Aggregate::kAvg);
  if (!limit) return tl::unexpected(limit.error());
  objective.limit = *limit;
  return objective;
}

}  // namespace

bool Objective::holds(double value) const { return metrics::holds(value, op, limit); }

std::span<const Builtin> objective_metrics() { return kMetrics; }

base::Result<Objective> parse_objective(std::string_view text, const Registry& registry) {
  auto objective = parse_parts(base::trim(text), registry);
  if (!objective) {
    return base::fail_at(fmt::format("objective \"{}\"", base::trim(text)), objective.error());
  }
  return objective;
}

}  // namespace metrics
