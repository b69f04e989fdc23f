// Where live and final results go.
#pragma once

#include <string>

#include "output/run_result.h"

namespace output {

// The state of a run while it runs.
struct Progress {
  base::Duration elapsed{};
  base::Duration planned{};  // 0 where the end is not known (iterations).
  std::uint64_t vus = 0;
  std::uint64_t max_vus = 0;
  const metrics::Store* store = nullptr;   // Since the start.
  const metrics::Store* recent = nullptr;  // The last recent_span alone, without tags.
  base::Duration recent_span{};
  std::string phase;  // "running", "stopping"
};

// Threads: all calls come from the control thread, one at a time; they must not block for long.
class Output {
 public:
  virtual ~Output() = default;
  virtual void on_progress(const Progress& progress) = 0;  // About once a second.
  virtual void on_message(const std::string& line) = 0;    // A log line or a script's error.
  virtual void on_end(const RunResult& result) = 0;        // Once.
};

}  // namespace output
