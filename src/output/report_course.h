// The charts over a run's time that are made of its intervals' distributions.
#pragma once

#include <optional>

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

}  // namespace output
