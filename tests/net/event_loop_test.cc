#include "net/event_loop.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
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

TEST_CASE("a timer is not kept by one that was due before it and was disarmed") {
  EventLoop loop;
  const base::TimePoint start = loop.now();
  EventLoop::Timer disarmed(loop, [] {});
  EventLoop::Timer last(loop, [&] { loop.stop(); });
  EventLoop::Timer disarming(loop, [&] { disarmed.disarm(); });
  disarming.arm_at(start + 1ms);
  disarmed.arm_at(start + 2ms);
  last.arm_at(start + 3ms);
  loop.run([] {});
  CHECK(loop.now() >= start + 3ms);
}

TEST_CASE("a timer that is armed anew fires at its new time alone, be it earlier or later") {
  EventLoop loop;
  const base::TimePoint start = loop.now();
  std::vector<base::TimePoint> fired;
  EventLoop::Timer sooner(loop, [&] { fired.push_back(loop.now()); });
  EventLoop::Timer later(loop, [&] {
    fired.push_back(loop.now());
    loop.stop();
  });
  sooner.arm_at(start + 1h);
  later.arm_at(start + 3ms);
  // In a turn of its own, when the loop's alarm stands for the times above.
  EventLoop::Timer change(loop, [&] {
    sooner.arm_at(start + 2ms);
    later.arm_at(start + 4ms);
  });
  change.arm_at(start + 1ms);
  loop.run([] {});
  REQUIRE(fired.size() == 2);
  CHECK(fired[0] >= start + 2ms);
  CHECK(fired[1] >= start + 4ms);
}

TEST_CASE("a timer that arms itself for the past fires once a turn") {
  EventLoop loop;
  int fired = 0;
  int turns = 0;
  const base::TimePoint past = loop.now();
  EventLoop::Timer timer(loop, [&] {
    CHECK(fired == turns);
    if (++fired == 3) return loop.stop();
    timer.arm_at(past);
  });
  timer.arm_at(past);
  loop.run([&] { ++turns; });
  CHECK(fired == 3);
}

TEST_CASE("timers that are due together fire in the order of arming, unless one ends another") {
  EventLoop loop;
  std::vector<int> fired;
  const base::TimePoint due = loop.now() + 1ms;
  EventLoop::Timer last(loop, [&] { loop.stop(); });
  auto ended = std::make_unique<EventLoop::Timer>(loop, [&] { fired.push_back(3); });
  EventLoop::Timer first(loop, [&] { fired.push_back(1); });
  EventLoop::Timer second(loop, [&] {
    fired.push_back(2);
    ended.reset();
  });
  first.arm_at(due);
  second.arm_at(due);
  ended->arm_at(due);
  last.arm_at(due);
  loop.run([] {});
  CHECK(fired == std::vector<int>{1, 2});
}

TEST_CASE("the longest delay is for ever") {
  EventLoop loop;
  bool fired = false;
  EventLoop::Timer never(loop, [&] { fired = true; });
  EventLoop::Timer last(loop, [&] { loop.stop(); });
  never.arm_after(base::Duration::max());
  last.arm_after(1ms);
  CHECK(never.armed());
  loop.run([] {});
  CHECK_FALSE(fired);
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

TEST_CASE("descriptors that stay ready keep no timer waiting, nor the turn's end") {
  EventLoop loop;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], "x", 1) == 1);
  int told = 0;
  int turns = 0;
  {
    EventLoop::Watch watch(loop, ends[0], EventLoop::kRead, [&](unsigned) { ++told; });
    EventLoop::Timer timer(loop, [&] {
      CHECK(told == 1);
      watch.change(EventLoop::kNothing);
      loop.stop();
    });
    timer.arm_at(loop.now());
    loop.run([&] { ++turns; });
  }
  CHECK(turns >= 1);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a time-out that passes while descriptors are handled finds what came before it") {
  EventLoop loop;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::vector<std::string> order;
  {
    EventLoop::Watch watch(loop, ends[0], EventLoop::kRead, [&](unsigned) {
      order.emplace_back("data");
      watch.change(EventLoop::kNothing);
      loop.stop();
    });
    EventLoop::Timer time_out(loop, [&] { order.emplace_back("time-out"); });
    loop.post([&] {
      time_out.arm_after(1ms);
      REQUIRE(write(ends[1], "x", 1) == 1);
      const base::TimePoint until = loop.now() + 2ms;
      while (loop.now() < until) {
      }
    });
    loop.run([] {});
  }
  CHECK(order == std::vector<std::string>{"data", "time-out"});
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
