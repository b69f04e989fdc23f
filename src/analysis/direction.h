// Which way of a metric is the worse one.
#pragma once

#include "metrics/metric.h"

namespace analysis {

enum class Direction {
  kUpIsWorse,    // Latencies, failures, cost.
  kDownIsWorse,  // Throughput, checks that hold.
  kUnknown,      // It may change, and nobody but the user knows whether that is bad.
};

// Of built-in metrics by a table; of a script's own, times are worse when they grow and the others
// are unknown.
Direction direction_of(const metrics::Metric& metric);

}  // namespace analysis
