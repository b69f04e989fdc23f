// Runs one worker's part of a scenario whose iterations start at times of their own.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "load/arrivals.h"
#include "load/iteration_recorder.h"
#include "load/plan.h"
#include "load/schedule.h"
#include "load/stripe.h"
#include "load/vu.h"
#include "metrics/shard.h"

namespace load {

// Passive, as ClosedExecutor is: the owner calls advance() at or after next_wake(), and when a VU
// has called back. A VU's callback only notes and records; all that begins, interrupts or destroys
// a VU happens in advance(), stop_gracefully() and stop_now(), which must not be called from within
// a VU's call or callback.
//
// A due start takes a VU that is free, else a new one as long as there are fewer than max_vus. A
// new VU whose class has no on_start begins at once; else its on_start runs first, and the start
// waits for whichever VU is free first. pre_allocated_vus are made when the scenario begins. Of the
// free VUs of a class the most recently used one is taken: its connection is the least likely to
// have been closed, and as few VUs as possible are kept busy. Starts are dealt to the user classes
// by their shares of the slots, and only where a class has no VU for its start another one gets it.
//
// Where all VUs are busy, overflow decides: `drop` counts the start in dropped_iterations; `queue`
// keeps it, and those after it, until a VU is free. vu_wait is the time from due until then.
//
// At the regular end no start is due any more. Those that wait may still begin for graceful_stop,
// as VUs become free; a VU for which none waits goes to on_stop. After that time what is under way
// is interrupted and what still waits is dropped, with its wait so far as a lower bound of vu_wait
// and of iteration_duration_from_due. stop_gracefully() drops what waits at once: nothing new
// begins. On_stop has `kOnStopLimit`. The think time that a VU asks for is ignored.
//
// Slots are striped over the workers; so are the starts, over those workers that have a slot. A
// start waits for a VU of its worker, though one of another worker be free.
//
// While it is paused no start begins, and none is made up for: what waits for a VU when the pause
// begins is dropped with its wait so far as a lower bound, what is due meanwhile is dropped. The
// schedule goes on by the clock, and so do the iterations under way.
//
// Records what ClosedExecutor does, with vu_wait for every start; start_lag is begun − due −
// vu_wait. VUs get ids from 1 by their slot; the Runner makes them unique over all scenarios.
//
// Threads:  its worker's.
// Lifetime: all that the constructor is given outlives it.
// Cost:     O(user classes) for each start and callback, O(1) where nothing is due; waiting starts
//           take no memory, since they stay in the schedule until a VU takes them.
class ArrivalExecutor {
 public:
  static constexpr base::Duration kOnStopLimit = std::chrono::seconds(30);

  ArrivalExecutor(const Scenario& scenario, std::size_t scenario_index, std::uint64_t plan_seed,
                  Stripe stripe, metrics::Shard& shard, const base::Clock& clock, MakeVu make_vu);
  ~ArrivalExecutor();
  ArrivalExecutor(const ArrivalExecutor&) = delete;
  ArrivalExecutor& operator=(const ArrivalExecutor&) = delete;

  // As ClosedExecutor's.
  void begin(base::TimePoint start);
  void advance(base::TimePoint now);
  std::optional<base::TimePoint> next_wake() const;
  void stop_gracefully(base::TimePoint now);
  void stop_now(base::TimePoint now);
  void pause(base::TimePoint now);
  void resume(base::TimePoint now);
  bool done() const { return ended_ && active_ == 0; }
  std::uint64_t active_vus() const { return active_; }

 private:
  struct Slot;

  // The VUs of one user class.
  struct Class {
    std::vector<std::size_t> free;      // Indices into slots_, the most recently used last.
    std::vector<std::uint64_t> unmade;  // Slots without a VU so far, the lowest last.
    std::uint64_t starting = 0;         // VUs in on_start.
  };

  void open();
  std::size_t make_vu(std::size_t user_class);
  void run_on_start(std::size_t index);

  void admit_due(base::TimePoint until, base::TimePoint now);
  bool can_admit() const;
  void admit(const Start& start);
  Start take_next();
  std::optional<std::size_t> find_vu();
  void make_another(std::size_t wanted);
  void run_iteration(std::size_t index, const Start& start, base::Duration vu_wait);

  void note_called_back(std::size_t index);
  void note_iteration_done(std::size_t index);
  void on_called_back(std::size_t index, base::TimePoint now);
  void on_free(std::size_t index, base::TimePoint since, base::TimePoint now);
  std::optional<Start> take_waiting(base::TimePoint at);

  void end(base::TimePoint now);
  void give_up(base::TimePoint now);
  void drop_waiting(base::TimePoint now);
  void give_up_waiting(base::TimePoint now);
  void drop_due(base::TimePoint until);
  void run_on_stop(std::size_t index, base::TimePoint now);
  void limit_on_stop(base::TimePoint now);
  void interrupt(Slot& slot);
  void retire(std::size_t index);

  bool waits_for_begin(base::TimePoint now) const { return !begun_ || now < start_; }
  base::TimePoint due(const Start& start) const { return start_ + start.due; }

  const Scenario& scenario_;
  std::size_t scenario_index_;
  IterationRecorder recorder_;
  const base::Clock& clock_;
  MakeVu make_vu_;
  Arrivals arrivals_;
  std::optional<Start> next_;  // The first start that no VU has taken and that is not in waiting_.
  std::deque<Start> waiting_;  // Due, each with a VU in on_start; all before next_.

  std::vector<Slot> slots_;  // Those with a VU, in the order in which they got it.
  std::vector<Class> classes_;
  ClassTurns turns_;
  std::vector<std::size_t> called_back_;  // Slots whose VU called back since the last advance().
  std::deque<std::size_t> stopping_;      // Slots in on_stop, the first to reach its limit first.
  std::uint64_t free_ = 0;
  std::uint64_t unmade_ = 0;
  std::uint64_t starting_ = 0;
  std::uint64_t active_ = 0;

  base::TimePoint start_{};     // The scenario's: start_time is in it.
  base::TimePoint end_{};       // When no start is due any more.
  base::TimePoint deadline_{};  // When what is under way is interrupted.
  bool begun_ = false;          // begin() was called.
  bool opened_ = false;         // The first VUs are made.
  bool ended_ = false;          // The end has come: free VUs are stopped.
  bool gave_up_ = false;        // The deadline has come.
  bool paused_ = false;
};

}  // namespace load
