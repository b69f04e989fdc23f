// A thread that runs its share of the VUs: event loop, HTTP client, Lua state, metrics shard.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "client/event_log.h"
#include "load/runner.h"
#include "metrics/shard.h"
#include "script/script.h"

namespace cli {

// Threads: made, told and joined by the control thread; everything inside is the worker's own.
//          Deltas cross under a mutex, once a second and at the end.
class Worker {
 public:
  // `event_log` may be null.
  Worker(load::Stripe stripe, std::string script_path, const script::Surroundings& surroundings,
         load::SharedPlan& plan, client::EventLog* event_log);
  ~Worker();  // Ends the thread at its next turn, whatever it is doing.

  // Waits until the worker has loaded the script.
  base::Result<void> wait_until_loaded();

  void begin(base::TimePoint start);
  void stop_gracefully();
  void stop_now();
  bool done() const { return done_.load(std::memory_order_acquire); }
  void join();

  std::vector<metrics::Delta> take_deltas();
  std::uint64_t active_vus() const;
  base::Duration check_watchdog(base::TimePoint now, base::Duration limit);  // As Script's.

  // After join().
  const std::set<std::string>& unpriced_models() const { return unpriced_models_; }
  std::uint64_t kernel_stamped_reads() const { return kernel_stamped_reads_; }
  std::uint64_t other_reads() const { return other_reads_; }
  std::uint64_t hidden_retries() const { return hidden_retries_; }

 private:
  struct Core;  // What lives on the thread.

  void run();
  void run_core(std::unique_ptr<script::Script> script);
  void post(std::function<void(Core&)> work);
  void hand_over(Core& core);

  load::Stripe stripe_;
  std::string script_path_;
  const script::Surroundings& surroundings_;
  load::SharedPlan& plan_;
  client::EventLog* event_log_;

  std::promise<base::Result<void>> loaded_;
  std::atomic<bool> done_{false};
  std::atomic<std::uint64_t> active_vus_{0};
  std::mutex deltas_mutex_;
  std::vector<metrics::Delta> deltas_;
  std::set<std::string> unpriced_models_;
  std::uint64_t kernel_stamped_reads_ = 0;
  std::uint64_t other_reads_ = 0;
  std::uint64_t hidden_retries_ = 0;
  bool running_ = false;  // The thread's own: it has told that it is loaded.
  bool quit_ = false;     // Guarded by core_mutex_: set when nobody wants the worker any more.
  std::mutex core_mutex_;
  Core* core_ = nullptr;  // Null before it is loaded and after its end.
  std::thread thread_;
};

}  // namespace cli
