// A figure's course over one run, for what the run itself can say of the figure's noise.
#pragma once

#include "analysis/block_bootstrap.h"
#include "analysis/indicator.h"
#include "base/result.h"

namespace analysis {

struct IndicatorCourse {
  Rows rows;  // One for each interval, as long as the longest of the file, after the warm-up.
  Statistic statistic;  // The figure itself, on no scale yet.
};

// Errors: why there is none, such as a file of schema version 1, a figure that a sample of
// intervals says nothing of (max), or a run of fewer than ten intervals.
base::Result<IndicatorCourse> indicator_course(const Indicator& figure, const StoredRun& run);

// The value below which a share q of the counts lies. Bucket i holds values in (2^(i/2^scale),
// 2^((i+1)/2^scale)]; within a bucket they are taken to lie evenly on a logarithmic scale, since
// the buckets of intervals are wide. counts[0] are zeros, counts[1] is bucket `first`.
double quantile_of(std::span<const double> counts, int first, int scale, double q);

}  // namespace analysis
