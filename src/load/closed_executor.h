// Runs one worker's VUs of a scenario in which VUs begin iterations whenever they are free.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "load/alarms.h"
#include "load/iteration_recorder.h"
#include "load/plan.h"
#include "load/stripe.h"
#include "load/vu.h"
#include "metrics/shard.h"

namespace load {

// What the workers share of one closed scenario; the only thing on the hot path that they do.
struct SharedIterations {
  std::atomic<std::uint64_t> taken{0};  // Iterations begun by all workers, or, near the end, tried.
};

// Passive: the owner calls advance() at or after next_wake(), and when a VU has called back; it is
// handed the time, so a test needs no clock but its own. A VU's callback only notes and records;
// all that begins, interrupts or destroys a VU happens in advance(), stop_gracefully() and
// stop_now(), which must not be called from within a VU's call or callback.
//
// A VU's life: on_start, then iterations with the think time between them, then on_stop. When its
// span ends (or the executor is stopped) a VU between iterations goes to on_stop at once, and one
// inside an iteration or on_start may finish it and is then interrupted: after graceful_stop, or,
// where a ramp down took it, after graceful_ramp_down but no later than graceful_stop after the
// ramp's end. On_stop itself has `kOnStopLimit`, then it is interrupted too. A slot that is wanted
// again while its VU may still finish keeps that VU; later it gets a new one with the same id.
//
// An iteration is due when its VU is free for it: when on_start, or the iteration and the think
// time before it, are over. Its number is its turn among those of all workers.
//
// While it is paused no VU starts and no iteration begins; what is under way goes on, think times
// and the plan's end keep their times. An iteration that was held is due when the pause is over.
//
// constant-vus lets its users be changed where allow_changes() was called. Slots from the new
// number on are taken out as a ramp down takes them: what is under way may finish, for
// graceful_ramp_down. Slots that are added begin at once.
//
// Records iterations, iteration_duration (from begun), iteration_duration_from_due, start_lag
// (begun − due; a think time's end is a due time too) and interrupted_iterations, each with the
// VU's tags. An interrupted iteration gives a lower bound of both durations and its start_lag.
//
// VUs get ids from 1 by their slot; the Runner makes them unique over all scenarios.
//
// Threads:  its worker's; `shared` is shared by the executors of the same scenario.
// Lifetime: all that the constructor is given outlives it.
// Cost:     O(log slots) for each VU that has something to do, nothing for the others.
class ClosedExecutor {
 public:
  static constexpr base::Duration kOnStopLimit = std::chrono::seconds(30);

  ClosedExecutor(const Scenario& scenario, std::size_t scenario_index, Stripe stripe,
                 SharedIterations& shared, metrics::Shard& shard, const base::Clock& clock,
                 MakeVu make_vu);
  ~ClosedExecutor();
  ClosedExecutor(const ClosedExecutor&) = delete;
  ClosedExecutor& operator=(const ClosedExecutor&) = delete;

  // The test begins at `start`; start_time counts from it. Call once, before advance().
  void begin(base::TimePoint start);

  void advance(base::TimePoint now);

  // When advance() has something to do next without any VU calling back.
  std::optional<base::TimePoint> next_wake() const;

  // No new VUs or iterations; what is under way may finish for graceful_stop, and what already had
  // to finish earlier still has to.
  void stop_gracefully(base::TimePoint now);

  void pause(base::TimePoint now);
  void resume(base::TimePoint now);

  // Before begin(): without VUs the executor is not done before its end, since some may be added.
  void allow_changes();
  // Of all workers together. Does nothing where changes were not allowed, and after the end.
  void set_users(std::uint64_t users, base::TimePoint now);

  // Interrupts everything, on_stop included, and makes the executor done.
  void stop_now(base::TimePoint now);

  bool done() const { return unfinished_ == 0 && !open_; }  // No VU left and none to come.
  std::uint64_t active_vus() const { return active_; }

 private:
  struct Slot;

  // What each state does when its alarm goes off or when its VU calls back.
  void on_alarm(std::size_t index, base::TimePoint now);
  void on_called_back(std::size_t index, base::TimePoint now);

  void begin_span(std::size_t index, base::TimePoint now);
  void next_iteration(std::size_t index, base::TimePoint now);
  void run_iteration(std::size_t index);
  void end_under_way(std::size_t index, base::TimePoint deadline);
  void keep_or_interrupt(std::size_t index, base::TimePoint now);
  void run_on_stop(std::size_t index, base::TimePoint now);
  void retire(std::size_t index);

  void note_called_back(std::size_t index);
  void note_iteration_done(std::size_t index, base::Duration think_time);
  void interrupt(Slot& slot);

  void add_slots(std::uint64_t users);
  void want(std::size_t index, base::TimePoint now);
  void unwant(std::size_t index, base::TimePoint now);

  base::TimePoint end() const { return start_ + scenario_.regular_duration(); }
  base::TimePoint graceful_deadline(base::TimePoint span_end) const;
  bool iterations_left(const Slot& slot, base::TimePoint now);
  bool shared_left(base::TimePoint now);
  bool take_iteration(Slot& slot, base::TimePoint now);
  void end_waiting(base::TimePoint now);

  const Scenario& scenario_;
  std::size_t scenario_index_;
  Stripe stripe_;
  SharedIterations& shared_;
  IterationRecorder recorder_;
  const base::Clock& clock_;
  MakeVu make_vu_;
  base::TimePoint start_{};  // The scenario's: start_time is in it.
  std::vector<Slot> slots_;  // Those of our stripe.
  Alarms alarms_;            // By index into slots_: when a slot has something to do by itself.
  std::vector<std::size_t> called_back_;  // Slots whose VU called back since the last advance().
  std::size_t unfinished_ = 0;            // Slots with a VU or with a span to come.
  std::uint64_t active_ = 0;              // Slots with a VU.
  bool exhausted_ = false;                // All shared iterations are taken.
  bool paused_ = false;
  bool begun_ = false;
  bool open_ = false;  // Users may be added.
};

}  // namespace load
