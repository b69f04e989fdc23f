#include "net/event_loop.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <numeric>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using net::EventLoop;

TEST_CASE("timers fire in the order of their due times, and never early") {
  EventLoop loop;
  std::vector<int> fired;
  const base::TimePoint start = loop.now();
  base::TimePoint second_fired{};
  EventLoop::Timer second(loop, [&] {
    fired.push_back(2);
    second_fired = loop.now();
    loop.stop();
  });
  EventLoop::Timer first(loop, [&] { fired.push_back(1); });
  second.arm_at(start + 2ms);
  first.arm_at(start + 1ms);
  loop.run([] {});
  CHECK(fired == std::vector<int>{1, 2});
  CHECK(second_fired >= start + 2ms);
}

TEST_CASE("a timer armed late in a long turn does not fire early") {
  EventLoop loop;
  base::TimePoint armed{};
  base::TimePoint fired{};
  EventLoop::Timer timer(loop, [&] {
    fired = loop.now();
    loop.stop();
  });
  EventLoop::Timer busy(loop, [&] {
    const base::TimePoint until = loop.now() + 3ms;
    while (loop.now() < until) {
    }
    armed = loop.now();
    timer.arm_after(2ms);
  });
  busy.arm_after(0ms);
  loop.run([] {});
  CHECK(fired - armed >= 2ms);
}

TEST_CASE("a disarmed timer does not fire") {
  EventLoop loop;
  bool fired = false;
  EventLoop::Timer disarmed(loop, [&] { fired = true; });
  EventLoop::Timer last(loop, [&] { loop.stop(); });
  disarmed.arm_after(0ms);
  disarmed.disarm();
  last.arm_after(1ms);
  loop.run([] {});
  CHECK_FALSE(fired);
  CHECK_FALSE(disarmed.armed());
}

TEST_CASE("posted callbacks run on the loop, in order, from any thread") {
  EventLoop loop;
  std::vector<int> seen;
  std::thread poster([&] {
    for (int i = 0; i < 100; ++i) loop.post([&seen, i] { seen.push_back(i); });
    loop.stop();
  });
  loop.run([] {});
  poster.join();
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(seen == expected);
}

TEST_CASE("the turn's end runs after the callbacks of its turn") {
  EventLoop loop;
  std::vector<std::string> order;
  EventLoop::Timer timer(loop, [&] {
    order.emplace_back("timer");
    loop.stop();
  });
  timer.arm_after(0ms);
  loop.run([&] { order.emplace_back("end"); });
  REQUIRE(order.size() >= 2);
  CHECK(order[0] == "timer");
  CHECK(order[1] == "end");
}

TEST_CASE("a watch tells what its descriptor is ready for, and sleeps without interest") {
  EventLoop loop;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  int told = 0;
  {
    EventLoop::Watch watch(loop, ends[0], EventLoop::kRead, [&](unsigned ready) {
      CHECK(ready == EventLoop::kRead);
      // Level-triggered: the byte is left in the pipe, so it tells again until put to sleep.
      if (++told == 2) watch.change(EventLoop::kNothing);
    });
    REQUIRE(write(ends[1], "x", 1) == 1);
    EventLoop::Timer last(loop, [&] { loop.stop(); });
    last.arm_after(3ms);
    loop.run([] {});
  }
  CHECK(told == 2);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a turn that had to wait is told from one that found work") {
  EventLoop loop;
  bool waited = false;
  EventLoop::Timer timer(loop, [&] {
    waited = loop.waited();
    loop.stop();
  });
  timer.arm_after(2ms);
  loop.run([] {});
  CHECK(waited);
}
