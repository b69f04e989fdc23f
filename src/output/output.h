// Where live and final results go.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "output/run_result.h"

namespace output {

// How far a scenario has come.
struct ScenarioProgress {
  std::string name;
  std::string executor;
  base::Duration start_time{};   // From the load's start.
  base::Duration duration{};     // Of its schedule; of one by iterations the most that it may take.
  std::uint64_t iterations = 0;  // Begun, of a scenario by iterations.
  std::uint64_t planned_iterations = 0;  // 0 where time decides.
  std::uint64_t vus = 0;                 // Active, as of the last second.
};

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
  std::vector<ScenarioProgress> scenarios{};
  std::optional<BudgetUse> budget{};  // `spent` holds no reserves of requests under way.
  metrics::ClientSecond client{};     // Of the last second.
  // What held the client up in one of the last seconds, in words; "" for nothing.
  std::string held_up{};
  bool held_up_before = false;  // In an earlier second.
  std::string keys{};           // Which keys do what; "" where none are read.
};

// Threads: all calls come from the control thread, one at a time; they must not block for long.
class Output {
 public:
  virtual ~Output() = default;
  virtual void on_progress(const Progress& progress) = 0;  // About once a second.
  virtual void on_message(const std::string& line) = 0;    // A log line or a script's error.
  virtual void on_end(const RunResult& result) = 0;        // Once.

  // The process is about to be stopped (Ctrl-Z): the terminal is somebody else's until it goes on.
  virtual void on_suspend() {}
  virtual void on_continue() {}
};

}  // namespace output
