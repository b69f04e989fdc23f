#include "load/arrival_executor.h"

#include <catch2/catch.hpp>

#include "load/fake_vu.h"

namespace {

using namespace std::chrono_literals;
using load::ExecutorKind;
using load::Overflow;
using load::Scenario;
using load::UserClass;
using tests::Log;
using tests::OpenWorld;
using tests::recorded;
using tests::VuScript;

const UserClass kWithOnStart{.name = "User"};
const UserClass kPlain{.name = "User", .has_on_start = false};
// What VUs of kPlain do by default.
const VuScript kAtOnce{.iteration = 1s, .has_on_start = false};

Scenario at_rate(double rate, base::Duration duration, std::uint64_t max_vus) {
  return {.executor = ExecutorKind::kConstantArrivalRate,
          .graceful_stop = 5s,
          .users = {kPlain},
          .duration = duration,
          .rate = rate,
          .max_vus = max_vus};
}

TEST_CASE("Starts come when they are due, however long iterations take") {
  OpenWorld world(at_rate(2, 2s, 10), {.iteration = 3s, .has_on_start = false});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 iteration", "3 on_stop", "3 gone"});
  CHECK(world.vus.log(2) == Log{"0.5 iteration", "3.5 on_stop", "3.5 gone"});
  CHECK(world.vus.log(3) == Log{"1 iteration", "4 on_stop", "4 gone"});
  CHECK(world.vus.log(4) == Log{"1.5 iteration", "4.5 on_stop", "4.5 gone"});
  CHECK(world.executor.done());
  CHECK(world.executor.next_wake() == std::nullopt);
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 4);
  CHECK(metrics.vu_wait.count() == 4);
  CHECK(metrics.vu_wait.values.max() == 0);
  CHECK(metrics.start_lag.values.max() == 0);
  CHECK(metrics.dropped == 0);
}

TEST_CASE("Nothing begins before an open scenario's start time") {
  Scenario scenario = at_rate(1, 2s, 5);
  scenario.start_time = 10s;
  scenario.pre_allocated_vus = 2;
  scenario.users = {kWithOnStart};
  OpenWorld world(scenario);
  world.begin();
  CHECK(world.executor.next_wake() == world.vus.start + 10s);
  world.executor.advance(world.vus.start);
  CHECK(world.vus.made.empty());
  CHECK_FALSE(world.executor.done());
  world.run_until(60);
  CHECK(world.vus.log(1).front() == "10 on_start");
  CHECK(world.vus.log(2).front() == "10 on_start");
  CHECK(world.vus.count("iteration") == 2);
}

TEST_CASE("Free VUs are used again, the one used last first, before new ones are made") {
  Scenario scenario = at_rate(1, 4s, 10);
  scenario.pre_allocated_vus = 3;
  OpenWorld world(scenario, {.iteration = 500ms, .has_on_start = false});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.made.size() == 3);
  CHECK(world.vus.log(1) ==
        Log{"0 iteration", "1 iteration", "2 iteration", "3 iteration", "4 on_stop", "4 gone"});
  CHECK(world.vus.log(2) == Log{"4 on_stop", "4 gone"});
}

TEST_CASE("A VU's think time is ignored") {
  OpenWorld world(at_rate(1, 3s, 1),
                  {.iteration = 500ms, .think_time = 1min, .has_on_start = false});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) ==
        Log{"0 iteration", "1 iteration", "2 iteration", "3 on_stop", "3 gone"});
}

TEST_CASE("A start that needs a new VU waits for its on_start, and the wait is counted") {
  Scenario scenario = at_rate(1, 2s, 10);
  scenario.users = {kWithOnStart};
  OpenWorld world(scenario, {.on_start = 300ms, .iteration = 5s});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0.3 iteration", "5.3 on_stop", "5.3 gone"});
  CHECK(world.vus.log(2) == Log{"1 on_start", "1.3 iteration", "6.3 on_stop", "6.3 gone"});
  const auto metrics = recorded(world.shard);
  CHECK(metrics.vu_wait.count() == 2);
  CHECK(metrics.vu_wait.values.min() == Approx(0.3));
  CHECK(metrics.vu_wait.values.max() == Approx(0.3));
  CHECK(metrics.start_lag.values.max() == 0);
  CHECK(metrics.duration.values.max() == Approx(5));
  CHECK(metrics.duration_from_due.values.max() == Approx(5.3));
}

