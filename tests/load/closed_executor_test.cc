#include "load/closed_executor.h"

#include <catch2/catch.hpp>

#include "load/fake_vu.h"

namespace {

using namespace std::chrono_literals;
using load::ExecutorKind;
using load::Scenario;
using tests::ClosedWorld;
using tests::Log;
using tests::recorded;
using tests::VuScript;

Scenario constant_vus(std::uint64_t vus, base::Duration duration) {
  return {.executor = ExecutorKind::kConstantVus,
          .graceful_stop = 5s,
          .users = {{"User", 1}},
          .vus = vus,
          .duration = duration};
}

Scenario ramping_vus(double start_vus, std::vector<load::Stage> stages) {
  return {.executor = ExecutorKind::kRampingVus,
          .graceful_stop = 5s,
          .users = {{"User", 1}},
          .start_vus = start_vus,
          .stages = std::move(stages),
          .graceful_ramp_down = 2s};
}

Scenario shared_iterations(std::uint64_t vus, std::uint64_t iterations) {
  return {.executor = ExecutorKind::kSharedIterations,
          .graceful_stop = 5s,
          .users = {{"User", 1}},
          .vus = vus,
          .iterations = iterations,
          .max_duration = 1min};
}

TEST_CASE("A VU starts, iterates with its think time between, and stops") {
  ClosedWorld world(constant_vus(1, 10s),
                    {.on_start = 500ms, .iteration = 1s, .think_time = 3s, .on_stop = 250ms});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0.5 iteration", "4.5 iteration", "8.5 iteration",
                                "10 on_stop", "10.25 gone"});
  CHECK(world.executor.done());
  CHECK(world.executor.next_wake() == std::nullopt);
}

TEST_CASE("Nothing begins before the scenario's start time") {
  Scenario scenario = constant_vus(2, 10s);
  scenario.start_time = 20s;
  ClosedWorld world(scenario);
  world.begin();
  CHECK(world.executor.next_wake() == world.vus.start + 20s);
  world.run_until(19.999);
  CHECK(world.executor.active_vus() == 0);
  CHECK_FALSE(world.executor.done());
  world.run_until(20);
  CHECK(world.executor.active_vus() == 2);
  world.run_until(60);
  CHECK(world.vus.log(2).front() == "20 on_start");
  CHECK(world.vus.log(2).back() == "30 gone");
}

TEST_CASE("The spawn rate starts VUs one after the other") {
  Scenario scenario = constant_vus(3, 10s);
  scenario.spawn_rate = 2;
  ClosedWorld world(scenario);
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1).front() == "0 on_start");
  CHECK(world.vus.log(2).front() == "0.5 on_start");
  CHECK(world.vus.log(3).front() == "1 on_start");
  CHECK(world.vus.log(3).back() == "10 gone");
}

TEST_CASE("An iteration under way at the end may finish, but no other begins") {
  ClosedWorld world(constant_vus(1, 10s), {.iteration = 7s});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) ==
        Log{"0 on_start", "0 iteration", "7 iteration", "14 on_stop", "14 gone"});
  CHECK(recorded(world.shard).interrupted == 0);
}

TEST_CASE("An iteration that outlasts the graceful time is interrupted and on_stop still runs") {
  ClosedWorld world(constant_vus(1, 10s), {.iteration = std::nullopt, .on_stop = 1s});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) ==
        Log{"0 on_start", "0 iteration", "15 interrupted", "15 on_stop", "16 gone"});
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 0);
  CHECK(metrics.interrupted == 1);
  CHECK(metrics.duration.values.count() == 0);
  CHECK(metrics.duration.lower_bounds.count() == 1);
  CHECK(metrics.duration.lower_bounds.max() == Approx(15));
  CHECK(metrics.duration_from_due.lower_bounds.max() == Approx(15));
  CHECK(metrics.start_lag.count() == 1);
}

TEST_CASE("Without graceful time an iteration is interrupted at the end") {
  Scenario scenario = constant_vus(1, 10s);
  scenario.graceful_stop = 0s;
  ClosedWorld world(scenario, {.iteration = 4s});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "4 iteration", "8 iteration",
                                "10 interrupted", "10 on_stop", "10 gone"});
}

TEST_CASE("On_start counts as under way: it has the graceful time and then is interrupted") {
  SECTION("it finishes in time") {
    ClosedWorld world(constant_vus(1, 10s), {.on_start = 12s});
    world.begin();
    world.run_until(60);
    CHECK(world.vus.log(1) == Log{"0 on_start", "12 on_stop", "12 gone"});
  }
  SECTION("it does not") {
    ClosedWorld world(constant_vus(1, 10s), {.on_start = std::nullopt});
    world.begin();
    world.run_until(60);
    CHECK(world.vus.log(1) == Log{"0 on_start", "15 interrupted", "15 on_stop", "15 gone"});
    CHECK(recorded(world.shard).interrupted == 0);  // It was no iteration.
  }
}

