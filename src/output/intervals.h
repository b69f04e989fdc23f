// A run over time, as the result file has it: rows of running totals, and distributions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "metrics/client_health.h"
#include "metrics/coarse_histogram.h"
#include "metrics/metric.h"

namespace output {

// Cumulative numbers at an interval's end.
struct Interval {
  double elapsed_s = 0;  // The interval's end, since the load's start.
  std::uint64_t vus = 0;
  double iterations = 0;
  double http_reqs = 0;
  double llm_requests = 0;
  double llm_requests_failed = 0;
  double output_tokens = 0;
  double cost_usd = 0;
  // The shares of the provider's buckets that were used up when last heard of; below 0 for unknown.
  double requests_used = -1;
  double tokens_used = -1;
  double input_tokens_used = -1;
  double output_tokens_used = -1;
  double input_tokens = 0;
  double cache_read_tokens = 0;
  double cache_write_tokens = 0;
  metrics::ClientSecond client{};  // Of the interval's worst second: no totals.
};

// One value for each interval, as has every vector below. A selector is "" for all of a metric,
// else as Selector::to_string() has it.
struct IntervalTrend {
  metrics::MetricId metric = 0;
  std::string selector;
  // Of each interval alone: what was measured to its end, and what is known only from below; the
  // latter is an empty vector where there was none in any interval.
  std::vector<metrics::CoarseHistogram> values;
  std::vector<metrics::CoarseHistogram> lower_bounds;
};

struct IntervalRate {
  metrics::MetricId metric = 0;
  std::string selector;
  std::vector<std::uint64_t> trues;  // Cumulative, as are the totals.
  std::vector<std::uint64_t> totals;
};

struct IntervalSeries {
  std::map<std::string, std::vector<double>> failures;  // Failed requests by kind, cumulative.
  std::vector<IntervalTrend> trends;
  std::vector<IntervalRate> rates;
};

}  // namespace output
