// One test run: the control thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/interventions.h"
#include "cli/keys.h"
#include "cli/ledger.h"
#include "cli/run_options.h"
#include "cli/signals.h"
#include "cli/worker.h"
#include "net/heartbeat.h"
#include "output/output.h"
#include "script/notices.h"

namespace cli {

// Starts the workers, has the script's setup() run, then the load, then teardown(), and judges.
// About every 20 ms it looks at what came: signals, keys, what scripts say, and each second the
// workers' deltas, from which progress is shown and thresholds may end the run.
//
// Threads: the control thread's; SIGINT and SIGTERM must be blocked in all threads.
class Run {
 public:
  Run(RunSettings settings, const RunFlags& flags, const script::Description& description,
      script::Surroundings& surroundings, std::vector<std::unique_ptr<output::Output>> outputs,
      Keys* keys = nullptr);  // Null where none are read; else it outlives this.

  // Errors: a script that loads here and not in a worker, a machine that cannot hold the load.
  base::Result<output::RunResult> execute();

  // After execute(): a worker is stuck in a C function that a script called, and cannot be joined.
  // The process must end without this object being destroyed.
  bool has_stuck_worker() const { return stuck_; }

  // After execute(): a signal asked for the end, be it that the load was already over.
  bool was_signalled() const { return stops_ > 0; }
  // After execute(): why the file of --requests is not whole; "" where it is.
  const std::string& lost_requests() const { return lost_requests_; }

 private:
  base::Result<void> start_workers();
  void run_setup();
  void run_load();
  void run_teardown();
  void run_summary();
  void finish_workers();
  base::Result<void> open_logs();
  void finish_request_log();

  // What the hook returned; its error, or that it was stopped, as an error.
  base::Result<std::string> run_hook(script::Hook hook, const std::string& argument,
                                     base::Duration limit);

  void tick(base::Duration wait);
  void take_notices();
  void on_signal(Signal signal);
  void on_stop(const char* reason);
  void suspend();
  void go_on();
  void take_keys();
  bool takes_changes() const;  // Pauses and changes of the users.
  void toggle_pause();
  void change_users(int direction);
  std::uint64_t most_users() const;
  std::string keys_in_words() const;
  std::vector<output::ScenarioProgress> scenario_progress() const;
  void on_second();
  void collect();
  void count_own();
  void count_vus();
  void show_progress();
  void end_early(output::End end, std::string reason);
  void stop_now();
  void check_watchdog();
  void check_budget();
  bool load_done() const;
  bool second_is_over() const;
  bool warming_up() const { return start_ == base::TimePoint{} || elapsed() < settings_.warmup; }
  void say(const std::string& line);

  output::RunResult make_result() const;
  void add_facts(output::RunResult& result) const;
  void add_definitions(output::RunResult& result);
  base::Duration elapsed() const { return clock_.now() - start_; }

  RunSettings settings_;
  const RunFlags& flags_;
  const script::Description& description_;
  script::Surroundings& surroundings_;
  std::vector<std::unique_ptr<output::Output>> outputs_;
  Keys* keys_;
  base::MonotonicClock clock_;

  load::SharedPlan plan_;
  std::unique_ptr<client::EventLog> event_log_;      // Null where events are not logged.
  std::unique_ptr<client::RequestLog> request_log_;  // Null where requests are not.
  std::unique_ptr<client::Budget> budget_;           // Null where there is none.
  net::Heartbeat heartbeat_;                         // For the workers' loops.
  std::vector<std::unique_ptr<Worker>> workers_;
  Ledger ledger_;
  base::TimePoint start_{};  // Of the load; the epoch before it.
  base::TimePoint next_second_ = base::TimePoint::max();
  std::string started_at_;
  std::string setup_data_;
  bool setup_done_ = false;
  output::RunResult result_;
  std::map<std::string, std::uint64_t> script_errors_;
  bool stopping_ = false;
  bool stuck_ = false;
  std::string lost_requests_;
  bool warned_of_budget_ = false;
  int stops_ = 0;  // How often the user asked for the end.
  Interventions interventions_;
  std::vector<std::uint64_t> users_;  // Of each scenario, as they were changed last.
  bool load_over_ = false;            // Only hooks are to come.
  base::TimePoint stop_now_at_ = base::TimePoint::max();  // When the load was told so.
};

}  // namespace cli
