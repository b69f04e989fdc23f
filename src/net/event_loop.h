// The loop that a thread lives in: timers, descriptors, and messages from other threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/thread_times.h"

struct event_base;
struct event;

namespace net {

// libevent with a changelist and no locks, and with timers of our own: libevent's precise ones cost
// a system call each turn, ours cost one when the earliest time moves forward.
//
// A turn is: wait until something is due, call back (descriptors, then timers), run the turn's end.
// wake() is when the wait of the current turn ended; data read in this turn arrived after
// previous_wake(), when its socket was last found empty.
//
// Threads: one loop per thread; only post() and stop() may be called from others.
// Errors:  a loop that cannot be made (no descriptors left) throws std::runtime_error.
class EventLoop {
 public:
  using Callback = std::function<void()>;

  // A time at which a callback is due. One shot: arm it again for the next.
  // Lifetime: the loop outlives its timers. Destroying or disarming a timer inside its own callback
  // is allowed.
  class Timer {
   public:
    Timer(EventLoop& loop, Callback callback);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void arm_at(base::TimePoint due);
    void arm_after(base::Duration delay);
    void disarm();
    bool armed() const { return node_.empty(); }

   private:
    friend class EventLoop;
    using Armed = std::multimap<base::TimePoint, Timer*>;
    EventLoop& loop_;
    Callback callback_;
    Armed::iterator place_;  // While armed.
    Armed::node_type node_;  // While not; kept, so that arming never allocates.
  };

  // Watches a descriptor, level-triggered. With no interest it is asleep, and the descriptor may be
  // closed; it must not be closed otherwise.
  enum Interest : unsigned { kNothing = 0, kRead = 1, kWrite = 2 };
  class Watch {
   public:
    using OnReady = std::function<void(unsigned interest)>;
    Watch(EventLoop& loop, int fd, unsigned interest, OnReady on_ready);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    void change(unsigned interest);

   private:
    friend class EventLoop;
    EventLoop& loop_;
    int fd_;
    OnReady on_ready_;
    struct event* event_;
  };

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  base::TimePoint now() const { return clock_.now(); }
  base::TimePoint wake() const { return wake_; }
  base::TimePoint previous_wake() const { return previous_wake_; }

  // True where the wait of this turn began with nothing due, so that whatever woke the loop had
  // only just come.
  bool waited() const { return waited_; }

  // When this turn's wake should have come, at the earliest, as it is known `at`: wake() itself,
  // unless this thread had no core for a while (then that much before), or had none for the whole
  // wait, or the whole process stood still (heartbeat.h; then the previous wake). What a wait ended
  // with came no earlier.
  base::TimePoint should_have_woken(base::TimePoint at) const;

  // From when on what is handled in this turn can have been there.
  base::TimePoint earliest_cause() const { return waited_ ? wake_ : previous_wake_; }

  // Runs turns until stop(). The turn's end runs after the callbacks of each turn, and is the only
  // place from which code that may do anything at all (scripts) is called.
  void run(const Callback& turn_end);
  void stop();

  // Runs the callback in a later turn of this loop. Any thread.
  void post(Callback callback);

  // How long the last turn took from wake to the turn's end; given to the observer after each.
  void observe_turns(std::function<void(base::Duration busy)> observer);

  // For libraries that bring their own events (evhttp).
  event_base* base() { return base_; }

 private:
  void note_wake();
  void set_alarm();
  void run_due_timers();
  void see_run_delay(base::TimePoint at);
  void drain_posted();
  static void on_alarm_event(int fd, short what, void* loop);
  static void on_watch_event(int fd, short what, void* watch);
  static void on_posted_event(int fd, short what, void* loop);

  base::MonotonicClock clock_;
  std::optional<base::RunDelay> run_delay_;  // Of the thread that runs the loop.
  base::Duration run_delay_seen_{};
  base::TimePoint run_delay_seen_at_{};
  base::Duration wait_delay_{};  // How long this thread had no core when it should have woken.
  event_base* base_ = nullptr;
  Timer::Armed timers_;  // Equal times in the order of arming.
  struct event* alarm_event_ = nullptr;
  int alarm_fd_ = -1;
  base::TimePoint alarm_at_ = base::TimePoint::max();  // When alarm_fd_ wakes the loop, if it does.
  struct event* posted_event_ = nullptr;
  int posted_fd_ = -1;
  std::mutex posted_mutex_;
  std::vector<Callback> posted_;
  std::function<void(base::Duration)> turn_observer_;
  base::TimePoint wait_began_{};
  base::TimePoint wake_{};
  base::TimePoint previous_wake_{};
  bool woken_ = false;
  bool waited_ = false;
  bool stopping_ = false;
};

}  // namespace net
