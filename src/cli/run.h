// One test run: the control thread.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cli/run_options.h"
#include "cli/worker.h"
#include "metrics/store.h"
#include "output/output.h"
#include "script/notices.h"

namespace cli {

// Starts the workers, and about every 20 ms looks at what came: signals, what scripts say, and each
// second the workers' deltas, from which progress is shown and thresholds may end the run. Then it
// judges, fills the result and tells the outputs.
//
// Threads: the control thread's; SIGINT and SIGTERM must be blocked in all threads.
class Run {
 public:
  Run(RunSettings settings, const RunFlags& flags, script::Surroundings& surroundings,
      std::vector<std::unique_ptr<output::Output>> outputs);

  // Errors: a script that loads here and not in a worker, a machine that cannot hold the load.
  base::Result<output::RunResult> execute();

  // After execute(): a worker is stuck in a C function that a script called, and cannot be joined.
  // The process must end without this object being destroyed.
  bool has_stuck_worker() const { return stuck_; }

 private:
  base::Result<void> start_workers();
  void watch();
  void take_notices();
  void on_signal();
  void on_second();
  void collect();
  void count_own();
  void show_progress();
  void end_early(output::End end, std::string reason);
  void stop_now();
  void check_watchdog(base::TimePoint now);
  bool abort_on_threshold();
  bool all_done() const;
  output::RunResult make_result();
  void add_host_facts(output::RunResult& result) const;
  output::Interval interval() const;
  base::Duration elapsed() const { return clock_.now() - start_; }

  RunSettings settings_;
  const RunFlags& flags_;
  script::Surroundings& surroundings_;
  std::vector<std::unique_ptr<output::Output>> outputs_;
  base::MonotonicClock clock_;

  load::SharedPlan plan_;
  std::unique_ptr<client::EventLog> event_log_;  // Null where events are not logged.
  std::vector<std::unique_ptr<Worker>> workers_;
  metrics::Shard own_shard_;
  metrics::Store store_;
  // The last seconds' deltas, one entry a second: what progress shows as recent.
  std::deque<std::vector<metrics::Delta>> recent_;
  base::TimePoint start_{};
  base::TimePoint next_second_{};
  std::string started_at_;
  output::RunResult result_;
  std::map<std::string, std::uint64_t> script_errors_;
  std::vector<std::uint64_t> tags_overflowed_;  // By worker, since the start.
  bool stopping_ = false;
  bool stuck_ = false;
  int signals_ = 0;
  base::TimePoint stop_now_at_ = base::TimePoint::max();  // When all work was told to end at once.
};

}  // namespace cli
