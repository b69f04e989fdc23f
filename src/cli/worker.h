// A thread that runs its share of the VUs: event loop, HTTP client, Lua state, metrics shard.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "cli/run_options.h"
#include "client/event_log.h"
#include "client/request_log.h"
#include "load/runner.h"
#include "metrics/shard.h"
#include "script/script.h"

namespace cli {

// What every worker of a run is given. All outlive the workers.
struct WorkerSetup {
  const std::string& script_path;
  const script::Surroundings& surroundings;
  const RunSettings& settings;
  load::SharedPlan& plan;
  client::EventLog* event_log = nullptr;      // May be null.
  client::RequestLog* request_log = nullptr;  // May be null.
  client::Budget* budget = nullptr;           // May be null.
};

// What a worker counted that is no metric.
struct WorkerFacts {
  std::set<std::string> unpriced_models;
  std::uint64_t kernel_stamped_reads = 0;
  std::uint64_t other_reads = 0;
  std::uint64_t hidden_retries = 0;
  std::uint64_t tags_overflowed = 0;
  std::vector<std::uint64_t> active_vus;  // By scenario.
  std::string leftovers;  // What was still open when the load was over; "" for nothing.
};

// In order: it loads the script, runs hooks, carries its load from begin() until load_done(), runs
// hooks again, and ends with finish().
//
// Threads: made, told and joined by the control thread; everything inside is the worker's own.
//          Deltas cross under a mutex, once a second and when the load or a hook ends.
class Worker {
 public:
  Worker(load::Stripe stripe, WorkerSetup setup);
  ~Worker();  // Ends the thread at its next turn, whatever it is doing.

  // Waits until the worker has loaded the script.
  base::Result<void> wait_until_loaded();

  // Starts a hook, one at a time. Its outcome, that of Script::run_hook, is to be had exactly once:
  // also after stop_hook(), as an error then.
  void run_hook(script::Hook hook, std::string argument);
  std::optional<base::Result<std::string>> take_hook_outcome();
  void stop_hook();

  // Gives setup()'s data to the script, which takes its time for much of it.
  void prepare(const std::string& setup_data);
  bool prepared() const { return prepared_.load(std::memory_order_acquire); }

  void begin(base::TimePoint start);
  void stop_gracefully();
  void stop_now();  // Hooks too.
  void pause();
  void resume();
  void set_users(std::size_t scenario, std::uint64_t users);  // As Runner's.
  bool load_done() const { return load_done_.load(std::memory_order_acquire); }

  void finish();
  bool done() const { return done_.load(std::memory_order_acquire); }

  std::vector<metrics::Delta> take_deltas();
  // How many seconds of the load are in what was handed over.
  std::uint64_t seconds_over() const { return seconds_over_.load(std::memory_order_acquire); }
  WorkerFacts facts() const;  // As of the last hand-over.
  std::uint64_t active_vus() const { return active_vus_.load(std::memory_order_relaxed); }
  base::Duration check_watchdog(base::TimePoint now, base::Duration limit);  // As Script's.

 private:
  struct Core;  // What lives on the thread.

  void run();
  void run_core(std::unique_ptr<script::Script> script);
  void post(std::function<void(Core&)> work);
  void hand_over(Core& core, bool apart);
  void end_hook(Core& core, base::Result<std::string> outcome);
  void close_hook(Core& core, const base::Result<std::string>& outcome);
  void end_load(Core& core);

  load::Stripe stripe_;
  WorkerSetup setup_;

  std::promise<base::Result<void>> loaded_;
  std::atomic<bool> prepared_{false};
  std::atomic<std::uint64_t> seconds_over_{0};
  std::atomic<bool> load_done_{false};
  std::atomic<bool> done_{false};
  std::atomic<std::uint64_t> active_vus_{0};
  mutable std::mutex results_mutex_;  // Guards the three below.
  std::vector<metrics::Delta> deltas_;
  WorkerFacts facts_;
  std::optional<base::Result<std::string>> hook_outcome_;
  bool running_ = false;  // The thread's own: it has told that it is loaded.
  bool quit_ = false;     // Guarded by core_mutex_: set when nobody wants the worker any more.
  std::mutex core_mutex_;
  Core* core_ = nullptr;  // Null before it is loaded and after its end.
  std::thread thread_;
};

}  // namespace cli
