// Stopping an executor early, and what holds for any plan and any number of workers.
#include <catch2/catch.hpp>
#include <map>

#include "base/random.h"
#include "load/closed_executor.h"
#include "load/fake_vu.h"

namespace {

using namespace std::chrono_literals;
using load::ExecutorKind;
using load::Scenario;
using tests::ClosedWorld;
using tests::Log;
using tests::recorded;
using tests::VuScript;

Scenario constant_vus(std::uint64_t vus) {
  return {.executor = ExecutorKind::kConstantVus,
          .graceful_stop = 5s,
          .users = {{"User", 1}},
          .vus = vus,
          .duration = 10s};
}

TEST_CASE("A graceful stop lets what is under way finish and starts nothing new") {
  Scenario scenario = constant_vus(3);
  scenario.spawn_rate = 0.5;
  ClosedWorld world(scenario);
  world.vus.script = [](const auto& identity) {
    return identity.id == 1 ? VuScript{.iteration = 1s, .think_time = 9s}
                            : VuScript{.iteration = 4s};
  };
  world.begin();
  world.run_until(3);
  world.executor.stop_gracefully(world.clock.now());
  CHECK_FALSE(world.executor.done());
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "3 on_stop", "3 gone"});
  CHECK(world.vus.log(2) == Log{"2 on_start", "2 iteration", "6 on_stop", "6 gone"});
  CHECK(world.vus.log(3).empty());
  CHECK(world.executor.done());
}

TEST_CASE("A graceful stop interrupts what outlasts graceful_stop") {
  ClosedWorld world(constant_vus(1), {.iteration = std::nullopt});
  world.begin();
  world.run_until(2);
  world.executor.stop_gracefully(world.clock.now());
  world.run_until(60);
  CHECK(world.vus.log(1) ==
        Log{"0 on_start", "0 iteration", "7 interrupted", "7 on_stop", "7 gone"});
}

TEST_CASE("A graceful stop of no graceful time interrupts at once") {
  Scenario scenario = constant_vus(1);
  scenario.graceful_stop = 0s;
  ClosedWorld world(scenario, {.iteration = std::nullopt});
  world.begin();
  world.run_until(2);
  world.executor.stop_gracefully(world.clock.now());
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "2 interrupted", "2 on_stop"});
}

TEST_CASE("Stopping what is already stopping keeps the earlier deadline") {
  ClosedWorld world(constant_vus(1), {.iteration = std::nullopt});
  world.begin();
  SECTION("after the end of the span") { world.run_until(12); }
  SECTION("after another graceful stop") {
    world.run_until(10);
    world.executor.stop_gracefully(world.clock.now());
    world.run_until(13);
  }
  world.executor.stop_gracefully(world.clock.now());
  world.run_until(60);
  CHECK(world.vus.log(1)[2] == "15 interrupted");
}

TEST_CASE("A stopped executor does not take up a slot's later spans") {
  Scenario scenario = constant_vus(1);
  scenario.executor = ExecutorKind::kRampingVus;
  scenario.stages = {{3s, 1}, {0s, 0}, {3s, 0}, {0s, 1}, {9s, 1}};
  ClosedWorld world(scenario, {.iteration = 5s});
  world.begin();
  SECTION("while the VU may finish for the first") { world.run_until(4); }
  SECTION("between the spans") { world.run_until(5.5); }
  world.executor.stop_gracefully(world.clock.now());
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "5 on_stop", "5 gone"});
  CHECK(world.executor.done());
}

TEST_CASE("Stopping before anything began leaves nothing to do") {
  ClosedWorld world(constant_vus(5));
  SECTION("before begin()") {}
  SECTION("before the first advance()") { world.begin(); }
  SECTION("at once") { world.executor.stop_now(world.clock.now()); }
  world.executor.stop_gracefully(world.clock.now());
  CHECK(world.executor.done());
  CHECK(world.vus.made.empty());
  CHECK(world.executor.next_wake() == std::nullopt);
}

TEST_CASE("Stop_now interrupts everything, on_stop included, and leaves no VU") {
  ClosedWorld world(constant_vus(4));
  world.vus.script = [](const auto& identity) -> VuScript {
    if (identity.id == 1) return {.on_start = std::nullopt};
    if (identity.id == 2) return {.iteration = std::nullopt};
    if (identity.id == 3) return {.iteration = 1s, .think_time = 60s, .on_stop = std::nullopt};
    return {.iteration = 1s, .think_time = 60s};
  };
  world.begin();
  world.run_until(2);
  SECTION("while running") {
    world.executor.stop_now(world.clock.now());
    CHECK(world.vus.log(3).back() == "2 gone");
  }
  SECTION("while stopping") {
    world.executor.stop_gracefully(world.clock.now());
    world.executor.stop_now(world.clock.now());
    CHECK(world.vus.log(3) ==
          Log{"0 on_start", "0 iteration", "2 on_stop", "2 interrupted", "2 gone"});
  }
  CHECK(world.executor.done());
  CHECK(world.executor.active_vus() == 0);
  CHECK(world.vus.alive.empty());
  CHECK(world.executor.next_wake() == std::nullopt);
  CHECK(world.vus.log(1) == Log{"0 on_start", "2 interrupted", "2 gone"});
  CHECK(world.vus.log(2) == Log{"0 on_start", "0 iteration", "2 interrupted", "2 gone"});
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 2);
  CHECK(metrics.interrupted == 1);
  CHECK(metrics.duration.lower_bounds.max() == Approx(2));
}

TEST_CASE("An iteration that has called back is counted once when everything is stopped") {
  ClosedWorld world(constant_vus(1));
  world.begin();
  world.run_until(0);
  world.clock.set(world.vus.start + 1s);
  world.vus.call_back();
  world.executor.stop_now(world.clock.now());
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 1);
  CHECK(metrics.interrupted == 0);
  CHECK(world.executor.done());
}

