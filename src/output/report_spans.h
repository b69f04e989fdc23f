// The points of a chart that is made of a run's distributions over time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "output/report_chart.h"
#include "output/report_columns.h"

namespace output {

// A trend's samples of one span of the run.
struct TrendSpan {
  metrics::CoarseHistogram values;
  metrics::CoarseHistogram lower_bounds;
  metrics::CoarseHistogram all;

  std::uint64_t count() const { return all.count(); }
  // As Trend::quantile: marked where it would differ were the unfinished infinitely long.
  metrics::Estimate quantile(double q) const;
};

std::vector<TrendSpan> spans_of(const IntervalTrend& trend, const Columns& columns);

// Without the lower bounds: of what was measured to its end.
std::uint64_t samples_of(const IntervalTrend& trend);

// For so many samples: so that most spans have what the percentile wants, but never few spans.
std::size_t spans_wanted(std::uint64_t samples, double percentile);

// "", "s", "share", "usd", …: as Chart::unit has it.
std::string chart_unit(metrics::Unit unit);

// The index of the highest value; none where all are NaN.
std::optional<std::size_t> highest_of(const std::vector<double>& values);

// "from 10s to 12s"
std::string span_in_words(const Chart& chart, std::size_t i);

std::string percentile_name(double percentile);  // "median", "p95", "p99.9"

// The spans' percentiles as a line: with its signs, NaN where a span has no samples.
ChartSeries percentile_of(std::string label, const std::vector<TrendSpan>& spans,
                          double percentile);

// Limits of thresholds, and room for them; those far above all values would flatten the lines and
// are left out.
void add_limits(Chart& chart, const std::vector<ChartMark>& limits);

}  // namespace output
