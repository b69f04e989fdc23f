// Charts over time of the parts of a run that thresholds and objectives name.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "output/report_course.h"
#include "output/report_spans.h"

namespace output {
namespace {

using Aggregate = metrics::Threshold::Aggregate;

constexpr std::size_t kMostLines = 6;
constexpr double kUsualPercentile = 95;

struct Line {
  const IntervalTrend* trend = nullptr;
  double percentile = kUsualPercentile;

  bool operator==(const Line&) const = default;
};

// What is drawn of one metric.
struct Named {
  std::vector<Line> lines;
  std::vector<ChartMark> limits;

  void add(const Line& line) {
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  }
};

const IntervalTrend* find_trend(const RunResult& result, metrics::MetricId metric,
                                const std::string& selector) {
  for (const IntervalTrend& trend : result.interval_series.trends) {
    if (trend.metric == metric && trend.selector == selector) return &trend;
  }
  return nullptr;
}

const CourseSubject* find_subject(const std::vector<CourseSubject>& drawn,
                                  metrics::MetricId metric) {
  const auto found = std::find_if(drawn.begin(), drawn.end(), [&](const CourseSubject& subject) {
    return subject.metric == metric;
  });
  return found == drawn.end() ? nullptr : &*found;
}

std::map<metrics::MetricId, Named> named_by(const RunResult& result,
                                            const std::vector<CourseSubject>& drawn) {
  std::map<metrics::MetricId, Named> all;
  const auto find = [&](metrics::MetricId metric, const std::string& selector) {
    const bool is_drawn = selector.empty() && find_subject(drawn, metric) != nullptr;
    return is_drawn ? nullptr : find_trend(result, metric, selector);
  };
  for (const auto& [threshold, judgement] : result.thresholds) {
    const IntervalTrend* trend = find(threshold.metric, threshold.selector.to_string());
    if (trend == nullptr) continue;
    Named& named = all[threshold.metric];
    if (threshold.aggregate == Aggregate::kPercentile) {
      named.add({trend, threshold.percentile});
    } else {
      named.add({trend, threshold.aggregate == Aggregate::kMed ? 50 : kUsualPercentile});
    }
    if (threshold.aggregate == Aggregate::kPercentile || threshold.aggregate == Aggregate::kMed) {
      named.limits.push_back({threshold.source, threshold.limit});
    }
  }
  for (const metrics::Objective& objective : result.objectives) {
    const IntervalTrend* trend = find(objective.metric, "");
    if (trend == nullptr) continue;
    all[objective.metric].add({trend});
    all[objective.metric].limits.push_back({objective.source, objective.limit});
  }
  return all;
}

std::string label_of(const Line& line) {
  const std::string percentile = percentile_name(line.percentile);
  return line.trend->selector.empty() ? percentile : line.trend->selector + " " + percentile;
}

// Of the line with the fewest samples, so that it too has enough.
std::size_t spans_for(const std::vector<Line>& lines) {
  std::size_t spans = spans_wanted(samples_of(*lines[0].trend), lines[0].percentile);
  for (const Line& line : lines) {
    spans = std::min(spans, spans_wanted(samples_of(*line.trend), line.percentile));
  }
  return spans;
}

std::string caption_of(const Chart& chart, metrics::Unit unit, std::size_t left_out) {
  std::vector<std::string> highest;
  for (const ChartSeries& series : chart.series) {
    const auto at = highest_of(series.values);
    if (!at) continue;
    const auto sign = series.signs.find(*at);
    const std::string mark = sign == series.signs.end() ? "" : sign->second;
    highest.push_back(fmt::format("{} {}{}{} {}", series.label, mark == "≥" ? mark : "",
                                  metrics::format_value(series.values[*at], unit),
                                  mark == "~" ? mark : "", span_in_words(chart, *at)));
  }
  std::string text = "Highest: " + base::join(highest, "; ") + ".";
  if (left_out > 0) text += fmt::format(" {} more are not drawn.", left_out);
  return text;
}

}  // namespace

std::vector<Chart> named_trends_over_time(const RunResult& result,
                                          const std::vector<CourseSubject>& drawn) {
  std::vector<Chart> charts;
  for (auto& [metric, named] : named_by(result, drawn)) {
    const std::size_t left_out =
        named.lines.size() > kMostLines ? named.lines.size() - kMostLines : 0;
    named.lines.resize(named.lines.size() - left_out);
    const metrics::Metric& about = result.store->registry().at(metric);
    const CourseSubject* subject = find_subject(drawn, metric);
    const Columns columns(result.intervals, spans_for(named.lines));
    if (columns.size() < 2) continue;
    Chart chart;
    chart.id = fmt::format("time-named-{}", metric);
    chart.title = subject == nullptr ? about.name : fmt::format("{}: by selector", subject->title);
    chart.unit = chart_unit(about.unit);
    chart.begins = columns.begins();
    chart.ends = columns.ends();
    for (const Line& line : named.lines) {
      chart.series.push_back(
          percentile_of(label_of(line), spans_of(*line.trend, columns), line.percentile));
    }
    add_limits(chart, named.limits);
    chart.caption = caption_of(chart, about.unit, left_out);
    charts.push_back(std::move(chart));
  }
  return charts;
}

}  // namespace output
