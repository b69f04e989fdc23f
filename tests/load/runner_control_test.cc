// Pauses, and users that are added and taken out while a scenario runs.
#include <catch2/catch.hpp>
#include <set>

#include "load/arrival_executor.h"
#include "load/closed_executor.h"
#include "load/fake_vu.h"

namespace {

using namespace std::chrono_literals;
using load::ExecutorKind;
using load::Scenario;
using tests::ClosedWorld;
using tests::Log;
using tests::OpenWorld;
using tests::recorded;
using tests::VuScript;

Scenario constant_vus(std::uint64_t vus) {
  return {.executor = ExecutorKind::kConstantVus,
          .graceful_stop = 5s,
          .users = {{"User", 1}},
          .vus = vus,
          .duration = 10s,
          .graceful_ramp_down = 2s};
}

Scenario constant_rate(double rate, std::uint64_t max_vus) {
  return {.executor = ExecutorKind::kConstantArrivalRate,
          .graceful_stop = 5s,
          .users = {{.name = "User", .has_on_start = false}},
          .duration = 10s,
          .rate = rate,
          .max_vus = max_vus};
}

template <typename World>
void pause(World& world, double from, double to) {
  world.run_until(from);
  world.executor.pause(world.clock.now());
  world.run_until(to);
  world.executor.resume(world.clock.now());
}

TEST_CASE("No iteration of a closed scenario begins while it is paused, and the end stays") {
  ClosedWorld world(constant_vus(1), {.iteration = 2s});
  world.begin();
  pause(world, 3, 6.5);
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "2 iteration", "6.5 iteration",
                                "8.5 iteration", "10.5 on_stop", "10.5 gone"});
}

TEST_CASE("An iteration that a pause held is due at its end, so that the client is not late") {
  ClosedWorld world(constant_vus(1), {.iteration = 1s});
  world.begin();
  pause(world, 2.5, 8);
  CHECK(world.vus.iterations.back().due == world.vus.start + 8s);
  world.run_until(60);
  CHECK(recorded(world.shard).start_lag.max().value == 0);
}

TEST_CASE("A think time runs on while the scenario is paused") {
  ClosedWorld world(constant_vus(1), {.iteration = 1s, .think_time = 5s});
  world.begin();
  SECTION("it ends after the pause") {
    pause(world, 2, 3);
    world.run_until(7);
    CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "6 iteration"});
  }
  SECTION("it ends in the pause") {
    pause(world, 2, 7);
    CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "7 iteration"});
  }
}

TEST_CASE("A VU that is to start in a pause starts after it") {
  Scenario scenario = constant_vus(2);
  scenario.spawn_rate = 0.5;
  ClosedWorld world(scenario);
  world.begin();
  pause(world, 1, 4);
  CHECK(world.vus.log(2).front() == "4 on_start");
}

TEST_CASE("A scenario that is paused when its time is up ends") {
  Scenario scenario = constant_vus(2);
  scenario.spawn_rate = 0.2;  // The second is to start in the pause.
  ClosedWorld world(scenario, {.iteration = 1s});
  world.begin();
  world.run_until(3.5);
  world.executor.pause(world.clock.now());
  world.run_until(60);
  CHECK(world.vus.log(1).back() == "10 gone");
  CHECK(world.vus.log(2).empty());
  CHECK(world.executor.done());
}

TEST_CASE("What waits in a pause can be stopped") {
  ClosedWorld world(constant_vus(2), {.iteration = 1s});
  world.begin();
  world.run_until(2.5);
  world.executor.pause(world.clock.now());
  world.run_until(4);
  SECTION("gracefully") { world.executor.stop_gracefully(world.clock.now()); }
  SECTION("at once") { world.executor.stop_now(world.clock.now()); }
  world.run_until(4.5);
  CHECK(world.executor.done());
  CHECK(recorded(world.shard).interrupted == 0);
}

TEST_CASE("Shared iterations that were paused are all run") {
  const Scenario scenario{.executor = ExecutorKind::kSharedIterations,
                          .users = {{"User", 1}},
                          .vus = 3,
                          .iterations = 12,
                          .max_duration = 1min};
  ClosedWorld world(scenario, {.iteration = 1s});
  world.begin();
  pause(world, 1.5, 20);
  world.run_until(60);
  CHECK(recorded(world.shard).iterations == 12);
  CHECK(world.executor.done());
}

