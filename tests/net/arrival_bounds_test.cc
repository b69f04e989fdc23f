#include "net/arrival_bounds.h"

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include "net/arrival_stamps.h"
#include "net/event_loop.h"

using namespace std::chrono_literals;
using net::ArrivalBounds;
using net::EventLoop;

namespace {

constexpr base::Duration kNotYetSeen = 100us;

ArrivalBounds bounds_of(base::TimePoint arrived, const EventLoop& loop) {
  const net::LastRead read{.arrived = arrived, .handled = loop.now(), .by_kernel = true};
  return net::arrival_bounds(read, loop);
}

// Waits as long as told, and calls with the loop in the turn that the wait ended with. The wait of
// the turn before ended at once.
void after_a_wait(base::Duration wait, const std::function<void(const EventLoop&)>& check) {
  EventLoop loop;
  EventLoop::Timer second(loop, [&] {
    check(loop);
    loop.stop();
  });
  EventLoop::Timer first(loop, [&] { second.arm_after(wait); });
  first.arm_after(0ms);
  loop.run([] {});
}

void keep_to_one_core(int policy) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(sched_getcpu(), &cores);
  pthread_setaffinity_np(pthread_self(), sizeof cores, &cores);
  const sched_param parameters{};
  pthread_setschedparam(pthread_self(), policy, &parameters);
}

// Waits on a core that another thread takes, from before the wait's end until some time after.
// Afterwards this thread is as it was before.
void after_a_wait_without_a_core(base::Duration wait,
                                 const std::function<void(const EventLoop&)>& check) {
  std::thread waiting([&] {
    keep_to_one_core(SCHED_IDLE);
    std::thread other([&] {
      const sched_param parameters{};
      pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters);
      const base::MonotonicClock clock;
      const base::TimePoint until = clock.now() + 2 * wait;
      while (clock.now() < until) {
      }
    });
    after_a_wait(wait, check);
    other.join();
  });
  waiting.join();
}

}  // namespace

TEST_CASE("what came after the last wake, or was stamped just before, had not been there then") {
  after_a_wait(0ms, [](const EventLoop& loop) {
    const base::TimePoint seen = loop.previous_wake() - kNotYetSeen;
    CHECK(bounds_of(loop.previous_wake() + 1us, loop).found_empty == seen);
    CHECK(bounds_of(seen, loop).found_empty == seen);
  });
}

TEST_CASE("of what came before the last wake, and was not found then, nothing is known") {
  after_a_wait(0ms, [](const EventLoop& loop) {
    const base::TimePoint arrived = loop.previous_wake() - kNotYetSeen - 1ns;
    CHECK(bounds_of(arrived, loop).found_empty == base::TimePoint{});
  });
}

TEST_CASE("what a wait ended with came together") {
  after_a_wait(5ms, [](const EventLoop& loop) {
    const base::TimePoint arrived = loop.wake() - 50us;
    CHECK(bounds_of(arrived, loop).earliest == arrived);
    CHECK(bounds_of(loop.wake() + 50us, loop).earliest == loop.wake());
  });
}

TEST_CASE("what a wait would have ended with, had there been a core, came together") {
  constexpr base::Duration kWait = 10ms;
  int late = 0;
  int known = 0;
  for (int i = 0; i < 40; ++i) {
    after_a_wait_without_a_core(kWait, [&](const EventLoop& loop) {
      const base::TimePoint due = loop.previous_wake() + kWait;
      if (loop.wake() - due < 1500us) return;
      ++late;
      const base::TimePoint arrived = due + 250us;
      const base::TimePoint earliest = bounds_of(arrived, loop).earliest;
      CHECK(earliest <= arrived);
      if (earliest > due - 1ms) ++known;
    });
  }
  // The kernel gives this thread the core at its next tick: on many machines up to 4 ms late.
  if (late == 0) WARN("no wait ended late");
  // A machine that stands still as a whole may spoil some.
  CHECK(known >= late / 2);
}