TEST_CASE("An on_stop that does not end is interrupted after its limit") {
  ClosedWorld world(constant_vus(1, 10s), {.iteration = 10s, .on_stop = std::nullopt});
  world.begin();
  world.run_until(39.999);
  CHECK(world.executor.active_vus() == 1);
  world.run_until(40);
  CHECK(world.vus.log(1) ==
        Log{"0 on_start", "0 iteration", "10 on_stop", "40 interrupted", "40 gone"});
  CHECK(world.executor.done());
}

TEST_CASE("An iteration that finished in time is not interrupted because advance() comes late") {
  ClosedWorld world(constant_vus(1, 10s), {.iteration = 15s});
  world.begin();
  world.run_until(14);
  world.clock.set(world.vus.start + 15s);
  world.vus.call_back();
  world.clock.set(world.vus.start + 21s);
  world.executor.advance(world.clock.now());
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "21 on_stop"});
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 1);
  CHECK(metrics.duration.values.max() == Approx(15));
}

TEST_CASE("A ramp down gives VUs graceful_ramp_down, the ramp's end graceful_stop") {
  ClosedWorld world(ramping_vus(2, {{10s, 2}, {0s, 1}, {10s, 1}}), {.iteration = std::nullopt});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(2) ==
        Log{"0 on_start", "0 iteration", "12 interrupted", "12 on_stop", "12 gone"});
  CHECK(world.vus.log(1) ==
        Log{"0 on_start", "0 iteration", "25 interrupted", "25 on_stop", "25 gone"});
}

TEST_CASE("A ramp down near the ramp's end has no longer than graceful_stop after it") {
  Scenario scenario = ramping_vus(2, {{10s, 2}, {1s, 1}, {2s, 1}});
  scenario.graceful_ramp_down = 1min;
  ClosedWorld world(scenario, {.iteration = std::nullopt});
  world.begin();
  world.run_until(90);
  CHECK(world.vus.log(2)[2] == "18 interrupted");
}

TEST_CASE("A slot that is wanted again gets a new VU with the same id") {
  ClosedWorld world(ramping_vus(1, {{3s, 1}, {0s, 0}, {7s, 0}, {0s, 1}, {1s, 1}}),
                    {.iteration = 2s});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "2 iteration", "4 on_stop", "4 gone",
                                "10 on_start", "10 iteration", "12 on_stop", "12 gone"});
}

TEST_CASE("A slot that is wanted again while its VU may still finish keeps the VU") {
  ClosedWorld world(ramping_vus(1, {{3s, 1}, {0s, 0}, {1s, 0}, {0s, 1}, {6s, 1}}),
                    {.iteration = 5s});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) ==
        Log{"0 on_start", "0 iteration", "5 iteration", "10 on_stop", "10 gone"});
}

TEST_CASE("A slot whose VU is still stopping when it is wanted again waits for that") {
  ClosedWorld world(ramping_vus(1, {{3s, 1}, {0s, 0}, {1s, 0}, {0s, 1}, {6s, 1}}),
                    {.iteration = 3s, .on_stop = 4s});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "3 on_stop", "7 gone", "7 on_start",
                                "7 iteration", "10 on_stop", "14 gone"});
}

TEST_CASE("Shared iterations are done once each, by whoever is free") {
  ClosedWorld world(shared_iterations(2, 5));
  world.vus.script = [](const auto& identity) {
    return VuScript{.iteration = identity.id == 1 ? 1s : 10s};
  };
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "1 iteration", "2 iteration",
                                "3 iteration", "4 on_stop", "4 gone"});
  CHECK(world.vus.log(2) == Log{"0 on_start", "0 iteration", "10 on_stop", "10 gone"});
  CHECK(recorded(world.shard).iterations == 5);
  CHECK(world.executor.done());
}

TEST_CASE("VUs in their think time stop as soon as no shared iteration is left") {
  ClosedWorld world(shared_iterations(2, 3));
  world.vus.script = [](const auto& identity) {
    return identity.id == 1 ? VuScript{.iteration = 1s, .think_time = 30s}
                            : VuScript{.iteration = 2s};
  };
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "2 on_stop", "2 gone"});
  CHECK(world.vus.log(2) == Log{"0 on_start", "0 iteration", "2 iteration", "4 on_stop", "4 gone"});
}

