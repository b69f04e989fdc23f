// What a run tells of the workload that it was, to plan another one from.
#pragma once

#include "analysis/capacity.h"
#include "analysis/result_reader.h"
#include "base/result.h"

namespace analysis {

// The run's averages over the judged time: calls that began per second, the mean duration of a
// completed request, tokens per request that told its usage, requests per call. The model is the
// one with the most requests. Failed and censored requests count as calls, not towards durations.
//
// Errors: a run without a completed LLM request; begins with `place`.
base::Result<Workload> measured_workload(const StoredRun& run, const std::string& place);

// perigee's own memory by the number of VUs at work, by least squares over the intervals in which
// their number still rose: a process that has grown keeps its memory.
//
// Errors: a run whose number of VUs did not vary enough (by half of its most, over at least three
// intervals) to tell the base from the rest; begins with `place`.
base::Result<MemoryUse> measured_memory(const StoredRun& run, const std::string& place);

// A straight line through points of streams and bytes. Nothing where all have the same number of
// streams, or where it falls.
struct MemoryPoint {
  double streams = 0;
  double bytes = 0;
};
std::optional<MemoryUse> fit_memory(const std::vector<MemoryPoint>& points);

}  // namespace analysis
