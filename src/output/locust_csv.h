// A run as the four CSV files of Locust, as text. docs/exports.md has what stands for what.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "metrics/store.h"
#include "output/run_result.h"

namespace output {

// What Locust counts of one kind of request.
struct LocustEntry {
  std::string type;  // The method, or "llm".
  std::string name;
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  metrics::Trend times;  // Seconds.
  double bytes = 0;      // Received.
};

// By name, then by type; "Aggregated", of all of them, comes last.
std::vector<LocustEntry> locust_entries(const metrics::Store& store);

// The moment of a row of the history.
struct LocustMoment {
  std::int64_t unix_s = 0;
  std::uint64_t users = 0;
  base::Duration recent_span{};  // What the recent figures are of.
};

std::string locust_stats_header();
std::string locust_history_header();
std::string locust_failures_header();
std::string locust_exceptions_header();

// Rows, each with its end.
std::string locust_stats(const metrics::Store& store, base::Duration span);
// `full`: a row for each entry, with the percentiles of the last seconds; else that of all, with
// those since the start.
std::string locust_history(const metrics::Store& store, const metrics::Store& recent,
                           const LocustMoment& moment, bool full);
std::string locust_failures(const metrics::Store& store);
std::string locust_exceptions(std::span<const ScriptError> errors,
                              std::span<const HookError> hook_errors);

}  // namespace output
