#include "output/report_spans.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace output {
namespace {

constexpr std::size_t kMostSpans = 150;
constexpr std::size_t kFewestSpans = 24;  // Where the run has as many intervals.
constexpr double kFarLimit = 2.5;         // Of the highest value.

using metrics::CoarseHistogram;
using metrics::Estimate;

}  // namespace

Estimate TrendSpan::quantile(double q) const {
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

std::vector<TrendSpan> spans_of(const IntervalTrend& trend, const Columns& columns) {
  std::vector<TrendSpan> spans(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    for (std::size_t k = columns.first(i); k <= columns.last(i); ++k) {
      spans[i].values.merge(trend.values[k]);
      if (!trend.lower_bounds.empty()) spans[i].lower_bounds.merge(trend.lower_bounds[k]);
    }
    spans[i].all = spans[i].values;
    spans[i].all.merge(spans[i].lower_bounds);
  }
  return spans;
}

std::uint64_t samples_of(const IntervalTrend& trend) {
  std::uint64_t samples = 0;
  for (const CoarseHistogram& values : trend.values) samples += values.count();
  return samples;
}

std::size_t spans_wanted(std::uint64_t samples, double percentile) {
  const std::uint64_t enough = std::max<std::uint64_t>(metrics::samples_wanted(percentile), 1);
  return std::clamp<std::size_t>(samples / enough, kFewestSpans, kMostSpans);
}

std::string chart_unit(metrics::Unit unit) {
  switch (unit) {
    case metrics::Unit::kTime:
      return "s";
    case metrics::Unit::kShare:
      return "share";
    case metrics::Unit::kUsd:
      return "usd";
    case metrics::Unit::kBytes:
      return " B";
    case metrics::Unit::kTokensPerSecond:
      return " tokens/s";
    case metrics::Unit::kTokens:
    case metrics::Unit::kEvents:
    case metrics::Unit::kNone:
      break;
  }
  return "";
}

std::optional<std::size_t> highest_of(const std::vector<double>& values) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i]) && (!found || values[i] > values[*found])) found = i;
  }
  return found;
}

std::string span_in_words(const Chart& chart, std::size_t i) {
  return fmt::format("from {} to {}", metrics::format_seconds(base::from_seconds(chart.begins[i])),
                     metrics::format_seconds(base::from_seconds(chart.ends[i])));
}

std::string percentile_name(double percentile) {
  return percentile == 50 ? "median" : fmt::format("p{}", percentile);
}

ChartSeries percentile_of(std::string label, const std::vector<TrendSpan>& spans,
                          double percentile) {
  ChartSeries series{std::move(label), {}};
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

void add_limits(Chart& chart, const std::vector<ChartMark>& limits) {
  double highest = 0;
  for (const ChartSeries& series : chart.series) {
    for (const double value : series.values) {
      if (std::isfinite(value)) highest = std::max(highest, value);
    }
  }
  chart.highest = std::max(chart.highest, highest);
  for (const ChartMark& limit : limits) {
    if (limit.value > kFarLimit * highest) continue;
    chart.limits.push_back(limit);
    chart.highest = std::max(chart.highest, limit.value * 1.1);
  }
}

}  // namespace output
