// What rules look at: one run's figures, whether it has just ended or was read from its file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metrics/client_health.h"
#include "metrics/coarse_histogram.h"
#include "metrics/store.h"

namespace analysis {

// A stretch of the run, by what ended within it.
struct Moment {
  double begin_s = 0;  // Since the load's start.
  double end_s = 0;
  double vus = 0;  // At its end.
  double output_tokens = 0;
  double cache_write_tokens = 0;
  std::map<std::string, double> failures;  // Failed requests by kind.
  metrics::CoarseHistogram ttft{};         // What is known only from below is among them.
  metrics::CoarseHistogram itl{};
};

// Lifetime: the store outlives it.
struct Evidence {
  explicit Evidence(const metrics::Store& measured) : store(measured) {}

  const metrics::Store& store;
  base::Duration judged{};     // For how long samples were counted.
  std::vector<Moment> course;  // In order; empty where the run's file does not tell it.
  std::vector<metrics::ClientFinding> client_findings;

  struct Unjudged {
    std::string threshold;
    std::string reason;
  };
  std::vector<Unjudged> unjudged;
};

}  // namespace analysis