TEST_CASE("Ids and user classes do not depend on the number of workers") {
  Scenario scenario = constant_vus(10);
  scenario.users = {{"A", 3}, {"B", 1}};
  std::vector<std::map<std::uint64_t, std::size_t>> classes_by_workers;
  for (const std::uint64_t workers : {1, 3, 16}) {
    auto& classes = classes_by_workers.emplace_back();
    for (std::uint64_t index = 0; index < workers; ++index) {
      ClosedWorld world(scenario, {}, {.index = index, .count = workers});
      world.begin();
      world.run_until(0);
      for (const auto& vu : world.vus.made) CHECK(classes.emplace(vu.id, vu.user_class).second);
      world.run_until(60);
      CHECK(world.executor.done());
    }
  }
  CHECK(classes_by_workers[0].size() == 10);
  CHECK(classes_by_workers[0].begin()->first == 1);
  CHECK(classes_by_workers[1] == classes_by_workers[0]);
  CHECK(classes_by_workers[2] == classes_by_workers[0]);
}

TEST_CASE("A worker without a slot is done from the start") {
  ClosedWorld world(constant_vus(2), {}, {.index = 2, .count = 3});
  world.begin();
  CHECK(world.executor.done());
  CHECK(world.executor.next_wake() == std::nullopt);
}

TEST_CASE("Workers share the iterations exactly") {
  Scenario scenario = constant_vus(8);
  scenario.executor = ExecutorKind::kSharedIterations;
  scenario.iterations = 101;
  load::SharedIterations shared;
  tests::FakeClock clock;
  tests::FakeVus vus(clock);
  metrics::Registry registry;
  metrics::Shard shard(registry);
  const auto make = [&vus](const load::VuIdentity& identity) { return vus.make(identity); };
  load::ClosedExecutor first(scenario, 0, {.index = 0, .count = 2}, shared, shard, clock, make);
  load::ClosedExecutor second(scenario, 0, {.index = 1, .count = 2}, shared, shard, clock, make);
  first.begin(clock.now());
  second.begin(clock.now());
  for (int second_of_test = 0; second_of_test < 30; ++second_of_test) {
    for (int turn = 0; turn < 3; ++turn) {
      vus.call_back();
      first.advance(clock.now());
      second.advance(clock.now());
    }
    clock.advance(1s);
  }
  CHECK(first.done());
  CHECK(second.done());
  CHECK(recorded(shard).iterations == 101);
}

// A plan with anything in it that a user may ask for.
Scenario random_scenario(base::RandomStream& random) {
  const auto up_to = [&random](std::uint64_t ms) {
    return std::chrono::milliseconds(random.below(ms));
  };
  Scenario scenario;
  scenario.executor = static_cast<ExecutorKind>(random.below(4));
  scenario.start_time = up_to(5000);
  scenario.graceful_stop = up_to(4000);
  scenario.graceful_ramp_down = up_to(4000);
  scenario.vus = 1 + random.below(12);
  scenario.spawn_rate = random.below(2) == 0 ? 0 : 10 * random.uniform();
  scenario.duration = 1ms + up_to(20'000);
  scenario.max_duration = 1ms + up_to(20'000);
  scenario.iterations = 1 + random.below(60);
  scenario.start_vus = static_cast<double>(random.below(6));
  for (std::uint64_t i = 1 + random.below(6); i > 0; --i) {
    scenario.stages.push_back({random.below(3) == 0 ? 0ms : up_to(5000), 12 * random.uniform()});
  }
  scenario.users = {{"A", 1}, {"B", 2}};
  return scenario;
}

VuScript random_script(base::RandomStream& random) {
  const auto time = [&random]() -> std::optional<base::Duration> {
    if (random.below(10) == 0) return std::nullopt;
    return std::chrono::milliseconds(random.below(2000));
  };
  return {.on_start = time(),
          .iteration = time(),
          .think_time = std::chrono::milliseconds(random.below(1000)),
          .on_stop = time()};
}

TEST_CASE("Any plan ends in time, with every VU gone and every iteration accounted for") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    base::RandomStream random(base::derive_seed(1, seed));
    ClosedWorld world(random_scenario(random));
    const Scenario& scenario = world.scenario;
    world.vus.script = [&random](const auto&) { return random_script(random); };
    world.begin();
    const double latest =
        base::to_seconds(scenario.start_time + scenario.regular_duration() +
                         scenario.graceful_stop + load::ClosedExecutor::kOnStopLimit);
    if (seed % 3 == 1) {
      world.run_until(latest * random.uniform() / 2);
      world.executor.stop_gracefully(world.clock.now());
    }
    world.run_until(latest / 3);
    REQUIRE(world.executor.active_vus() == world.vus.alive.size());
    REQUIRE(world.executor.active_vus() <= scenario.most_vus());
    if (seed % 3 == 2) world.executor.stop_now(world.clock.now());
    world.run_until(latest + 0.001);
    REQUIRE(world.executor.done());
    REQUIRE(world.vus.alive.empty());
    const auto metrics = recorded(world.shard);
    const auto begun = static_cast<double>(world.vus.count("iteration"));
    REQUIRE(metrics.iterations + metrics.interrupted == begun);
    REQUIRE(static_cast<double>(metrics.duration.count()) == begun);
    if (scenario.executor == ExecutorKind::kSharedIterations) {
      REQUIRE(begun <= static_cast<double>(scenario.iterations));
    }
    if (scenario.executor == ExecutorKind::kPerVuIterations) {
      REQUIRE(begun <= static_cast<double>(scenario.iterations * scenario.vus));
    }
  }
}

}  // namespace
