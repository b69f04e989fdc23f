#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "output/report_columns.h"
#include "output/report_course.h"

namespace output {
namespace {

using metrics::CoarseHistogram;
using metrics::Estimate;
using metrics::Unit;

constexpr std::size_t kMostSpans = 150;
constexpr std::size_t kFewestSpans = 24;  // Where the run has as many intervals.
constexpr std::array kPercentiles = {50.0, 95.0, 99.0};
constexpr double kFarLimit = 2.5;  // Of the highest value: farther up it would flatten the lines.

const IntervalTrend* find_trend(const RunResult& result, metrics::MetricId metric) {
  for (const IntervalTrend& trend : result.interval_series.trends) {
    if (trend.metric == metric && trend.selector.empty()) return &trend;
  }
  return nullptr;
}

struct Span {
  CoarseHistogram values;
  CoarseHistogram lower_bounds;
  CoarseHistogram all;

  std::uint64_t count() const { return all.count(); }

  // As Trend::quantile: marked where it would differ were the unfinished infinitely long.
  Estimate quantile(double q) const {
    Estimate estimate{all.quantile(q)};
    if (lower_bounds.empty()) return estimate;
    const double finished = static_cast<double>(values.count());
    const double rank = static_cast<double>(metrics::Histogram::rank(q, count()));
    if (rank > finished) {
      estimate.is_lower_bound = true;
      return estimate;
    }
    // Clamped to other extremes, one bucket's values differ by less than it is wide.
    const double same_bucket = std::pow(2, 0.75 / std::pow(2, all.scale()));
    estimate.is_lower_bound = values.quantile(rank / finished) > same_bucket * estimate.value;
    return estimate;
  }
};

std::vector<Span> spans_of(const IntervalTrend& trend, const Columns& columns) {
  std::vector<Span> spans(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t k = columns.first(i); k <= columns.last(i); ++k) {
      spans[i].values.merge(trend.values[k]);
      spans[i].lower_bounds.merge(trend.lower_bounds[k]);
    }
    spans[i].all = spans[i].values;
    spans[i].all.merge(spans[i].lower_bounds);
  }
  return spans;
}

std::size_t spans_wanted(const IntervalTrend& trend) {
  std::uint64_t samples = 0;
  for (const CoarseHistogram& values : trend.values) samples += values.count();
  const std::uint64_t enough = metrics::samples_wanted(95);
  return std::clamp<std::size_t>(samples / enough, kFewestSpans, kMostSpans);
}

ChartSeries percentile_of(const std::vector<Span>& spans, double percentile) {
  ChartSeries series{percentile == 50 ? "median" : fmt::format("p{:.0f}", percentile), {}};
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].count() == 0) {
      series.values.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const Estimate estimate = spans[i].quantile(percentile / 100);
    series.values.push_back(estimate.value);
    if (estimate.is_lower_bound) {
      series.signs[i] = "≥";
    } else if (spans[i].count() < metrics::samples_wanted(percentile)) {
      series.signs[i] = "~";
    }
  }
  return series;
}

// Thresholds on all of the metric whose values share the chart's unit.
void add_limits(const RunResult& result, metrics::MetricId metric, Chart& chart) {
  double highest = 0;
  for (const ChartSeries& series : chart.series) {
    for (const double value : series.values) {
      if (std::isfinite(value)) highest = std::max(highest, value);
    }
  }
  chart.highest = highest;
  for (const auto& [threshold, judgement] : result.thresholds) {
    const bool is_of_values = threshold.aggregate == metrics::Threshold::Aggregate::kPercentile ||
                              threshold.aggregate == metrics::Threshold::Aggregate::kMed;
    if (threshold.metric != metric || !threshold.selector.terms.empty() || !is_of_values) continue;
    if (threshold.limit > kFarLimit * highest) continue;
    chart.limits.push_back({threshold.source, threshold.limit});
    chart.highest = std::max(chart.highest, threshold.limit * 1.1);
  }
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
    return fmt::format("{}{}{} from {} to {}", mark == "≥" ? mark : "",
                       metrics::format_value(p95.values[i], Unit::kTime), mark == "~" ? mark : "",
                       metrics::format_seconds(base::from_seconds(chart.begins[i])),
                       metrics::format_seconds(base::from_seconds(chart.ends[i])));
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
  const Columns columns(result.intervals, spans_wanted(*trend));
  const std::vector<Span> spans = spans_of(*trend, columns);
  const auto with_samples =
      std::count_if(spans.begin(), spans.end(), [](const Span& span) { return span.count() > 0; });
  if (with_samples < 2) return std::nullopt;
  Chart chart;
  chart.id = subject.id;
  chart.title = subject.title;
  chart.unit = "s";
  chart.begins = columns.begins();
  chart.ends = columns.ends();
  for (const double percentile : kPercentiles) {
    chart.series.push_back(percentile_of(spans, percentile));
  }
  add_limits(result, subject.metric, chart);
  chart.caption = caption_of(chart);
  return chart;
}

}  // namespace output
