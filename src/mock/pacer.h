// Runs what is due at known times: one heap, one timer.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "mock/freeze.h"
#include "net/event_loop.h"

namespace mock {

// Tasks ordered by due time. Tasks with the same due time run in the order in which they were
// queued.
//
// A task may start and cancel tasks, itself too, while it runs.
// Cost: a heap operation per run; a cancelled task's heap entry stays until it would have been due.
class DueQueue {
 public:
  // Returns when to run again, or nothing when done.
  using Task = std::function<std::optional<base::TimePoint>()>;
  struct Id {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;  // 0 is no task's.
  };

  Id start(base::TimePoint due, Task task);
  void cancel(Id id);

  // Runs every task that is due by now, and again if it is due again by now.
  void run_due(base::TimePoint now);

  std::optional<base::TimePoint> next_due() const;

 private:
  struct Slot {
    Task task;
    std::uint32_t generation = 1;
  };
  struct Entry {
    base::TimePoint due;
    std::uint64_t order;
    Id id;
    bool operator>(const Entry& other) const {
      return due != other.due ? due > other.due : order > other.order;
    }
  };

  bool is_live(Id id) const { return slots_[id.slot].generation == id.generation; }
  void push(base::TimePoint due, Id id);
  void run(Id id);

  std::vector<Entry> heap_;
  std::deque<Slot> slots_;  // A deque keeps the running task in place while others are started.
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t pushed_ = 0;
};

// A queue whose tasks run by themselves on a loop. An event of the loop per token would cost more
// than sending the token. In a freeze nothing runs; periods are counted from the pacer's making.
//
// Threads: its loop's.
class Pacer {
 public:
  explicit Pacer(net::EventLoop& loop, Freeze freeze = {});

  DueQueue::Id start(base::TimePoint due, DueQueue::Task task);
  void cancel(DueQueue::Id id) { queue_.cancel(id); }

  // Runs what has become due, without waiting for the timer: for callers that have just kept the
  // loop busy. Not for use inside a task.
  void catch_up();

  // When what is due at that time can go out: the end of the freeze that is on then, or at once.
  base::TimePoint thawed(base::TimePoint due) const { return due + freeze_.left(due - start_); }

 private:
  void arm();

  net::EventLoop& loop_;
  Freeze freeze_;
  base::TimePoint start_;
  DueQueue queue_;
  net::EventLoop::Timer timer_;
  base::TimePoint armed_for_{};
};

}  // namespace mock
