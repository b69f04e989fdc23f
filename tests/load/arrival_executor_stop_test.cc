// The end of an open executor, early or not, and what holds for any plan and number of workers.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "load/arrival_executor.h"
#include "load/fake_vu.h"
#include "load/random_scenario.h"

namespace {

using namespace std::chrono_literals;
using load::ExecutorKind;
using load::Scenario;
using tests::Log;
using tests::OpenWorld;
using tests::recorded;
using tests::VuScript;

// One start a second, at 0 to 9, each of some length.
Scenario one_a_second(std::uint64_t max_vus) {
  return {.executor = ExecutorKind::kConstantArrivalRate,
          .graceful_stop = 5s,
          .users = {{.name = "User", .has_on_start = false}},
          .duration = 10s,
          .rate = 1,
          .max_vus = max_vus};
}

VuScript taking(std::optional<base::Duration> time) {
  return {.iteration = time, .has_on_start = false};
}

TEST_CASE("Starts that wait at the end may begin for graceful_stop, and the rest is dropped") {
  // Begun at 0, 3, …, 12; due were 0 to 9.
  OpenWorld world(one_a_second(1), taking(3s));
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 iteration", "3 iteration", "6 iteration", "9 iteration",
                                "12 iteration", "15 on_stop", "15 gone"});
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 5);
  CHECK(metrics.interrupted == 0);
  CHECK(metrics.dropped == 5);  // Those due at 5 to 9 have waited until 15.
  CHECK(metrics.vu_wait.values.count() == 5);
  CHECK(metrics.vu_wait.values.max() == Approx(8));
  CHECK(metrics.vu_wait.lower_bounds.count() == 5);
  CHECK(metrics.vu_wait.lower_bounds.min() == Approx(6));
  CHECK(metrics.vu_wait.lower_bounds.max() == Approx(10));
  CHECK(metrics.duration_from_due.lower_bounds.count() == 5);
  CHECK(metrics.duration_from_due.lower_bounds.max() == Approx(10));
  CHECK(metrics.duration.count() == 5);
  CHECK(metrics.start_lag.count() == 5);
}

TEST_CASE("An open executor's iteration that outlasts graceful_stop is interrupted") {
  OpenWorld world(one_a_second(1), taking(std::nullopt));
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 iteration", "15 interrupted", "15 on_stop", "15 gone"});
  const auto metrics = recorded(world.shard);
  CHECK(metrics.interrupted == 1);
  CHECK(metrics.dropped == 9);
  CHECK(metrics.duration.lower_bounds.max() == Approx(15));
  CHECK(metrics.duration_from_due.lower_bounds.count() == 10);
  CHECK(metrics.vu_wait.values.count() == 1);
  CHECK(world.executor.done());
}

TEST_CASE("A VU that is free at the end stops then, though others go on") {
  Scenario scenario = one_a_second(2);
  OpenWorld world(scenario);
  world.vus.script = [](const auto& identity) { return taking(identity.id == 1 ? 13s : 500ms); };
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(2).back() == "10 gone");
  CHECK(world.vus.log(1) == Log{"0 iteration", "13 on_stop", "13 gone"});
}

TEST_CASE("An on_start under way at the end has the graceful time") {
  Scenario scenario = one_a_second(2);
  scenario.users = {{.name = "User"}};
  scenario.pre_allocated_vus = 1;
  SECTION("it finishes, and a start that waited for it begins") {
    OpenWorld world(scenario, {.on_start = 12s, .iteration = 100ms});
    world.begin();
    world.run_until(60);
    const auto metrics = recorded(world.shard);
    CHECK(metrics.iterations == 10);
    CHECK(metrics.dropped == 0);
    CHECK(metrics.vu_wait.values.max() == Approx(12));
  }
  SECTION("it does not") {
    OpenWorld world(scenario, {.on_start = std::nullopt});
    world.begin();
    world.run_until(60);
    CHECK(world.vus.log(1) == Log{"0 on_start", "15 interrupted", "15 on_stop", "15 gone"});
    const auto metrics = recorded(world.shard);
    CHECK(metrics.interrupted == 0);
    CHECK(metrics.dropped == 10);
    CHECK(metrics.vu_wait.lower_bounds.max() == Approx(15));
  }
}

