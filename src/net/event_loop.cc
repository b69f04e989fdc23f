#include "net/event_loop.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "net/heartbeat.h"

namespace net {
namespace {

// A wait that took longer than this began with nothing ready: polling alone takes microseconds.
constexpr base::Duration kShortestWait = std::chrono::microseconds(200);
// A thread that had no core for longer than this, since it was last looked at, may have woken late.
constexpr base::Duration kShortestDelay = std::chrono::microseconds(500);
constexpr base::Duration kLookEvery = std::chrono::milliseconds(1);

short to_libevent(unsigned interest) {
  short what = EV_PERSIST;
  if (interest & EventLoop::kRead) what |= EV_READ;
  if (interest & EventLoop::kWrite) what |= EV_WRITE;
  return what;
}

itimerspec to_itimerspec(base::TimePoint at) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  // Zero would stop the descriptor's timer.
  const std::int64_t ns = std::max<std::int64_t>(at.time_since_epoch().count(), 1);
  return {.it_interval = {},
          .it_value = {.tv_sec = static_cast<time_t>(ns / kSecond),
                       .tv_nsec = static_cast<long>(ns % kSecond)}};
}

}  // namespace

EventLoop::Timer::Timer(EventLoop& loop, Callback callback)
    : loop_(loop),
      callback_(std::move(callback)),
      place_(loop.timers_.emplace(base::TimePoint::max(), this)) {
  disarm();
}

EventLoop::Timer::~Timer() { disarm(); }

void EventLoop::Timer::arm_at(base::TimePoint due) {
  disarm();
  // Not before this turn's wake: what a turn arms is due in a later one.
  node_.key() = std::max(due, loop_.now());
  place_ = loop_.timers_.insert(std::move(node_));
}

void EventLoop::Timer::arm_after(base::Duration delay) {
  const base::TimePoint now = loop_.now();
  const bool ever = delay < base::TimePoint::max() - now;
  arm_at(ever ? now + delay : base::TimePoint::max());
}

void EventLoop::Timer::disarm() {
  if (armed()) node_ = loop_.timers_.extract(place_);
}

EventLoop::Watch::Watch(EventLoop& loop, int fd, unsigned interest, OnReady on_ready)
    : loop_(loop),
      fd_(fd),
      on_ready_(std::move(on_ready)),
      event_(event_new(loop.base_, fd, to_libevent(interest), &EventLoop::on_watch_event, this)) {
  if (event_ == nullptr) throw std::runtime_error("cannot watch a descriptor");
  if (interest != kNothing) event_add(event_, nullptr);
}

EventLoop::Watch::~Watch() { event_free(event_); }

void EventLoop::Watch::change(unsigned interest) {
  event_del(event_);
  if (interest == kNothing) return;
  event_assign(event_, loop_.base_, fd_, to_libevent(interest), &EventLoop::on_watch_event, this);
  event_add(event_, nullptr);
}

EventLoop::EventLoop() {
  event_config* config = event_config_new();
  // No cached time: it would be read each turn, and only evhttp's time-outs would use it.
  event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST | EVENT_BASE_FLAG_NOLOCK |
                                    EVENT_BASE_FLAG_NO_CACHE_TIME);
  base_ = event_base_new_with_config(config);
  event_config_free(config);
  alarm_fd_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  posted_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (base_ == nullptr || alarm_fd_ < 0 || posted_fd_ < 0) {
    throw std::runtime_error("cannot make an event loop: no descriptors left");
  }
  // Edge-triggered, so that its count of expirations need not be read.
  constexpr short kOnce = EV_READ | EV_ET | EV_PERSIST;
  alarm_event_ = event_new(base_, alarm_fd_, kOnce, &on_alarm_event, this);
  event_add(alarm_event_, nullptr);
  posted_event_ = event_new(base_, posted_fd_, EV_READ | EV_PERSIST, &on_posted_event, this);
  event_add(posted_event_, nullptr);
  wake_ = previous_wake_ = now();
}

EventLoop::~EventLoop() {
  event_free(alarm_event_);
  close(alarm_fd_);
  event_free(posted_event_);
  close(posted_fd_);
  event_base_free(base_);
}