TEST_CASE("A start that waits for an on_start takes whichever VU is free first") {
  Scenario scenario = at_rate(1, 2s, 10);
  scenario.users = {kWithOnStart};
  OpenWorld world(scenario);
  world.vus.script = [](const auto& identity) {
    return VuScript{.on_start = identity.id == 1 ? 0ms : 3000ms, .iteration = 1500ms};
  };
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) ==
        Log{"0 on_start", "0 iteration", "1.5 iteration", "3 on_stop", "3 gone"});
  CHECK(world.vus.log(2) == Log{"1 on_start", "4 on_stop", "4 gone"});
  CHECK(recorded(world.shard).vu_wait.values.max() == Approx(0.5));
}

TEST_CASE("A start does not make a VU where one that is starting is still unclaimed") {
  Scenario scenario = at_rate(2, 1s, 10);
  scenario.users = {kWithOnStart};
  scenario.pre_allocated_vus = 2;
  OpenWorld world(scenario, {.on_start = 800ms, .iteration = 100ms});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.made.size() == 2);
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 2);
  CHECK(metrics.vu_wait.values.max() == Approx(0.8));
  CHECK(metrics.vu_wait.values.min() == Approx(0.3));
}

TEST_CASE("A queued start goes to the next free VU, in order, with its exact wait") {
  OpenWorld world(at_rate(2, 2s, 1), kAtOnce);  // Due at 0, 0.5, 1 and 1.5; begun at 0, 1, 2, 3.
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) ==
        Log{"0 iteration", "1 iteration", "2 iteration", "3 iteration", "4 on_stop", "4 gone"});
  REQUIRE(world.vus.iterations.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    const load::Iteration& iteration = world.vus.iterations[i];
    CHECK(iteration.number == i);
    CHECK(iteration.due == world.vus.start + 500ms * i);
    CHECK(iteration.vu_wait == 500ms * i);
  }
  const auto metrics = recorded(world.shard);
  CHECK(metrics.vu_wait.count() == 4);
  CHECK(metrics.vu_wait.values.max() == Approx(1.5));
  CHECK(metrics.start_lag.values.max() == 0);
  CHECK(metrics.duration.values.max() == Approx(1));
  CHECK(metrics.duration_from_due.values.max() == Approx(2.5));
  CHECK(metrics.dropped == 0);
}

TEST_CASE("A queue that nobody serves is no work for advance()") {
  OpenWorld world(at_rate(1000, 1h, 1), {.iteration = std::nullopt, .has_on_start = false});
  world.begin();
  world.executor.advance(world.vus.start);
  CHECK(world.executor.next_wake() == world.vus.start + 1h);
}

TEST_CASE("With overflow drop a start without a free VU is counted and gone") {
  Scenario scenario = at_rate(4, 2s, 1);
  scenario.overflow = Overflow::kDrop;
  OpenWorld world(scenario, {.iteration = 600ms, .has_on_start = false});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) ==
        Log{"0 iteration", "0.75 iteration", "1.5 iteration", "2.1 on_stop", "2.1 gone"});
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 3);
  CHECK(metrics.dropped == 5);
  CHECK(metrics.vu_wait.count() == 3);
  CHECK(metrics.vu_wait.values.max() == 0);
  CHECK(metrics.duration_from_due.count() == 3);
}

TEST_CASE("With overflow drop a start may wait for an on_start that is under way for it") {
  Scenario scenario = at_rate(4, 1s, 2);
  scenario.users = {kWithOnStart};
  scenario.overflow = Overflow::kDrop;
  OpenWorld world(scenario, {.on_start = 600ms, .iteration = 5s});
  world.begin();
  world.run_until(60);
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 2);
  CHECK(metrics.dropped == 2);
  CHECK(metrics.vu_wait.values.min() == Approx(0.6));
  CHECK(metrics.vu_wait.values.max() == Approx(0.6));
}

TEST_CASE("What comes late because the loop was busy is our lag and not a wait for a VU") {
  OpenWorld world(at_rate(10, 1s, 1), {.iteration = 20ms, .has_on_start = false});
  world.begin();
  world.run_until(0.11);
  world.clock.set(world.vus.start + 290ms);  // The VU was free since 0.12, the start due at 0.2.
  world.vus.call_back();
  world.executor.advance(world.clock.now());
  REQUIRE(world.vus.iterations.size() == 3);
  CHECK(world.vus.iterations[2].vu_wait == 90ms);  // It called back only now.
  world.run_until(0.35);
  world.clock.set(world.vus.start + 480ms);
  world.executor.advance(world.clock.now());
  CHECK(world.vus.iterations[4].vu_wait == 0ms);  // It has been free, and we were not there.
  world.run_until(60);
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 10);
  CHECK(metrics.start_lag.values.max() == Approx(0.08));
  CHECK(metrics.vu_wait.values.max() == Approx(0.09));
}