TEST_CASE("Starts that are due in a pause are dropped and counted, never made up for") {
  OpenWorld world(constant_rate(10, 100), {.iteration = 100ms, .has_on_start = false});
  world.begin();
  pause(world, 2.05, 5.05);  // Begun: 0 … 2.0; not begun: 2.1 … 5.0.
  world.run_until(60);
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 70);
  CHECK(metrics.dropped == 30);
  CHECK(metrics.vu_wait.max().value == 0);
  CHECK(metrics.start_lag.max().value == 0);
  CHECK(world.executor.done());
}

TEST_CASE("A pause that outlasts an arrival schedule counts all of its starts") {
  OpenWorld world(constant_rate(10, 100), {.iteration = 100ms, .has_on_start = false});
  world.begin();
  world.run_until(2.05);
  world.executor.pause(world.clock.now());
  world.run_until(60);
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 21);
  CHECK(metrics.dropped == 79);
  CHECK(world.executor.done());
}

TEST_CASE("Starts that wait for a VU when a pause begins are dropped with their wait so far") {
  OpenWorld world(constant_rate(1, 1), {.iteration = 3s, .has_on_start = false});
  world.begin();
  pause(world, 2.5, 4.5);  // 0 is under way until 3; those of 1 and 2 wait; 3 and 4 are left out.
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 1);
  CHECK(metrics.dropped == 4);
  CHECK(metrics.vu_wait.lower_bounds.count() == 2);
  CHECK(metrics.vu_wait.lower_bounds.max() == Approx(1.5));
  world.run_until(6);
  CHECK(world.vus.iterations.back().due == world.vus.start + 5s);
}

TEST_CASE("A stop in a pause counts what was due until then") {
  OpenWorld world(constant_rate(10, 100), {.iteration = 100ms, .has_on_start = false});
  world.begin();
  world.run_until(2.05);
  world.executor.pause(world.clock.now());
  world.run_until(3.05);
  world.executor.stop_gracefully(world.clock.now());
  world.run_until(3.05);
  CHECK(world.executor.done());
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 21);
  CHECK(metrics.dropped == 10);
  CHECK(metrics.vu_wait.lower_bounds.count() == 0);
}

// ---- changes of the users

TEST_CASE("Users that are added begin at once and stay to the end") {
  ClosedWorld world(constant_vus(1), {.iteration = 1s});
  world.executor.allow_changes();
  world.begin();
  world.run_until(3.5);
  world.executor.set_users(3, world.clock.now());
  CHECK(world.executor.active_vus() == 3);
  world.run_until(60);
  CHECK(world.vus.log(3).front() == "3.5 on_start");
  CHECK(world.vus.log(3).back() == "10.5 gone");
  CHECK(world.executor.done());
}

TEST_CASE("Users that are taken out may finish their iteration, for graceful_ramp_down") {
  ClosedWorld world(constant_vus(3));
  world.executor.allow_changes();
  world.vus.script = [](const auto& identity) {
    if (identity.id == 1) return VuScript{.iteration = 1s};
    if (identity.id == 2) return VuScript{.iteration = 5s};
    return VuScript{.iteration = 1s, .think_time = 9s};
  };
  world.begin();
  world.run_until(1.5);
  world.executor.set_users(1, world.clock.now());
  world.run_until(60);
  CHECK(world.vus.log(2) ==
        Log{"0 on_start", "0 iteration", "3.5 interrupted", "3.5 on_stop", "3.5 gone"});
  CHECK(world.vus.log(3) == Log{"0 on_start", "0 iteration", "1.5 on_stop", "1.5 gone"});
  CHECK(world.vus.log(1).back() == "10 gone");
}

TEST_CASE("A user that is wanted again while it may still finish stays") {
  ClosedWorld world(constant_vus(2), {.iteration = 4s});
  world.executor.allow_changes();
  world.begin();
  world.run_until(1);
  world.executor.set_users(1, world.clock.now());
  world.run_until(2);
  world.executor.set_users(2, world.clock.now());
  world.run_until(60);
  CHECK(world.vus.log(2) ==
        Log{"0 on_start", "0 iteration", "4 iteration", "8 iteration", "12 on_stop", "12 gone"});
}

