// All executors of one worker, driven by its event loop.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "load/arrival_executor.h"
#include "load/closed_executor.h"
#include "load/plan.h"
#include "load/stripe.h"
#include "net/event_loop.h"

namespace load {

// What the workers of a run share, made once for all of them.
struct SharedPlan {
  explicit SharedPlan(Plan the_plan);

  Plan plan;
  std::vector<std::unique_ptr<SharedIterations>> iterations;  // By scenario; closed ones use it.
  bool users_may_change = false;  // Runner::set_users() may be called. Set before the workers are.
};

// Its timer only sees to it that there is a turn when an executor is due; VUs run from advance(),
// at the turn's end. VUs get ids that are unique over all scenarios: a scenario's follow those of
// the scenarios before it. Those of users that are added come after all that are planned.
//
// Threads:  its worker's, but for active_vus().
// Lifetime: the loop, the shared plan and the shard outlive it.
class Runner {
 public:
  Runner(net::EventLoop& loop, SharedPlan& shared, Stripe stripe, metrics::Shard& shard,
         const MakeVu& make_vu);

  // on_done is posted to the loop once, when all executors are done.
  void begin(base::TimePoint start, net::EventLoop::Callback on_done);

  // The worker calls this at the end of every turn.
  void advance();

  // As the executors'. Not from within a VU's call or callback.
  void stop_gracefully();
  void stop_now();
  void pause();
  void resume();
  // Of a constant-vus scenario, all workers together; of others, nothing.
  void set_users(std::size_t scenario, std::uint64_t users);

  std::vector<std::uint64_t> active_vus_by_scenario() const;
  std::uint64_t active_vus() const { return active_vus_.load(std::memory_order_relaxed); }

 private:
  using Executor = std::variant<ClosedExecutor, ArrivalExecutor>;

  template <typename Call>
  void for_each(const Call& call);
  void settle();  // After anything that may have changed what is due, active or done.
  void arm(std::optional<base::TimePoint> wake);

  net::EventLoop& loop_;
  base::MonotonicClock clock_;
  std::deque<Executor> executors_;  // They stay where they are made.
  net::EventLoop::Timer timer_;
  base::TimePoint armed_for_{};
  net::EventLoop::Callback on_done_;
  std::atomic<std::uint64_t> active_vus_{0};
};

}  // namespace load