TEST_CASE("A start finds the VUs as they were when it was due, though we come late") {
  Scenario scenario = at_rate(1, 10s, 1);
  SECTION("busy then, so it is dropped") {
    scenario.overflow = Overflow::kDrop;
    OpenWorld world(scenario, {.iteration = 1500ms, .has_on_start = false});
    world.begin();
    world.run_until(0);
    world.clock.set(world.vus.start + 1500ms);
    world.vus.call_back();
    world.clock.set(world.vus.start + 1600ms);
    world.executor.advance(world.clock.now());
    CHECK(recorded(world.shard).dropped == 1);
  }
  SECTION("free since then, so the wait ends there and the rest is lag") {
    OpenWorld world(scenario, {.iteration = 1500ms, .has_on_start = false});
    world.begin();
    world.run_until(0);
    world.clock.set(world.vus.start + 1500ms);
    world.vus.call_back();
    world.clock.set(world.vus.start + 1600ms);
    world.executor.advance(world.clock.now());
    CHECK(world.vus.iterations.back().vu_wait == 500ms);
    world.run_until(3.1);
    CHECK(recorded(world.shard).start_lag.values.max() == Approx(0.1));
  }
}

TEST_CASE("Starts are dealt to the user classes by weight, even where one VU would do") {
  Scenario scenario = at_rate(1, 90s, 90);
  scenario.users = {{.name = "simple", .weight = 5, .has_on_start = GENERATE(false, true)},
                    {.name = "medium", .weight = 3, .has_on_start = GENERATE(false, true)},
                    {.name = "complex", .weight = 1, .has_on_start = false}};
  OpenWorld world(scenario, {.iteration = 10ms, .has_on_start = false});
  world.begin();
  world.run_until(200);
  std::vector<std::size_t> begun(3);
  for (const auto& vu : world.vus.made) {
    for (const std::string& line : world.vus.log(vu.id)) {
      if (line.ends_with("iteration")) ++begun[vu.user_class];
    }
  }
  CHECK(begun[0] + begun[1] + begun[2] == 90);
  // The first start of a class with an on_start goes to a class that can begin at once.
  CHECK(begun[0] == Approx(50).margin(2));
  CHECK(begun[1] == Approx(30).margin(2));
  CHECK(begun[2] == Approx(10).margin(2));
  CHECK(world.vus.made.size() <= 3);
}

TEST_CASE("A start is not delayed for its class while another class has a free VU") {
  Scenario scenario = at_rate(1, 20s, 2);
  scenario.users = {kPlain, kPlain};
  OpenWorld world(scenario);
  world.vus.script = [](const auto& identity) {
    return VuScript{.iteration = identity.user_class == 0 ? 10min : 10ms, .has_on_start = false};
  };
  world.begin();
  world.run_until(20);
  CHECK(world.vus.iterations.size() == 20);
  for (const auto& iteration : world.vus.iterations) CHECK(iteration.vu_wait == 0s);
}

TEST_CASE("A trace's iterations carry their arrivals' numbers") {
  auto trace = std::make_shared<load::Trace>();
  for (const base::Duration due : {0ms, 400ms, 400ms, 1000ms}) trace->arrivals.push_back({due, 0});
  Scenario scenario{.executor = ExecutorKind::kTrace,
                    .users = {kPlain},
                    .trace = trace,
                    .speed = 2,
                    .max_vus = 8};
  OpenWorld world(scenario, kAtOnce, {.index = 1, .count = 2});
  world.begin();
  world.run_until(60);
  REQUIRE(world.vus.iterations.size() == 2);
  CHECK(world.vus.iterations[0].number == 1);
  CHECK(world.vus.iterations[0].due == world.vus.start + 200ms);
  CHECK(world.vus.iterations[1].number == 3);
  CHECK(world.vus.iterations[1].due == world.vus.start + 500ms);  // The end is included.
}

TEST_CASE("With fewer VUs than workers the starts go to the workers that have one") {
  std::size_t begun = 0;
  for (std::uint64_t index = 0; index < 5; ++index) {
    OpenWorld world(at_rate(10, 2s, 2), kAtOnce, {.index = index, .count = 5});
    world.begin();
    if (index >= 2) CHECK(world.executor.done());
    world.run_until(60);
    CHECK(world.executor.done());
    begun += world.vus.iterations.size() + static_cast<std::size_t>(recorded(world.shard).dropped);
  }
  CHECK(begun == 20);
}

}  // namespace
