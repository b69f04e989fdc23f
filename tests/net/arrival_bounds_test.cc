#include "net/arrival_bounds.h"

#include <pthread.h>
#include <sched.h>

#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include "base/thread_times.h"
#include "net/arrival_stamps.h"
#include "net/event_loop.h"
#include "net/heartbeat.h"

using namespace std::chrono_literals;
using net::ArrivalBounds;
using net::EventLoop;

namespace {

constexpr base::Duration kNotYetSeen = 100us;

ArrivalBounds bounds_of(base::TimePoint arrived, const EventLoop& loop, bool by_kernel = true) {
  const net::LastRead read{.arrived = arrived, .handled = loop.now(), .by_kernel = by_kernel};
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

// after_a_wait() on a core that another thread takes until the wait should long have ended. Who may
// not raise a thread's policy has two idle ones, of which neither takes the other's core at once.
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
  // On a busy machine the timer may be due before the wait begins.
  bool waited = false;
  for (int i = 0; i < 20 && !waited; ++i) {
    after_a_wait(5ms, [&](const EventLoop& loop) {
      waited = loop.waited();
      if (!waited) return;
      const base::TimePoint arrived = loop.wake() - 50us;
      CHECK(bounds_of(arrived, loop).earliest == arrived);
      CHECK(bounds_of(loop.wake() + 50us, loop).earliest == loop.wake());
      const ArrivalBounds by_loop = bounds_of(arrived, loop, false);
      CHECK(by_loop.earliest == by_loop.found_empty);
    });
  }
  CHECK(waited);
}

TEST_CASE("what came while there was no core came after the wake that should have been") {
  constexpr base::Duration kWait = 10ms;
  int late = 0;
  int known = 0;
  for (int i = 0; i < 40; ++i) {
    after_a_wait_without_a_core(kWait, [&](const EventLoop& loop) {
      const base::TimePoint due = loop.previous_wake() + kWait;
      const bool told = base::RunDelay().total() > base::Duration::zero();
      if (!told || loop.wake() - due < 1500us) return;
      ++late;
      const base::TimePoint arrived = due + 250us;
      const base::TimePoint earliest = bounds_of(arrived, loop).earliest;
      CHECK(earliest <= arrived);
      if (earliest > due - 1ms) ++known;
      // Where the whole process stood still, nothing says when the loop would have woken.
      net::beat(loop.wake() - 1s);
      const ArrivalBounds stood_still = bounds_of(arrived, loop);
      net::stop_beating();
      CHECK(stood_still.earliest == stood_still.found_empty);
    });
  }
  // The kernel gives this thread the core at its next tick: on many machines up to 4 ms late.
  if (late < 4) WARN("too few waits ended late: " << late);
  // A machine that stands still as a whole may spoil some.
  CHECK((late < 4 || known >= late / 2));
}
