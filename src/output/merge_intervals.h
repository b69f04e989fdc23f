// Intervals of several runs, brought to one grid of time.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/clock.h"
#include "metrics/registry.h"
#include "output/intervals.h"
#include "output/run_result.h"

namespace output {

// A run's intervals, and when it began within the whole.
struct PlacedIntervals {
  const RunResult* result = nullptr;
  const metrics::Registry* registry = nullptr;  // Which the run's metric ids are of.
  base::Duration begin{};
};

// The grid is as wide as the widest interval of any of them, or wider, so that there are at most
// Course::kMostIntervals. What an interval counted is put where it ends; histograms are never
// split. `registry` has all metrics of the runs by name.
void merge_intervals(std::span<const PlacedIntervals> runs, const metrics::Registry& registry,
                     RunResult& into);

}  // namespace output