TEST_CASE("Max_duration ends shared iterations that are not all done") {
  ClosedWorld world(shared_iterations(1, 1000), {.iteration = 7s});
  world.begin();
  world.run_until(90);
  CHECK(world.vus.count("iteration") == 9);
  CHECK(world.vus.log(1).back() == "63 gone");
  CHECK(world.executor.done());
}

TEST_CASE("Each VU does its own number of iterations and stops") {
  Scenario scenario = shared_iterations(2, 3);
  scenario.executor = ExecutorKind::kPerVuIterations;
  ClosedWorld world(scenario);
  world.vus.script = [](const auto& identity) {
    return identity.id == 1 ? VuScript{.iteration = 1s, .think_time = 500ms}
                            : VuScript{.iteration = 10s};
  };
  world.begin();
  world.run_until(90);
  // The think time after the last iteration is waited for by nobody.
  CHECK(world.vus.log(1) ==
        Log{"0 on_start", "0 iteration", "1.5 iteration", "3 iteration", "4 on_stop", "4 gone"});
  CHECK(world.vus.log(2) ==
        Log{"0 on_start", "0 iteration", "10 iteration", "20 iteration", "30 on_stop", "30 gone"});
  CHECK(world.executor.done());
}

TEST_CASE("Max_duration ends the iterations of each VU that are not all done") {
  Scenario scenario = shared_iterations(1, 1000);
  scenario.executor = ExecutorKind::kPerVuIterations;
  ClosedWorld world(scenario, {.iteration = 7s});
  world.begin();
  world.run_until(90);
  CHECK(world.vus.count("iteration") == 9);
  CHECK(world.vus.log(1).back() == "63 gone");
}

TEST_CASE("Iterations are numbered over all VUs in the order in which they begin") {
  const auto executor = GENERATE(ExecutorKind::kSharedIterations, ExecutorKind::kPerVuIterations,
                                 ExecutorKind::kConstantVus);
  Scenario scenario = shared_iterations(3, 4);
  scenario.executor = executor;
  scenario.duration = 3s;
  ClosedWorld world(scenario);
  world.begin();
  world.run_until(60);
  REQUIRE(world.vus.iterations.size() >= 4);
  for (std::size_t i = 0; i < world.vus.iterations.size(); ++i) {
    CHECK(world.vus.iterations[i].number == i);
  }
}

TEST_CASE("Closed executors do not record a wait for a VU") {
  ClosedWorld world(constant_vus(2, 10s));
  world.begin();
  world.run_until(60);
  const auto metrics = recorded(world.shard);
  CHECK(metrics.start_lag.count() == 20);
  CHECK(metrics.vu_wait.count() == 0);
}

TEST_CASE("An iteration is due when its think time is over, and the lag from then is ours") {
  ClosedWorld world(constant_vus(1, 10s), {.iteration = 1s, .think_time = 3s});
  world.begin();
  world.run_until(3);
  world.clock.set(world.vus.start + 4s + 250ms);  // The loop was busy elsewhere.
  world.executor.advance(world.clock.now());
  world.run_until(6);
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 2);
  CHECK(metrics.start_lag.values.min() == 0);
  CHECK(metrics.start_lag.values.max() == Approx(0.25));
  CHECK(metrics.duration.values.max() == Approx(1));
  CHECK(metrics.duration_from_due.values.max() == Approx(1.25));
}

TEST_CASE("Among VUs that are due together the later ones' lag is counted") {
  ClosedWorld world(constant_vus(4, 10s), {.iteration = 20s, .cpu_per_iteration = 100ms});
  world.begin();
  world.run_until(30);
  const auto lag = recorded(world.shard).start_lag;
  CHECK(lag.count() == 4);
  CHECK(lag.values.max() == Approx(0.3));
  CHECK(lag.lower_bounds.count() == 0);
}

TEST_CASE("A negative think time is none") {
  ClosedWorld world(constant_vus(1, 2s), {.iteration = 1s, .think_time = -5s});
  world.begin();
  world.run_until(60);
  CHECK(world.vus.log(1) == Log{"0 on_start", "0 iteration", "1 iteration", "2 on_stop", "2 gone"});
  CHECK(recorded(world.shard).start_lag.values.max() == 0);
}

TEST_CASE("VUs that have called back are work to do now") {
  ClosedWorld world(constant_vus(1, 10s));
  world.begin();
  world.executor.advance(world.vus.start);
  CHECK(world.executor.next_wake() == world.vus.start + 10s);
  world.vus.call_back();
  CHECK(world.executor.next_wake() == world.vus.start);
}

}  // namespace
