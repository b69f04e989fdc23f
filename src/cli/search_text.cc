#include "cli/search_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/threshold.h"

namespace cli {
namespace {

using metrics::Unit;

constexpr const char* kLine =
    "{:>9}  {:<9}  {:>8}  {:>8}  {:>9}  {:>9}  {:>9}  {:>7}  {:>10}  {}\n";

std::string shown(double load, LoadStep::By by) {
  return by == LoadStep::By::kRate ? fmt::format("{:.4g}/s", load) : fmt::format("{:.0f}", load);
}

std::string time(const metrics::Estimate& estimate) {
  return (estimate.is_lower_bound ? "≥" : "") + metrics::format_value(estimate.value, Unit::kTime);
}

std::string_view word(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::kHeld:
      return "held";
    case StepOutcome::kServerGaveIn:
      return "did not";
    case StepOutcome::kClientGaveIn:
      return "not known";
    case StepOutcome::kTimeUp:
      break;
  }
  return "stopped";
}

const SearchStep* step_at(const LoadSearchResult& result, double load) {
  const auto found = std::find_if(
      result.steps.rbegin(), result.steps.rend(),
      [load](const SearchStep& step) { return std::abs(step.plan.load - load) < 1e-6 * load; });
  return found == result.steps.rend() ? nullptr : &*found;
}

std::string knee_text(const LoadSearchResult& result, LoadStep::By by) {
  const SearchStep* failed = step_at(result, result.failed);
  if (result.held == 0) {
    return failed == nullptr ? "no step was measured"
                             : fmt::format("not even {} held: {}; --from begins lower",
                                           shown(failed->plan.load, by), failed->why);
  }
  std::string text =
      shown(result.held, by) + (by == LoadStep::By::kUsers ? " users" : "") + " held";
  if (failed == nullptr) return text + ", and more was not tried";
  return text + fmt::format("; {} {}: {}", shown(failed->plan.load, by),
                            result.end == StepOutcome::kClientGaveIn ? "is not known" : "did not",
                            failed->why);
}

}  // namespace

std::string search_header(LoadStep::By by) {
  return fmt::format(kLine, by == LoadStep::By::kRate ? "rate" : "users", "", "answered", "goodput",
                     "ttft med", "ttft p95", "dur. p95", "failed", "open", "");
}

std::string search_line(const SearchStep& step) {
  return fmt::format(kLine, shown(step.plan.load, step.plan.by), word(step.outcome),
                     fmt::format("{:.4g}/s", step.answered_per_s),
                     fmt::format("{:.4g}/s", step.goodput), time(step.ttft_p50),
                     time(step.ttft_p95), time(step.duration_p95),
                     metrics::format_value(step.failed, Unit::kShare),
                     fmt::format("{:.0f}→{:.0f}", step.open_at_start, step.open_at_end), step.why);
}

std::string search_summary(const LoadSearchResult& result, const SearchOptions& options,
                           const output::SummaryOptions& page_options) {
  output::Page page(page_options);
  page.add_titled("knee", knee_text(result, options.by));
  if (const SearchStep* held = step_at(result, result.held); held != nullptr) {
    page.add_titled("goodput",
                    fmt::format("{:.4g} calls/s and {:.4g} output tokens/s at the knee, "
                                "with {:.0f} calls open",
                                held->goodput, held->output_tokens_per_s, held->open_at_end));
  }
  base::Duration measured{};
  double spent = 0;
  for (const SearchStep& step : result.steps) {
    measured += step.plan.warmup + step.plan.length;
    spent += step.cost_usd;
  }
  page.add_titled("search", fmt::format("{} steps, {} of load, {}", result.steps.size(),
                                        base::format_duration(measured),
                                        metrics::format_value(spent, Unit::kUsd)));
  if (!result.stopped_by.empty()) {
    page.add_titled("stopped", "by " + result.stopped_by +
                                   ", before the knee was as near as "
                                   "--resolution wants");
  }
  return page.take_text();
}

nlohmann::ordered_json search_json(const LoadSearchResult& result, const SearchOptions& options) {
  using Json = nlohmann::ordered_json;
  Json json = {{"schema", "perigee-search"}, {"schema_version", 1}};
  json["by"] = options.by == LoadStep::By::kRate ? "rate" : "users";
  json["arrival"] = options.is_poisson ? "poisson" : "uniform";
  json["objectives"] = options.objectives;
  json["held"] = result.held > 0 ? Json(result.held) : Json();
  json["failed"] = result.failed > 0 ? Json(result.failed) : Json();
  json["ended_by"] = result.end == StepOutcome::kClientGaveIn ? "client" : "service";
  if (result.failed == 0) json["ended_by"] = result.stopped_by.empty() ? "range" : "limit";
  json["stopped_by"] = result.stopped_by.empty() ? Json() : Json(result.stopped_by);
  json["steps"] = Json::array();
  for (const SearchStep& step : result.steps) json["steps"].push_back(to_json(step));
  return json;
}

}  // namespace cli