TEST_CASE("An open executor's on_stop that does not end is interrupted after its limit") {
  OpenWorld world(one_a_second(2),
                  {.iteration = 100ms, .on_stop = std::nullopt, .has_on_start = false});
  world.begin();
  world.run_until(39.999);
  CHECK(world.executor.active_vus() == 1);
  world.run_until(40);
  CHECK(world.vus.log(1).back() == "40 gone");
  CHECK(world.executor.done());
}

TEST_CASE("Stopping an open executor gracefully drops what waits and lets the rest finish") {
  OpenWorld world(one_a_second(1), taking(4s));
  world.begin();
  world.run_until(2.5);
  world.executor.stop_gracefully(world.clock.now());
  CHECK_FALSE(world.executor.done());
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 iteration", "4 on_stop", "4 gone"});
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 1);
  CHECK(metrics.dropped == 2);  // Those due at 1 and 2; none was due later.
  CHECK(metrics.vu_wait.lower_bounds.max() == Approx(1.5));
  CHECK(world.executor.done());
}

TEST_CASE("Stopping an open executor gracefully interrupts what outlasts graceful_stop") {
  Scenario scenario = one_a_second(1);
  SECTION("counted from the stop") {
    OpenWorld world(scenario, taking(std::nullopt));
    world.begin();
    world.run_until(2.5);
    world.executor.stop_gracefully(world.clock.now());
    world.run_until(60);
    CHECK(world.vus.log(1)[1] == "7.5 interrupted");
  }
  SECTION("but no later than the regular end allows") {
    OpenWorld world(scenario, taking(std::nullopt));
    world.begin();
    world.run_until(13);
    world.executor.stop_gracefully(world.clock.now());
    world.run_until(60);
    CHECK(world.vus.log(1)[1] == "15 interrupted");
  }
  SECTION("at once where there is no graceful time") {
    scenario.graceful_stop = 0s;
    OpenWorld world(scenario, taking(std::nullopt));
    world.begin();
    world.run_until(2.5);
    world.executor.stop_gracefully(world.clock.now());
    CHECK(world.vus.log(1) == Log{"0 iteration", "2.5 interrupted", "2.5 on_stop"});
  }
}

TEST_CASE("Stopping an open executor before anything began leaves nothing to do") {
  Scenario scenario = one_a_second(3);
  scenario.start_time = 1s;
  scenario.pre_allocated_vus = 3;
  OpenWorld world(scenario, taking(1s));
  SECTION("before begin()") {}
  SECTION("before the first advance()") { world.begin(); }
  SECTION("before the start time") {
    world.begin();
    world.run_until(0.5);
  }
  SECTION("at once") { world.executor.stop_now(world.clock.now()); }
  world.executor.stop_gracefully(world.clock.now());
  CHECK(world.executor.done());
  CHECK(world.vus.made.empty());
  CHECK(world.executor.next_wake() == std::nullopt);
  CHECK(recorded(world.shard).dropped == 0);
}

TEST_CASE("Stop_now leaves an open executor without VUs, and everything counted") {
  Scenario scenario = one_a_second(2);
  scenario.users = {{.name = "User"}};
  OpenWorld world(scenario, {.on_start = 0s, .iteration = 100s, .on_stop = std::nullopt});
  world.begin();
  world.run_until(4.5);  // Two iterations under way, three starts waiting.
  SECTION("while running") { world.executor.stop_now(world.clock.now()); }
  SECTION("while stopping") {
    world.executor.stop_gracefully(world.clock.now());
    world.executor.stop_now(world.clock.now());
  }
  CHECK(world.executor.done());
  CHECK(world.executor.active_vus() == 0);
  CHECK(world.vus.alive.empty());
  CHECK(world.executor.next_wake() == std::nullopt);
  const auto metrics = recorded(world.shard);
  CHECK(metrics.interrupted == 2);
  CHECK(metrics.dropped == 3);
}