TEST_CASE("A user that is wanted again while it stops, or later, is made anew with its id") {
  ClosedWorld world(constant_vus(2), {.iteration = 1s, .think_time = 9s, .on_stop = 2s});
  world.executor.allow_changes();
  world.begin();
  world.run_until(2);
  world.executor.set_users(1, world.clock.now());
  const double again = GENERATE(3.0, 5.0);
  world.run_until(again);
  world.executor.set_users(2, world.clock.now());
  world.run_until(60);
  const Log log = world.vus.log(2);
  REQUIRE(log.size() > 4);
  CHECK(log[4] == (again < 4 ? "4 on_start" : "5 on_start"));
  CHECK(log.back() == "12 gone");
  CHECK(world.executor.done());
}

TEST_CASE("A worker without users of its own is not done while some may be added") {
  ClosedWorld world(constant_vus(1), {.iteration = 1s}, {.index = 1, .count = 2});
  world.executor.allow_changes();
  world.begin();
  CHECK_FALSE(world.executor.done());
  world.run_until(4);
  world.executor.set_users(2, world.clock.now());
  CHECK(world.vus.made.size() == 1);
  CHECK(world.vus.made[0].id == 2);
  world.run_until(60);
  CHECK(world.executor.done());
  CHECK(world.vus.log(2).back() == "10 gone");
}

TEST_CASE("Without VUs an executor that allows changes is done when its time is up or it stops") {
  ClosedWorld world(constant_vus(1), {}, {.index = 1, .count = 2});
  world.executor.allow_changes();
  world.begin();
  world.run_until(5);
  CHECK_FALSE(world.executor.done());
  SECTION("time") { world.run_until(10); }
  SECTION("stop") { world.executor.stop_gracefully(world.clock.now()); }
  SECTION("stop now") { world.executor.stop_now(world.clock.now()); }
  CHECK(world.executor.done());
  world.executor.set_users(10, world.clock.now());
  CHECK(world.executor.active_vus() == 0);
}

TEST_CASE("Every worker takes its stripe of a change") {
  std::set<std::uint64_t> ids;
  for (std::uint64_t index = 0; index < 3; ++index) {
    ClosedWorld world(constant_vus(4), {.iteration = 1s}, {.index = index, .count = 3});
    world.executor.allow_changes();
    world.begin();
    world.run_until(1.5);
    world.executor.set_users(11, world.clock.now());
    world.run_until(2.5);
    world.executor.set_users(8, world.clock.now());
    world.run_until(4);
    for (const auto* vu : world.vus.alive) CHECK(vu != nullptr);
    for (const auto& identity : world.vus.made) ids.insert(identity.id);
    CHECK(world.executor.active_vus() == (index == 2 ? 2 : 3));
  }
  CHECK(ids == std::set<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
}

TEST_CASE("Users are changed only where that was allowed, and of constant-vus alone") {
  ClosedWorld unasked(constant_vus(1));
  unasked.begin();
  unasked.run_until(1.5);
  unasked.executor.set_users(5, unasked.clock.now());
  CHECK(unasked.executor.active_vus() == 1);
  ClosedWorld ramping({.executor = ExecutorKind::kRampingVus,
                       .users = {{"User", 1}},
                       .start_vus = 1,
                       .stages = {{10s, 1}}});
  ramping.executor.allow_changes();
  ramping.begin();
  ramping.run_until(1.5);
  ramping.executor.set_users(5, ramping.clock.now());
  CHECK(ramping.executor.active_vus() == 1);
}

TEST_CASE("Users that are added in a pause begin after it") {
  ClosedWorld world(constant_vus(1), {.iteration = 1s});
  world.executor.allow_changes();
  world.begin();
  world.run_until(2.5);
  world.executor.pause(world.clock.now());
  world.executor.set_users(2, world.clock.now());
  world.run_until(4);
  CHECK(world.executor.active_vus() == 1);
  world.executor.resume(world.clock.now());
  CHECK(world.vus.log(2).front() == "4 on_start");
}

}  // namespace
