#include "mock/pacer.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

using namespace std::chrono_literals;

namespace {

base::TimePoint at(base::Duration offset) { return base::TimePoint(offset); }

mock::DueQueue::Task note(std::string& log, char letter) {
  return [&log, letter] {
    log += letter;
    return std::nullopt;
  };
}

}  // namespace

TEST_CASE("tasks run in the order of their due times, ties in the order of starting") {
  mock::DueQueue queue;
  std::string log;
  queue.start(at(3s), note(log, 'd'));
  queue.start(at(1s), note(log, 'a'));
  queue.start(at(2s), note(log, 'b'));
  queue.start(at(2s), note(log, 'c'));
  queue.run_due(at(2s));
  CHECK(log == "abc");
  CHECK(queue.next_due() == at(3s));
  queue.run_due(at(10s));
  CHECK(log == "abcd");
  CHECK_FALSE(queue.next_due());
}

TEST_CASE("nothing runs before it is due") {
  mock::DueQueue queue;
  std::string log;
  queue.start(at(1s), note(log, 'a'));
  queue.run_due(at(1s) - 1ns);
  CHECK(log.empty());
}

TEST_CASE("late tasks catch up in due order among all of them") {
  mock::DueQueue queue;
  std::string log;
  const auto every_second = [&log](char letter, base::Duration first) {
    return [&log, letter, due = first]() mutable -> std::optional<base::TimePoint> {
      log += letter;
      due += 1s;
      return at(due);
    };
  };
  queue.start(at(1s), every_second('a', 1s));
  queue.start(at(1500ms), every_second('b', 1500ms));
  queue.run_due(at(4s));
  CHECK(log == "abababa");
  CHECK(queue.next_due() == at(4500ms));
}

TEST_CASE("a cancelled task does not run and is destroyed at once") {
  mock::DueQueue queue;
  const auto held = std::make_shared<int>(1);
  int runs = 0;
  const auto id = queue.start(at(1s), [held, &runs] {
    ++runs;
    return std::nullopt;
  });
  CHECK(held.use_count() == 2);
  queue.cancel(id);
  CHECK(held.use_count() == 1);
  queue.cancel(id);
  queue.run_due(at(2s));
  CHECK(runs == 0);
}

TEST_CASE("cancelling a finished task leaves the one in its place alone") {
  mock::DueQueue queue;
  std::string log;
  const auto first = queue.start(at(1s), note(log, 'a'));
  queue.run_due(at(1s));
  const auto second = queue.start(at(2s), note(log, 'b'));
  CHECK(second.slot == first.slot);
  queue.cancel(first);
  queue.run_due(at(2s));
  CHECK(log == "ab");
}

TEST_CASE("a task may cancel itself and start others while it runs") {
  mock::DueQueue queue;
  std::string log;
  mock::DueQueue::Id self;
  const std::string held = "still here, and too long to lie within the object";
  self = queue.start(at(1s), [&, held]() -> std::optional<base::TimePoint> {
    queue.cancel(self);
    for (int i = 0; i < 100; ++i) queue.start(at(1s), note(log, '.'));
    log += held;
    return at(2s);
  });
  queue.run_due(at(5s));
  CHECK(log == held + std::string(100, '.'));
  CHECK_FALSE(queue.next_due());
}

TEST_CASE("the pacer runs its tasks on the loop, none before its time") {
  net::EventLoop loop;
  mock::Pacer pacer(loop);
  std::vector<int> order;
  const base::TimePoint start = loop.now();
  bool early = false;
  for (const int ms : {3, 1, 2}) {
    pacer.start(start + std::chrono::milliseconds(ms), [&, ms]() -> std::optional<base::TimePoint> {
      early = early || loop.now() < start + std::chrono::milliseconds(ms);
      order.push_back(ms);
      if (order.size() == 3) loop.stop();
      return std::nullopt;
    });
  }
  loop.run([] {});
  CHECK(order == std::vector<int>{1, 2, 3});
  CHECK_FALSE(early);
}

TEST_CASE("what is due in a freeze runs at its end, in the order of its due times") {
  net::EventLoop loop;
  const base::TimePoint start = loop.now();
  // The pacer begins a little later than `start`, and its freeze 40 ms after that.
  mock::Pacer pacer(loop, {200ms, 240ms});
  std::string order;
  std::vector<base::Duration> ran;
  const auto note_time = [&](char letter, bool is_last) {
    return [&, letter, is_last]() -> std::optional<base::TimePoint> {
      order += letter;
      ran.push_back(loop.now() - start);
      if (is_last) loop.stop();
      return std::nullopt;
    };
  };
  pacer.start(start + 200ms, note_time('c', true));
  pacer.start(start + 120ms, note_time('b', false));
  pacer.start(start + 1ms, note_time('a', false));
  loop.run([] {});
  CHECK(order == "abc");
  CHECK(ran[1] >= 240ms);
  CHECK(ran[2] >= 240ms);
}

TEST_CASE("a task that asks for a time within a freeze runs at its end") {
  net::EventLoop loop;
  mock::Pacer pacer(loop, {20ms, 40ms});
  const base::TimePoint start = loop.now();
  std::vector<base::Duration> ran;
  pacer.start(start, [&, due = start]() mutable -> std::optional<base::TimePoint> {
    ran.push_back(loop.now() - start);
    if (ran.size() == 3) loop.stop();
    return due += 30ms;  // In the first freeze, and at 60 ms as the second begins.
  });
  loop.run([] {});
  REQUIRE(ran.size() == 3);
  CHECK(ran[1] >= 39ms);  // The pacer's periods begin a little before this test's.
  CHECK(ran[2] >= 79ms);
}
