// All executors of one worker, driven by its event loop.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "load/executor.h"
#include "load/plan.h"
#include "net/event_loop.h"

namespace load {

// What the workers of a run share, made once for all of them.
struct SharedPlan {
  explicit SharedPlan(Plan plan);
  Plan plan;
  std::vector<std::unique_ptr<SharedIterations>> iterations;  // By scenario.
};

// Threads: its worker's, but for active_vus().
class Runner {
 public:
  Runner(net::EventLoop& loop, SharedPlan& shared, Stripe stripe, metrics::Shard& shard,
         MakeVu make_vu);

  void begin(base::TimePoint start, net::EventLoop::Callback on_done);

  // The worker calls this at the end of each turn in which VUs called back.
  void advance();

  void stop_gracefully();
  void stop_now();

  std::uint64_t active_vus() const { return active_vus_.load(std::memory_order_relaxed); }

 private:
  net::EventLoop& loop_;
  std::vector<std::unique_ptr<Executor>> executors_;
  net::EventLoop::Timer timer_;
  net::EventLoop::Callback on_done_;
  std::atomic<std::uint64_t> active_vus_{0};
};

}  // namespace load
