// Failed requests by what they failed with.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "metrics/store.h"

namespace output {

// Kind and number, the most frequent first: the counter llm_requests or http_reqs by its tag
// `error`, of requests with the outcome failed.
std::vector<std::pair<std::string, double>> failure_counts(const metrics::Store& store,
                                                           metrics::MetricId metric,
                                                           const metrics::Selector& selector = {});

}  // namespace output
