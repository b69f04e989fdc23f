// The scenarios of k6's documentation as plans: each has the schedule that k6's rules give.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "load/fake_vu.h"
#include "load/schedule.h"

namespace {

using namespace std::chrono_literals;
using load::ExecutorKind;
using load::Scenario;
using tests::ClosedWorld;
using tests::OpenWorld;
using tests::recorded;
using tests::VuScript;

const std::vector<load::UserClass> kUsers = {{.name = "default", .has_on_start = false}};

// How many VUs a closed scenario has at a time, counted from its start.
std::size_t vus_at(const Scenario& scenario, base::Duration time) {
  std::size_t count = 0;
  for (std::uint64_t slot = 0; slot < scenario.most_vus(); ++slot) {
    const auto spans = load::wanted_spans(scenario, slot);
    count += std::any_of(spans.begin(), spans.end(), [time](const load::Span& span) {
      return span.begin <= time && time < span.end;
    });
  }
  return count;
}

std::vector<base::Duration> due_times(const Scenario& scenario) {
  load::Arrivals arrivals(scenario, 0);
  std::vector<base::Duration> times;
  while (const auto start = arrivals.next()) times.push_back(start->due);
  return times;
}

std::size_t starts_until(const std::vector<base::Duration>& times, base::Duration end) {
  return static_cast<std::size_t>(std::upper_bound(times.begin(), times.end(), end) -
                                  times.begin());
}

VuScript taking(base::Duration time) { return {.iteration = time, .has_on_start = false}; }

TEST_CASE("k6: constant-vus, ten VUs for thirty seconds") {
  const Scenario scenario{
      .executor = ExecutorKind::kConstantVus, .users = kUsers, .vus = 10, .duration = 30s};
  REQUIRE(validate(scenario));
  CHECK(vus_at(scenario, 0s) == 10);
  CHECK(vus_at(scenario, 29'999ms) == 10);
  CHECK(vus_at(scenario, 30s) == 0);
  // Each iteration takes about half a second: some sixty of them a VU.
  ClosedWorld world(scenario, taking(515ms));
  world.begin();
  world.run_until(100);
  CHECK(recorded(world.shard).iterations == 10 * 59);
}

TEST_CASE("k6: ramping-vus, up to ten in twenty seconds and down in ten, without grace") {
  const Scenario scenario{.executor = ExecutorKind::kRampingVus,
                          .users = kUsers,
                          .start_vus = 0,
                          .stages = {{20s, 10}, {10s, 0}},
                          .graceful_ramp_down = 0s};
  REQUIRE(validate(scenario));
  CHECK(scenario.most_vus() == 10);
  CHECK(vus_at(scenario, 0s) == 0);
  for (std::size_t n = 1; n <= 10; ++n) {
    const auto reached = 2s * n;     // The line comes up to n.
    const auto left = 31s - 1s * n;  // It comes down to n - 1.
    CHECK(vus_at(scenario, reached - 1ns) == n - 1);
    CHECK(vus_at(scenario, reached) == n);
    CHECK(vus_at(scenario, left - 1ns) == n);
    CHECK(vus_at(scenario, left) == n - 1);
  }
  // An iteration under way is interrupted when its VU is taken away.
  ClosedWorld world(scenario, taking(4s));
  world.begin();
  world.run_until(100);
  CHECK(world.vus.log(10) ==
        tests::Log{"20 on_start", "20 iteration", "21 interrupted", "21 on_stop", "21 gone"});
}

TEST_CASE("k6: stages as a shortcut, from the default of one VU") {
  const Scenario scenario{.executor = ExecutorKind::kRampingVus,
                          .users = kUsers,
                          .stages = {{30s, 20}, {1min + 30s, 10}, {20s, 0}}};
  REQUIRE(validate(scenario));
  CHECK(scenario.regular_duration() == 2min + 20s);
  CHECK(vus_at(scenario, 0s) == 1);
  CHECK(vus_at(scenario, 15s) == 10);  // 1 + 19 * 15 / 30 is 10.5.
  CHECK(vus_at(scenario, 30s) == 20);
  CHECK(vus_at(scenario, 30s + 4500ms) == 20);  // 19.5 on the way down.
  CHECK(vus_at(scenario, 30s + 45s) == 15);
  CHECK(vus_at(scenario, 2min) == 10);
  CHECK(vus_at(scenario, 2min + 10s) == 5);
  CHECK(vus_at(scenario, 2min + 19s) == 1);
}

TEST_CASE("k6: shared-iterations, two hundred among ten VUs") {
  const Scenario scenario{.executor = ExecutorKind::kSharedIterations,
                          .users = kUsers,
                          .vus = 10,
                          .iterations = 200,
                          .max_duration = 30s};
  REQUIRE(validate(scenario));
  SECTION("all of them, as fast as the VUs can") {
    ClosedWorld world(scenario, taking(500ms));
    world.begin();
    world.run_until(9.999);
    CHECK_FALSE(world.executor.done());
    world.run_until(10);
    CHECK(world.executor.done());
    CHECK(recorded(world.shard).iterations == 200);
  }
  SECTION("as many as max_duration allows") {
    ClosedWorld world(scenario, taking(2s));
    world.begin();
    world.run_until(100);
    CHECK(recorded(world.shard).iterations == 150);
  }
}

TEST_CASE("k6: per-vu-iterations, twenty for each of ten VUs") {
  const Scenario scenario{.executor = ExecutorKind::kPerVuIterations,
                          .users = kUsers,
                          .vus = 10,
                          .iterations = 20,
                          .max_duration = 30s};
  REQUIRE(validate(scenario));
  ClosedWorld world(scenario);
  world.vus.script = [](const auto& identity) { return taking(identity.id == 1 ? 500ms : 1s); };
  world.begin();
  world.run_until(19.999);
  CHECK(world.vus.log(1).back() == "10 gone");  // A faster VU does not help the others.
  CHECK(world.executor.active_vus() == 9);
  world.run_until(20);
  CHECK(world.executor.done());
  CHECK(recorded(world.shard).iterations == 200);
}

TEST_CASE("k6: constant-arrival-rate, thirty a second for thirty seconds") {
  const Scenario scenario{.executor = ExecutorKind::kConstantArrivalRate,
                          .users = kUsers,
                          .duration = 30s,
                          .rate = 30,
                          .time_unit = 1s,
                          .pre_allocated_vus = 2,
                          .max_vus = 50};
  REQUIRE(validate(scenario));
  const auto times = due_times(scenario);
  REQUIRE(times.size() == 900);
  for (std::size_t i = 0; i < times.size(); ++i) {
    REQUIRE(std::abs(base::to_seconds(times[i]) - static_cast<double>(i) / 30) < 1e-6);
  }
  OpenWorld world(scenario, taking(515ms));
  world.begin();
  world.run_until(100);
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 900);
  CHECK(metrics.dropped == 0);
  CHECK(world.vus.made.size() == 16);  // 30 a second for 515 ms each: 15.45.
}

TEST_CASE("k6: ramping-arrival-rate, per minute, up, flat and down") {
  const Scenario scenario{.executor = ExecutorKind::kRampingArrivalRate,
                          .users = kUsers,
                          .stages = {{1min, 300}, {2min, 600}, {4min, 600}, {2min, 60}},
                          .start_rate = 300,
                          .time_unit = 1min,
                          .pre_allocated_vus = 50,
                          .max_vus = 50};
  REQUIRE(validate(scenario));
  CHECK(scenario.regular_duration() == 9min);
  const auto times = due_times(scenario);
  // 300 in the first minute, 450 and 600 a minute on average in the next stages, 330 at the end.
  REQUIRE(times.size() == 300 + 900 + 2400 + 660);
  CHECK(times[0] == 200ms);
  CHECK(times[299] == 1min);
  CHECK(times[1199] == 3min);
  CHECK(times[1200] == 3min + 100ms);
  CHECK(times[3599] == 7min);
  CHECK(times.back() == 9min);
  CHECK(starts_until(times, 2min) == 300 + 375);  // From 300 to 450 a minute: 375 in that minute.
}

TEST_CASE("k6: ramping-arrival-rate from nothing, one a second and back") {
  const Scenario scenario{.executor = ExecutorKind::kRampingArrivalRate,
                          .users = kUsers,
                          .stages = {{5s, 1}, {1s, 1}, {5s, 0}},
                          .max_vus = 1};
  REQUIRE(validate(scenario));
  const std::vector<double> seconds = {3.162278, 4.472136, 5.5, 6.527864, 7.837722, 11};
  const auto times = due_times(scenario);
  REQUIRE(times.size() == seconds.size());
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    CHECK(std::abs(base::to_seconds(times[i]) - seconds[i]) < 1e-6);
  }
}

TEST_CASE("k6: the open and the closed model under the same slow answers") {
  const Scenario closed{
      .executor = ExecutorKind::kConstantVus, .users = kUsers, .vus = 1, .duration = 1min};
  ClosedWorld one_vu(closed, taking(6s));
  one_vu.begin();
  one_vu.run_until(200);
  CHECK(recorded(one_vu.shard).iterations == 10);

  const Scenario open{.executor = ExecutorKind::kConstantArrivalRate,
                      .users = kUsers,
                      .duration = 1min,
                      .rate = 1,
                      .time_unit = 1s,
                      .pre_allocated_vus = 20,
                      .max_vus = 20};
  OpenWorld one_a_second(open, taking(6s));
  one_a_second.begin();
  one_a_second.run_until(200);
  CHECK(recorded(one_a_second.shard).iterations == 60);
}

TEST_CASE("k6: an arrival rate needs rate times duration VUs, and drops what finds none") {
  Scenario scenario{.executor = ExecutorKind::kConstantArrivalRate,
                    .users = kUsers,
                    .duration = 10s,
                    .rate = 10,
                    .pre_allocated_vus = 5,
                    .max_vus = 5,
                    .overflow = load::Overflow::kDrop};
  SECTION("as many as are needed") {
    OpenWorld world(scenario, taking(500ms));
    world.begin();
    world.run_until(100);
    CHECK(recorded(world.shard).dropped == 0);
  }
  SECTION("half of them: half of the starts are dropped") {
    OpenWorld world(scenario, taking(1s));
    world.begin();
    world.run_until(100);
    const auto metrics = recorded(world.shard);
    CHECK(metrics.iterations == 50);
    CHECK(metrics.dropped == 50);
  }
}

TEST_CASE("k6: graceful_stop lets iterations finish for three seconds and then interrupts them") {
  const Scenario scenario{.executor = ExecutorKind::kConstantVus,
                          .graceful_stop = 3s,
                          .users = kUsers,
                          .vus = 100,
                          .duration = 10s};
  ClosedWorld world(scenario);
  world.vus.script = [](const auto& identity) { return taking(identity.id <= 40 ? 6s : 7s); };
  world.begin();
  world.run_until(100);
  CHECK(world.vus.log(1).back() == "12 gone");
  CHECK(world.vus.log(100).back() == "13 gone");
  const auto metrics = recorded(world.shard);
  CHECK(metrics.iterations == 40 * 2 + 60);
  CHECK(metrics.interrupted == 60);
}

TEST_CASE("k6: two scenarios, the second when the first is over") {
  const Scenario contacts{.name = "contacts",
                          .executor = ExecutorKind::kConstantVus,
                          .users = kUsers,
                          .vus = 50,
                          .duration = 30s};
  const Scenario news{.name = "news",
                      .executor = ExecutorKind::kPerVuIterations,
                      .start_time = 30s,
                      .users = kUsers,
                      .vus = 50,
                      .iterations = 100,
                      .max_duration = 1min};
  REQUIRE(validate(contacts));
  REQUIRE(validate(news));
  ClosedWorld first(contacts, taking(500ms));
  first.begin();
  first.run_until(30);
  CHECK(first.executor.done());
  ClosedWorld second(news, taking(500ms));
  second.begin();
  second.run_until(29.999);
  CHECK(second.executor.active_vus() == 0);
  second.run_until(30);
  CHECK(second.executor.active_vus() == 50);
  second.run_until(80);  // A hundred halves of a second each.
  CHECK(second.executor.done());
  CHECK(recorded(second.shard).iterations == 5000);
}

}  // namespace