TEST_CASE("What no VU took has the scenario's tags") {
  Scenario scenario = one_a_second(1);
  scenario.name = "chat";
  scenario.tags = {{"team", "a"}};
  OpenWorld world(scenario, taking(std::nullopt));
  world.begin();
  world.run_until(60);
  for (const auto& entry : world.shard.take_delta().entries) {
    if (entry.metric != metrics::kDroppedIterations) continue;
    CHECK(entry.tags->to_string() == "{scenario=chat,team=a}");
  }
}

VuScript random_script(base::RandomStream& random) {
  const auto time = [&random]() -> std::optional<base::Duration> {
    if (random.below(10) == 0) return std::nullopt;
    return std::chrono::milliseconds(random.below(2000));
  };
  return {.on_start = time(), .iteration = time(), .on_stop = time(), .has_on_start = false};
}

std::size_t planned_until(const Scenario& scenario, std::uint64_t seed, base::Duration end) {
  load::Arrivals arrivals(scenario, load::arrivals_seed(seed, 0));
  std::size_t planned = 0;
  for (auto start = arrivals.next(); start && start->due <= end; start = arrivals.next()) ++planned;
  return planned;
}

TEST_CASE("Any open plan ends in time, with every VU gone and every start accounted for once") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    base::RandomStream random(base::derive_seed(2, seed));
    const Scenario scenario = tests::random_open_scenario(random);
    const std::uint64_t workers = 1 + random.below(4);
    const base::Duration last = scenario.start_time + scenario.regular_duration() +
                                scenario.graceful_stop + load::ArrivalExecutor::kOnStopLimit;
    base::Duration planned_end = scenario.regular_duration();
    std::set<std::uint64_t> begun;
    std::map<std::uint64_t, std::size_t> made;
    double accounted = 0;
    const double stop_at = base::to_seconds(last) * random.uniform() / 2;
    if (seed % 3 != 0) {
      planned_end = std::min(planned_end, base::from_seconds(stop_at) - scenario.start_time);
    }
    for (std::uint64_t index = 0; index < workers; ++index) {
      OpenWorld world(scenario, {}, {index, workers}, seed);
      world.vus.script = [&random](const auto&) { return random_script(random); };
      world.begin();
      if (seed % 3 != 0) world.run_until(stop_at);
      if (seed % 3 == 1) world.executor.stop_gracefully(world.clock.now());
      if (seed % 3 == 2) world.executor.stop_now(world.clock.now());
      REQUIRE(world.executor.active_vus() == world.vus.alive.size());
      REQUIRE(world.executor.active_vus() <= scenario.max_vus);
      world.run_until(base::to_seconds(last) + 0.001);
      REQUIRE(world.executor.done());
      REQUIRE(world.vus.alive.empty());
      for (const auto& iteration : world.vus.iterations) {
        REQUIRE(begun.insert(iteration.number).second);
      }
      for (const auto& vu : world.vus.made) REQUIRE(made.emplace(vu.id, vu.user_class).second);
      const auto metrics = recorded(world.shard);
      const auto own = static_cast<double>(world.vus.iterations.size());
      REQUIRE(metrics.iterations + metrics.interrupted == own);
      REQUIRE(static_cast<double>(metrics.duration.count()) == own);
      REQUIRE(static_cast<double>(metrics.start_lag.count()) == own);
      REQUIRE(static_cast<double>(metrics.vu_wait.values.count()) == own);
      REQUIRE(metrics.vu_wait.count() == metrics.duration_from_due.count());
      REQUIRE(metrics.start_lag.values.max() == 0);  // This clock's loop is never late.
      accounted += own + metrics.dropped;
    }
    REQUIRE(accounted == static_cast<double>(planned_until(scenario, seed, planned_end)));
    REQUIRE(made.size() <= scenario.max_vus);
  }
}

}  // namespace
