// The charts over a run's time that are made of its intervals' distributions.
#pragma once

#include <optional>
#include <vector>

#include "output/report_chart.h"

namespace output {

struct CourseSubject {
  const char* id;
  const char* title;
  metrics::MetricId metric;
};

// Median, p95 and p99 of each span of the run, with the limits that thresholds set on the whole
// metric. Spans are as long as it takes for most to have samples enough. Nothing where the file has
// no distributions of it, or of fewer than two spans.
std::optional<Chart> percentiles_over_time(const RunResult& result, const CourseSubject& subject);

// What thresholds and objectives name and no other chart shows: selected parts of the `drawn`
// metrics, parts and the whole of others. A chart for each metric, with the percentiles that the
// thresholds are on, or else p95.
std::vector<Chart> named_trends_over_time(const RunResult& result,
                                          const std::vector<CourseSubject>& drawn);

// Shares over time: of requests that failed, of checks that held, and of what thresholds name. A
// chart in which all lines stay at 0, or all at 1, is left out: the tables say it.
std::vector<Chart> rates_over_time(const RunResult& result);

}  // namespace output