void EventLoop::run(const Callback& turn_end) {
  stopping_ = false;
  run_delay_.emplace();
  while (!stopping_) {
    wait_began_ = now();
    // Not for each turn: that would cost a busy loop more than it tells.
    if (wait_began_ - run_delay_seen_at_ > kLookEvery) see_run_delay(wait_began_);
    woken_ = false;
    const bool due = !timers_.empty() && timers_.begin()->first <= wait_began_;
    if (!due) set_alarm();
    // One look at the descriptors. Without EVLOOP_ONCE it would go on while any of them is ready.
    event_base_loop(base_, due ? EVLOOP_ONCE | EVLOOP_NONBLOCK : EVLOOP_ONCE);
    note_wake();
    run_due_timers();
    turn_end();
    if (turn_observer_) turn_observer_(now() - wake_);
  }
}

void EventLoop::stop() {
  post([this] { stopping_ = true; });
}

void EventLoop::post(Callback callback) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(callback));
  }
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the loop is being woken anyway.
  [[maybe_unused]] const ssize_t written = write(posted_fd_, &one, sizeof one);
}

void EventLoop::observe_turns(std::function<void(base::Duration busy)> observer) {
  turn_observer_ = std::move(observer);
}

// An alarm that comes too early, for a timer that was disarmed, costs less than moving it.
void EventLoop::set_alarm() {
  if (timers_.empty() || alarm_at_ <= timers_.begin()->first) return;
  alarm_at_ = timers_.begin()->first;
  const itimerspec at = to_itimerspec(alarm_at_);
  timerfd_settime(alarm_fd_, TFD_TIMER_ABSTIME, &at, nullptr);
}

// Those that were due when the descriptors were looked at: a time-out is to find what came before.
void EventLoop::run_due_timers() {
  while (!timers_.empty() && timers_.begin()->first <= wake_) {
    Timer& timer = *timers_.begin()->second;
    timer.disarm();
    timer.callback_();
  }
}

void EventLoop::note_wake() {
  if (woken_) return;
  woken_ = true;
  previous_wake_ = wake_;
  wake_ = now();
  waited_ = wake_ - wait_began_ > kShortestWait;
  wait_delay_ = {};
  // A shorter wait bounds by itself how late its end can have been.
  if (wake_ - wait_began_ > kLookEvery) {
    const base::Duration before = run_delay_seen_;
    see_run_delay(wake_);
    wait_delay_ = run_delay_seen_ - before;
  }
}

base::TimePoint EventLoop::should_have_woken(base::TimePoint at) const {
  if (stood_still(wait_began_, at)) return previous_wake_;
  if (wait_delay_ <= kShortestDelay) return wake_;
  const base::TimePoint woken = wake_ - wait_delay_;
  // A wait that never slept may have begun with something ready.
  return woken - wait_began_ > kShortestWait ? woken : previous_wake_;
}

void EventLoop::see_run_delay(base::TimePoint at) {
  if (run_delay_) run_delay_seen_ = run_delay_->total();
  run_delay_seen_at_ = at;
}

void EventLoop::drain_posted() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(posted_fd_, &count, sizeof count);
  std::vector<Callback> ready;
  {
    const std::lock_guard lock(posted_mutex_);
    ready.swap(posted_);
  }
  for (const Callback& callback : ready) callback();
}

void EventLoop::on_alarm_event(int /*fd*/, short /*what*/, void* loop) {
  auto* self = static_cast<EventLoop*>(loop);
  self->note_wake();
  self->alarm_at_ = base::TimePoint::max();
}

void EventLoop::on_watch_event(int /*fd*/, short what, void* watch) {
  auto* self = static_cast<Watch*>(watch);
  self->loop_.note_wake();
  unsigned ready = 0;
  if (what & EV_READ) ready |= kRead;
  if (what & EV_WRITE) ready |= kWrite;
  self->on_ready_(ready);
}

void EventLoop::on_posted_event(int /*fd*/, short /*what*/, void* loop) {
  auto* self = static_cast<EventLoop*>(loop);
  self->note_wake();
  self->drain_posted();
}

}  // namespace net
