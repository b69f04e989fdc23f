// What a search's steps came to, over their loads.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/threshold.h"
#include "output/search_html.h"

namespace output {
namespace {

using metrics::Estimate;
using metrics::Unit;
using Steps = std::vector<const SearchedStep*>;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kWide = 20;  // Values farther apart than this share no linear axis.

const char* word(SearchedStep::Outcome outcome) {
  switch (outcome) {
    case SearchedStep::Outcome::kHeld:
      return "held";
    case SearchedStep::Outcome::kFailed:
      return "did not hold";
    case SearchedStep::Outcome::kNotKnown:
      break;
  }
  return "not known";
}

std::string unit_of(const SearchedObjective& objective) {
  if (objective.per_second) return "/s";
  switch (objective.unit) {
    case Unit::kTime:
      return "s";
    case Unit::kShare:
      return "share";
    case Unit::kUsd:
      return "usd";
    case Unit::kNone:
      return "";
    default:
      return " " + std::string(metrics::to_string(objective.unit));
  }
}

std::string value_in_words(double value, const SearchedObjective& objective) {
  return metrics::format_value(value, objective.unit) + (objective.per_second ? "/s" : "");
}

std::string load_in_words(const SearchReport& report, double load) {
  return report.by_rate ? fmt::format("{:.4g}/s", load) : fmt::format("{:.0f} users", load);
}

Steps by_load(const SearchReport& report) {
  Steps steps;
  for (const SearchedStep& step : report.steps) steps.push_back(&step);
  std::stable_sort(steps.begin(), steps.end(),
                   [](const SearchedStep* a, const SearchedStep* b) { return a->load < b->load; });
  return steps;
}

Chart begin(const SearchReport& report, const Steps& steps, std::string id, std::string title,
            std::string unit) {
  Chart chart{.id = std::move(id),
              .title = std::move(title),
              .caption = "",
              .kind = Chart::Kind::kLoads,
              .unit = std::move(unit),
              .series = {}};
  for (const SearchedStep* step : steps) {
    chart.loads.push_back(step->load);
    chart.outcomes.emplace_back(word(step->outcome));
  }
  chart.load_name = report.by_rate ? "calls per second" : "users";
  chart.load_unit = report.by_rate ? "/s" : " users";
  if (report.held > 0) {
    chart.marks = {{"held: " + load_in_words(report, report.held), report.held}};
  }
  return chart;
}

void add(ChartSeries& series, const std::optional<Estimate>& value, bool few_samples = false) {
  series.values.push_back(value ? value->value : kNone);
  if (!value) return;
  if (value->is_lower_bound) {
    series.signs[series.values.size() - 1] = "≥";
  } else if (few_samples) {
    series.signs[series.values.size() - 1] = "~";
  }
}

// A knee lies where a value that hardly moved grows manyfold.
void choose_axis(Chart& chart) {
  double least = std::numeric_limits<double>::infinity();
  const auto take = [&](double value) {
    if (!std::isfinite(value)) return;
    least = std::min(least, value);
    chart.highest = std::max(chart.highest, value);
  };
  for (const ChartSeries& series : chart.series) {
    std::for_each(series.values.begin(), series.values.end(), take);
  }
  for (const ChartMark& limit : chart.limits) take(limit.value);
  chart.logarithmic = least > 0 && chart.highest > kWide * least;
  chart.highest *= 1.05;
}

Chart objective_chart(const SearchReport& report, const Steps& steps, std::size_t index) {
  const SearchedObjective& objective = report.objectives[index];
  Chart chart = begin(report, steps, fmt::format("objective-{}", index + 1), objective.source,
                      unit_of(objective));
  ChartSeries series{"measured", {}};
  const SearchedStep* knee = nullptr;
  for (const SearchedStep* step : steps) {
    const SearchedValue& value = step->values[index];
    add(series, value.measured, value.few_samples);
    if (step->load == report.held) knee = step;
  }
  chart.limits = {{"bound: " + value_in_words(objective.limit, objective), objective.limit}};
  chart.caption = fmt::format("The bound is {}.", value_in_words(objective.limit, objective));
  if (knee != nullptr && knee->values[index].measured) {
    const Estimate& measured = *knee->values[index].measured;
    chart.caption += fmt::format(
        " At {}, the most that held, it was {}{}.", load_in_words(report, report.held),
        measured.is_lower_bound ? "at least " : "", value_in_words(measured.value, objective));
  }
  chart.series = {std::move(series)};
  choose_axis(chart);
  return chart;
}

Chart times_chart(const SearchReport& report, const Steps& steps) {
  Chart chart = begin(report, steps, "times", "Times of requests", "s");
  ChartSeries median{"ttft median", {}};
  ChartSeries p95{"ttft p95", {}};
  ChartSeries duration{"duration p95", {}};
  for (const SearchedStep* step : steps) {
    add(median, step->ttft_p50);
    add(p95, step->ttft_p95);
    add(duration, step->duration_p95);
  }
  chart.caption = "Time to first token, and how long a whole request took.";
  chart.series = {std::move(median), std::move(p95), std::move(duration)};
  choose_axis(chart);
  return chart;
}

Chart goodput_chart(const SearchReport& report, const Steps& steps) {
  Chart chart = begin(report, steps, "goodput", "Answered calls and goodput", "/s");
  ChartSeries goodput{"goodput", {}};
  ChartSeries answered{"answered", {}};
  for (const SearchedStep* step : steps) {
    goodput.values.push_back(step->goodput_per_s);
    answered.values.push_back(step->answered_per_s);
    if (step->load == report.held) {
      chart.caption =
          fmt::format("{:.4g}/s answered at {}, {:.4g}/s of them good.", step->answered_per_s,
                      load_in_words(report, report.held), step->goodput_per_s);
    }
  }
  chart.series = {std::move(goodput), std::move(answered)};
  if (report.by_rate) chart.series.push_back({"asked for", chart.loads});
  choose_axis(chart);
  chart.logarithmic = false;
  return chart;
}

}  // namespace

std::vector<Chart> search_charts(const SearchReport& report) {
  if (report.steps.empty()) return {};
  const Steps steps = by_load(report);
  std::vector<Chart> charts;
  for (std::size_t i = 0; i < report.objectives.size(); ++i) {
    charts.push_back(objective_chart(report, steps, i));
  }
  charts.push_back(goodput_chart(report, steps));
  charts.push_back(times_chart(report, steps));
  return charts;
}

}  // namespace output
