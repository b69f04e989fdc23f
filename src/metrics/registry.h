// All metrics of a run: the built-in ones and those that scripts declare.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "metrics/metric.h"

namespace metrics {

// Threads:  any; every worker loads the script and declares the same metrics.
// Lifetime: references to metrics stay valid as long as the registry.
class Registry {
 public:
  Registry();  // With the built-in metrics.

  // Declares a metric, or returns the id of an equal one.
  // Errors: a name that is not [a-zA-Z_][a-zA-Z0-9_]{0,127}, or one that exists with another type
  // or unit.
  base::Result<MetricId> declare(Metric metric);

  const Metric& at(MetricId id) const;
  std::optional<MetricId> find(std::string_view name) const;
  MetricId size() const;
  std::vector<std::string> names() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Metric> metrics_;  // A deque keeps references valid while it grows.
  std::unordered_map<std::string, MetricId> ids_;
};

}  // namespace metrics
