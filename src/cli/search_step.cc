#include "cli/search_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "metrics/builtin.h"
#include "output/run_words.h"
#include "output/verdict.h"

namespace cli {
namespace {

using base::Duration;
using metrics::Verdict;

constexpr double kGrowth = 0.02;
constexpr double kSigmas = 2;
constexpr int kCallsOfAStep = 20;
constexpr double kEvenCalls = 400;
constexpr double kRandomCalls = 1'500;

// The last interval that ended by then, give or take half a second.
output::Interval interval_at(const output::RunResult& result, Duration time) {
  output::Interval at;
  for (const output::Interval& interval : result.intervals) {
    if (interval.elapsed_s > base::to_seconds(time) + 0.5) break;
    at = interval;
  }
  return at;
}

double answered(const output::Interval& interval) {
  return interval.llm_requests - interval.llm_requests_failed;
}

void take_figures(const output::RunResult& result, SearchStep& step) {
  const metrics::Store& store = *result.store;
  // What is answered after the load's end would hide that too little was answered before.
  const output::Interval begin = interval_at(result, step.plan.warmup);
  // The last second's interval may have been closed when the load was over and nothing was open.
  const Duration second = std::chrono::seconds(1);
  const Duration seen = std::max(second, step.plan.length - second);
  const output::Interval end = interval_at(result, step.plan.warmup + seen);
  const double seconds = std::max(end.elapsed_s - begin.elapsed_s, 1e-3);
  step.answered_per_s = (answered(end) - answered(begin)) / seconds;
  step.output_tokens_per_s = (end.output_tokens - begin.output_tokens) / seconds;
  step.open_at_start = static_cast<double>(begin.vus);
  step.open_at_end = static_cast<double>(end.vus);
  const metrics::Rate failed = store.rate(metrics::kLlmRequestFailed);
  step.failed = failed.share();
  const auto completed = static_cast<double>(failed.total - failed.trues);
  const double good = store.counter(metrics::kLlmGoodRequests);
  step.goodput = result.objectives.empty() || completed == 0
                     ? step.answered_per_s
                     : step.answered_per_s * good / completed;
  step.cost_usd = store.counter(metrics::kLlmCost) + result.apart->counter(metrics::kLlmCost);
  const metrics::Trend durations = store.trend(metrics::kLlmRequestDuration);
  step.call = base::from_seconds(durations.values.mean());
  if (durations.count() > 0) step.duration_p95 = durations.quantile(0.95);
  const metrics::Trend ttft = store.trend(metrics::kLlmTtft);
  if (ttft.count() == 0) return;
  step.ttft_p50 = ttft.quantile(0.5);
  step.ttft_p95 = ttft.quantile(0.95);
}

// What tells that more came than was answered; "" for nothing.
std::string overload(const SearchStep& step, const output::RunResult& result) {
  if (step.plan.by != LoadStep::By::kRate) return "";
  const double dropped = result.store->counter(metrics::kDroppedIterations);
  if (dropped > 0) return fmt::format("{:.0f} calls found no VU", dropped);
  const double calls = step.plan.load * base::to_seconds(step.plan.length);
  const double growth = step.open_at_end - step.open_at_start;
  const double chance = std::sqrt(step.plan.is_poisson ? calls : std::max(1.0, step.open_at_start));
  if (growth <= kGrowth * calls + kSigmas * chance) return "";
  return fmt::format("open calls grew from {:.0f} to {:.0f}", step.open_at_start, step.open_at_end);
}

// Those that decide.
std::vector<output::JudgedThreshold> thresholds_of(const output::RunResult& result,
                                                   const std::vector<std::string>& objectives) {
  std::vector<output::JudgedThreshold> deciding;
  for (const std::string& objective : objectives) {
    const auto found = std::find_if(
        result.thresholds.begin(), result.thresholds.end(),
        [&](const output::JudgedThreshold& each) { return each.threshold.source == objective; });
    if (found != result.thresholds.end()) deciding.push_back(*found);
  }
  return deciding;
}

ObjectiveResult objective_result(const output::JudgedThreshold& judged,
                                 const metrics::Registry& registry) {
  const metrics::Metric& metric = registry.at(judged.threshold.metric);
  const bool per_second = metric.type == metrics::Type::kCounter &&
                          judged.threshold.aggregate == metrics::Threshold::Aggregate::kRate;
  ObjectiveResult objective{.objective = judged.threshold,
                            .unit = metrics::measured_unit(metric, judged.threshold.aggregate),
                            .per_second = per_second,
                            .verdict = judged.judgement.verdict,
                            .measured = {},
                            .samples = judged.judgement.samples};
  if (output::has_value(judged, registry)) objective.measured = judged.judgement.measured;
  return objective;
}

std::string shown(const output::JudgedThreshold& judged, const metrics::Registry& registry) {
  return fmt::format(
      "{}: {}", judged.threshold.source,
      judged.judgement.reason.empty()
          ? metrics::format_measured(judged.threshold, judged.judgement.measured, registry)
          : judged.judgement.reason);
}

}  // namespace

LoadStep plan_step(LoadStep::By by, double load, bool is_poisson, const StepRule& rule,
                   Duration call) {
  LoadStep step{.by = by, .load = load, .is_poisson = is_poisson, .warmup = {}, .length = {}};
  step.warmup = std::max<Duration>(2 * call, std::chrono::seconds(2));
  const double call_s = std::max(base::to_seconds(call), 1e-3);
  const double calls_per_s = by == LoadStep::By::kRate ? load : load / call_s;
  double calls = static_cast<double>(rule.samples);
  if (by == LoadStep::By::kRate) calls = std::max(calls, is_poisson ? kRandomCalls : kEvenCalls);
  // Bounded before it is made a duration: a very small rate would overflow it.
  const double seconds = std::min(calls / calls_per_s, base::to_seconds(rule.longest));
  step.length = std::max({rule.shortest, base::from_seconds(seconds), kCallsOfAStep * call});
  step.length = std::min(step.length, rule.longest);
  return step;
}

SearchStep judge_step(const LoadStep& plan, const output::RunResult& result,
                      const std::vector<std::string>& objectives) {
  SearchStep step;
  step.plan = plan;
  take_figures(result, step);
  const auto deciding = thresholds_of(result, objectives);
  for (const output::JudgedThreshold& judged : deciding) {
    step.objectives.push_back(objective_result(judged, result.store->registry()));
  }
  for (const output::JudgedThreshold& judged : deciding) {
    if (judged.judgement.verdict == Verdict::kPassed) continue;
    const bool unknown =
        judged.judgement.verdict == Verdict::kNotJudged && !result.client_findings.empty();
    // What is known to have failed says more than what is not known.
    if (unknown && step.outcome != StepOutcome::kHeld) continue;
    step.outcome = unknown ? StepOutcome::kClientGaveIn : StepOutcome::kServerGaveIn;
    step.why = shown(judged, result.store->registry());
    if (!unknown) return step;
  }
  if (const std::string more = overload(step, result); !more.empty()) {
    step.outcome = StepOutcome::kServerGaveIn;
    step.why = more;
  }
  return step;
}

nlohmann::ordered_json to_json(const SearchStep& step) {
  using Json = nlohmann::ordered_json;
  const auto estimate = [](const std::optional<metrics::Estimate>& value) {
    if (!value) return Json();
    return Json{{"value", value->value}, {"is_lower_bound", value->is_lower_bound}};
  };
  Json objectives = Json::array();
  for (const ObjectiveResult& each : step.objectives) {
    objectives.push_back({{"objective", each.objective.source},
                          {"verdict", output::to_string(each.verdict)},
                          {"measured", estimate(each.measured)},
                          {"samples", each.samples}});
  }
  const bool unknown = step.outcome == StepOutcome::kClientGaveIn;
  return {{"load", step.plan.load},
          {"warmup_s", base::to_seconds(step.plan.warmup)},
          {"length_s", base::to_seconds(step.plan.length)},
          {"held", unknown ? Json() : Json(step.outcome == StepOutcome::kHeld)},
          {"why", step.why},
          {"objectives", std::move(objectives)},
          {"answered_per_s", step.answered_per_s},
          {"goodput_per_s", step.goodput},
          {"failed", step.failed},
          {"output_tokens_per_s", step.output_tokens_per_s},
          {"cost_usd", step.cost_usd},
          {"open_at_start", step.open_at_start},
          {"open_at_end", step.open_at_end},
          {"ttft_p50_s", estimate(step.ttft_p50)},
          {"ttft_p95_s", estimate(step.ttft_p95)},
          {"duration_p95_s", estimate(step.duration_p95)}};
}

}  // namespace cli
