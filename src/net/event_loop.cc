#include "net/event_loop.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/eventfd.h>
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

timeval to_timeval(base::Duration delay) {
  // Rounded up: a timer that fires a microsecond late is right, one that fires early is not.
  constexpr std::int64_t kMost = 1'000'000'000'000'000;  // 30 years, in microseconds.
  const auto us = std::clamp<std::int64_t>(delay.count() / 1000 + 1, 0, kMost);
  return {.tv_sec = static_cast<time_t>(us / 1'000'000),
          .tv_usec = static_cast<suseconds_t>(us % 1'000'000)};
}

}  // namespace

EventLoop::Timer::Timer(EventLoop& loop, Callback callback)
    : loop_(loop),
      callback_(std::move(callback)),
      event_(event_new(loop.base_, -1, 0, &EventLoop::on_timer_event, this)) {
  if (event_ == nullptr) throw std::runtime_error("cannot make a timer");
}

EventLoop::Timer::~Timer() { event_free(event_); }

void EventLoop::Timer::arm_at(base::TimePoint due) { arm_after(due - loop_.now()); }

void EventLoop::Timer::arm_after(base::Duration delay) {
  const timeval tv = to_timeval(delay);
  event_add(event_, &tv);
  armed_ = true;
}

void EventLoop::Timer::disarm() {
  if (!armed_) return;
  event_del(event_);
  armed_ = false;
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
  // The cached time would make a timer armed late in a long turn fire early by as much.
  event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST | EVENT_BASE_FLAG_NOLOCK |
                                    EVENT_BASE_FLAG_PRECISE_TIMER | EVENT_BASE_FLAG_NO_CACHE_TIME);
  base_ = event_base_new_with_config(config);
  event_config_free(config);
  posted_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (base_ == nullptr || posted_fd_ < 0) {
    throw std::runtime_error("cannot make an event loop: no descriptors left");
  }
  posted_event_ = event_new(base_, posted_fd_, EV_READ | EV_PERSIST, &on_posted_event, this);
  event_add(posted_event_, nullptr);
  wake_ = previous_wake_ = now();
}

EventLoop::~EventLoop() {
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
    event_base_loop(base_, EVLOOP_ONCE);
    note_wake();
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
  return wait_delay_ > kShortestDelay ? std::max(wait_began_, wake_ - wait_delay_) : wake_;
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

void EventLoop::on_timer_event(int /*fd*/, short /*what*/, void* timer) {
  auto* self = static_cast<Timer*>(timer);
  self->loop_.note_wake();
  self->armed_ = false;
  self->callback_();
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
