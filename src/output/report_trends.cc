#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "output/report_columns.h"
#include "output/report_course.h"
#include "output/report_spans.h"

namespace output {
namespace {

using metrics::Unit;

constexpr std::array kPercentiles = {50.0, 95.0, 99.0};

const IntervalTrend* find_trend(const RunResult& result, metrics::MetricId metric) {
  for (const IntervalTrend& trend : result.interval_series.trends) {
    if (trend.metric == metric && trend.selector.empty()) return &trend;
  }
  return nullptr;
}

// Thresholds on all of the metric whose values share the chart's unit.
std::vector<ChartMark> limits_of(const RunResult& result, metrics::MetricId metric) {
  std::vector<ChartMark> limits;
  for (const auto& [threshold, judgement] : result.thresholds) {
    const bool is_of_values = threshold.aggregate == metrics::Threshold::Aggregate::kPercentile ||
                              threshold.aggregate == metrics::Threshold::Aggregate::kMed;
    if (threshold.metric != metric || !threshold.selector.terms.empty() || !is_of_values) continue;
    limits.push_back({threshold.source, threshold.limit});
  }
  return limits;
}

std::string caption_of(const Chart& chart) {
  const ChartSeries& p95 = chart.series[1];
  std::size_t low = p95.values.size();
  std::size_t high = low;
  for (std::size_t i = 0; i < p95.values.size(); ++i) {
    if (!std::isfinite(p95.values[i])) continue;
    if (low == p95.values.size() || p95.values[i] < p95.values[low]) low = i;
    if (high == p95.values.size() || p95.values[i] > p95.values[high]) high = i;
  }
  const auto at = [&](std::size_t i) {
    const auto sign = p95.signs.find(i);
    const std::string mark = sign == p95.signs.end() ? "" : sign->second;
    return fmt::format("{}{}{} {}", mark == "≥" ? mark : "",
                       metrics::format_value(p95.values[i], Unit::kTime), mark == "~" ? mark : "",
                       span_in_words(chart, i));
  };
  std::string text = fmt::format("p95: lowest {}, highest {}.", at(low), at(high));
  const bool few = std::any_of(chart.series.begin(), chart.series.end(), [](const auto& series) {
    return std::any_of(series.signs.begin(), series.signs.end(),
                       [](const auto& sign) { return sign.second == "~"; });
  });
  if (few) text += " Hollow points rest on fewer samples than their percentile wants (~).";
  return text;
}

}  // namespace

std::optional<Chart> percentiles_over_time(const RunResult& result, const CourseSubject& subject) {
  const IntervalTrend* trend = find_trend(result, subject.metric);
  if (trend == nullptr) return std::nullopt;
  const Columns columns(result.intervals, spans_wanted(samples_of(*trend), 95));
  const std::vector<TrendSpan> spans = spans_of(*trend, columns);
  const auto with_samples =
      std::count_if(spans.begin(), spans.end(), [](const auto& span) { return span.count() > 0; });
  if (with_samples < 2) return std::nullopt;
  Chart chart;
  chart.id = subject.id;
  chart.title = subject.title;
  chart.unit = "s";
  chart.begins = columns.begins();
  chart.ends = columns.ends();
  for (const double percentile : kPercentiles) {
    chart.series.push_back(percentile_of(percentile_name(percentile), spans, percentile));
  }
  add_limits(chart, limits_of(result, subject.metric));
  chart.caption = caption_of(chart);
  return chart;
}

}  // namespace output
