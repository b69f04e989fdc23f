#include "cli/search_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/duration.h"
#include "cli/version.h"
#include "metrics/threshold.h"
#include "output/table.h"

namespace cli {
namespace {

using metrics::Unit;

// The columns, and how wide each is; negative: its text stands at the left.
constexpr std::array<std::pair<const char*, int>, 9> kColumns = {{{"", 9},
                                                                  {"", -9},
                                                                  {"answered", 8},
                                                                  {"goodput", 8},
                                                                  {"ttft med", 9},
                                                                  {"ttft p95", 9},
                                                                  {"dur. p95", 9},
                                                                  {"failed", 7},
                                                                  {"open", 10}}};

std::string shown(double load, LoadStep::By by) {
  return by == LoadStep::By::kRate ? fmt::format("{:.4g}/s", load) : fmt::format("{:.0f}", load);
}

std::string time(const std::optional<metrics::Estimate>& estimate) {
  if (!estimate) return "–";
  return (estimate->is_lower_bound ? "≥" : "") +
         metrics::format_value(estimate->value, Unit::kTime);
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

// What the search came to: what held, and what speaks against more.
struct Knee {
  std::string held;
  std::string joint;  // Between the two, in one sentence.
  std::string against;
};

Knee knee_of(const LoadSearchResult& result, LoadStep::By by) {
  const SearchStep* failed = step_at(result, result.failed);
  if (result.held == 0) {
    if (failed == nullptr) return {"no step was measured", "", ""};
    return {fmt::format("not even {} held", shown(failed->plan.load, by)), ": ",
            failed->why + "; --from begins lower"};
  }
  const std::string held =
      shown(result.held, by) + (by == LoadStep::By::kUsers ? " users" : "") + " held";
  if (failed == nullptr) return {held, ", and ", "more was not tried"};
  return {held, "; ",
          fmt::format("{} {}: {}", shown(failed->plan.load, by),
                      result.end == StepOutcome::kClientGaveIn ? "is not known" : "did not",
                      failed->why)};
}

output::Headline headline_of(const LoadSearchResult& result, LoadStep::By by) {
  const Knee knee = knee_of(result, by);
  output::Headline headline{.label = knee.held, .detail = knee.against};
  if (result.end == StepOutcome::kClientGaveIn || result.steps.empty()) {
    headline.tone = output::Headline::Tone::kUnsure;
  } else if (result.held == 0) {
    headline.tone = output::Headline::Tone::kBad;
  }
  return headline;
}

std::vector<std::string> columns(LoadStep::By by) {
  std::vector<std::string> names;
  for (const auto& [name, width] : kColumns) names.emplace_back(name);
  names.front() = by == LoadStep::By::kRate ? "rate" : "users";
  return names;
}

std::vector<std::string> cells(const SearchStep& step) {
  return {shown(step.plan.load, step.plan.by),
          std::string(word(step.outcome)),
          fmt::format("{:.4g}/s", step.answered_per_s),
          fmt::format("{:.4g}/s", step.goodput),
          time(step.ttft_p50),
          time(step.ttft_p95),
          time(step.duration_p95),
          metrics::format_value(step.failed, Unit::kShare),
          fmt::format("{:.0f}→{:.0f}", step.open_at_start, step.open_at_end)};
}

std::string line_of(const std::vector<std::string>& cells, const std::string& rest) {
  std::string line;
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const int width = kColumns[i].second;
    const auto columns = static_cast<std::size_t>(std::abs(width));
    line += width < 0 ? output::pad_right(cells[i], columns) : output::pad_left(cells[i], columns);
    line += "  ";
  }
  line += rest;
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

output::Page page_of(const LoadSearchResult& result, const output::SummaryOptions& page_options) {
  output::Page page(page_options);
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
  return page;
}

bool few_samples(const ObjectiveResult& result) {
  return result.objective.aggregate == metrics::Threshold::Aggregate::kPercentile &&
         result.samples < metrics::samples_wanted(result.objective.percentile);
}

output::SearchedStep searched(const SearchStep& step) {
  using Outcome = output::SearchedStep::Outcome;
  output::SearchedStep searched{.load = step.plan.load,
                                .outcome = Outcome::kNotKnown,
                                .why = step.why,
                                .cells = cells(step),
                                .values = {},
                                .answered_per_s = step.answered_per_s,
                                .goodput_per_s = step.goodput,
                                .ttft_p50 = step.ttft_p50,
                                .ttft_p95 = step.ttft_p95,
                                .duration_p95 = step.duration_p95};
  if (step.outcome == StepOutcome::kHeld) searched.outcome = Outcome::kHeld;
  if (step.outcome == StepOutcome::kServerGaveIn) searched.outcome = Outcome::kFailed;
  for (const ObjectiveResult& each : step.objectives) {
    searched.values.push_back({each.measured, few_samples(each)});
  }
  return searched;
}

// As the steps know them, by then with the script's own metrics.
std::vector<output::SearchedObjective> searched_objectives(const LoadSearchResult& result) {
  std::vector<output::SearchedObjective> objectives;
  if (result.steps.empty()) return objectives;
  for (const ObjectiveResult& each : result.steps.front().objectives) {
    objectives.push_back({.source = each.objective.source,
                          .unit = each.unit,
                          .per_second = each.per_second,
                          .limit = each.objective.limit});
  }
  return objectives;
}

}  // namespace

std::string search_header(LoadStep::By by) { return line_of(columns(by), ""); }

std::string search_line(const SearchStep& step) { return line_of(cells(step), step.why); }

std::string search_summary(const LoadSearchResult& result, const SearchOptions& options,
                           const output::SummaryOptions& page_options) {
  output::Page page(page_options);
  const Knee knee = knee_of(result, options.by);
  page.add_titled("knee", knee.held + knee.joint + knee.against);
  return page.take_text() + page_of(result, page_options).take_text();
}

output::SearchReport search_report(const LoadSearchResult& result, const SearchOptions& options) {
  output::SearchReport report;
  report.version = kVersion;
  report.headline = headline_of(result, options.by);
  report.summary = page_of(result, {}).blocks();
  report.by_rate = options.by == LoadStep::By::kRate;
  report.objectives = searched_objectives(result);
  report.columns = columns(options.by);
  for (const SearchStep& step : result.steps) report.steps.push_back(searched(step));
  report.held = result.held;
  return report;
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
