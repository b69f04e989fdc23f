#include "load/plan.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

namespace {

using namespace std::chrono_literals;
using load::ExecutorKind;
using load::parse_stage;
using load::Scenario;
using load::validate;

Scenario constant_vus() {
  return {.executor = ExecutorKind::kConstantVus, .users = {{"ChatUser", 1}}, .duration = 30s};
}

Scenario ramping_vus() {
  return {.executor = ExecutorKind::kRampingVus, .users = {{"ChatUser", 1}}, .stages = {{30s, 10}}};
}

Scenario constant_arrival_rate() {
  return {.executor = ExecutorKind::kConstantArrivalRate,
          .users = {{"ChatUser", 1}},
          .duration = 30s,
          .rate = 10,
          .max_vus = 100};
}

Scenario ramping_arrival_rate() {
  return {.executor = ExecutorKind::kRampingArrivalRate,
          .users = {{"ChatUser", 1}},
          .stages = {{30s, 10}},
          .max_vus = 100};
}

Scenario trace(std::vector<base::Duration> due) {
  auto recording = std::make_shared<load::Trace>();
  for (const base::Duration at : due) recording->arrivals.push_back({at, 0});
  return {.executor = ExecutorKind::kTrace,
          .users = {{"ChatUser", 1}},
          .trace = std::move(recording),
          .max_vus = 100};
}

Scenario shared_iterations() {
  return {.executor = ExecutorKind::kSharedIterations, .users = {{"ChatUser", 1}}};
}

// What validate() says, without the scenario's name; "" where it is content.
std::string complaint(const Scenario& scenario) {
  const auto result = validate(scenario);
  if (result) return "";
  const std::string place = "scenario \"" + scenario.name + "\": ";
  REQUIRE(result.error().message.substr(0, place.size()) == place);
  return result.error().message.substr(place.size());
}

TEST_CASE("A stage is a duration and a target") {
  const auto stage = parse_stage("30s:10");
  REQUIRE(stage);
  CHECK(stage->duration == 30s);
  CHECK(stage->target == 10);
  CHECK(parse_stage("1m30s:0")->duration == 90s);
  CHECK(parse_stage("0:5")->duration == 0s);
  CHECK(parse_stage(" 2m : 2.5 ")->target == 2.5);
}

TEST_CASE("What is not a stage is refused with an example") {
  for (const char* text : {"", ":", "30s", "30s:", ":10", "30x:10", "30s:ten", "30s:-1", "-1s:3",
                           "30s:10:5", "30s:inf", "30s:nan"}) {
    const auto stage = parse_stage(text);
    CAPTURE(text);
    REQUIRE_FALSE(stage);
    CHECK(stage.error().message ==
          "expected a stage such as \"30s:10\", got \"" + std::string(text) + "\"");
  }
}

TEST_CASE("Executors have k6's names, and are found by them") {
  CHECK(load::executor_names() == std::vector<std::string>{"constant-vus", "ramping-vus",
                                                           "shared-iterations", "per-vu-iterations",
                                                           "constant-arrival-rate",
                                                           "ramping-arrival-rate", "trace"});
  for (const std::string& name : load::executor_names()) {
    const auto kind = load::find_executor(name);
    REQUIRE(kind);
    CHECK(to_string(*kind) == name);
  }
  CHECK_FALSE(load::find_executor("constant_vus"));
  CHECK_FALSE(load::find_executor(""));
}

TEST_CASE("Executors that start iterations at times of their own are open") {
  std::vector<std::string_view> open;
  for (const std::string& name : load::executor_names()) {
    if (load::is_open(*load::find_executor(name))) open.push_back(name);
  }
  CHECK(open.size() == 3);
  CHECK(load::is_open(ExecutorKind::kConstantArrivalRate));
  CHECK(load::is_open(ExecutorKind::kRampingArrivalRate));
  CHECK(load::is_open(ExecutorKind::kTrace));
}

TEST_CASE("The regular duration is when the executor stops starting iterations") {
  CHECK(constant_vus().regular_duration() == 30s);
  CHECK(shared_iterations().regular_duration() == 10min);
  Scenario ramp = ramping_vus();
  ramp.stages = {{30s, 10}, {0s, 5}, {1min, 0}};
  CHECK(ramp.regular_duration() == 90s);
  ramp.executor = ExecutorKind::kRampingArrivalRate;
  CHECK(ramp.regular_duration() == 90s);
  CHECK(constant_arrival_rate().regular_duration() == 30s);
  Scenario replay = trace({0s, 3s, 10s});
  CHECK(replay.regular_duration() == 10s);
  replay.speed = 4;
  CHECK(replay.regular_duration() == 2500ms);
}

TEST_CASE("The most VUs of a ramp are the whole part of its highest point") {
  Scenario ramp = ramping_vus();
  ramp.stages = {{30s, 7.9}, {30s, 2}};
  CHECK(ramp.most_vus() == 7);
  ramp.start_vus = 12;
  CHECK(ramp.most_vus() == 12);
  ramp.stages = {{30s, 0.1 * 3 * 100}};
  CHECK(ramp.most_vus() == 30);
  Scenario constant = constant_vus();
  constant.vus = 8;
  constant.start_vus = 99;
  CHECK(constant.most_vus() == 8);
  CHECK(constant_arrival_rate().most_vus() == 100);
}

TEST_CASE("Plans with k6's defaults are accepted") {
  CHECK(complaint(constant_vus()) == "");
  CHECK(complaint(ramping_vus()) == "");
  CHECK(complaint(shared_iterations()) == "");
  CHECK(complaint(constant_arrival_rate()) == "");
  CHECK(complaint(ramping_arrival_rate()) == "");
  CHECK(complaint(trace({0s, 1s})) == "");
  Scenario per_vu = shared_iterations();
  per_vu.executor = ExecutorKind::kPerVuIterations;
  CHECK(complaint(per_vu) == "");
}

TEST_CASE("Every field that any executor has is checked") {
  Scenario scenario = constant_vus();
  SECTION("name") {
    scenario.name = "two words";
    CHECK(complaint(scenario) ==
          "name must be letters, digits, \"_\" and \"-\" (got \"two words\")");
    scenario.name = "";
    CHECK(complaint(scenario) == "name must be letters, digits, \"_\" and \"-\" (got \"\")");
  }
  SECTION("start_time") {
    scenario.start_time = -1s;
    CHECK(complaint(scenario) == "start_time must not be negative (got -1.00s)");
  }
  SECTION("graceful_stop") {
    scenario.graceful_stop = 24h * 366;
    CHECK(complaint(scenario) == "graceful_stop must be at most 8760h (got 8784h00m)");
  }
  SECTION("users") {
    scenario.users = {{"ChatUser", 1}, {"ApiUser", 0}};
    CHECK(complaint(scenario) == "users[2].weight of \"ApiUser\" must be a number above 0 (got 0)");
    scenario.users[1].weight = std::numeric_limits<double>::infinity();
    CHECK(complaint(scenario) ==
          "users[2].weight of \"ApiUser\" must be a number above 0 (got inf)");
    scenario.users.clear();
    CHECK(complaint(scenario) == "users must name at least 1 user class (got 0)");
  }
  SECTION("a fixed count that is a typing error") {
    scenario.users[0].fixed_count = 20'000'000;
    CHECK(complaint(scenario) ==
          "users[1].fixed_count of \"ChatUser\" must be at most 10,000,000 (got 20,000,000)");
  }
}

TEST_CASE("Fixed counts may exceed the VUs, but not leave VUs without a class") {
  Scenario scenario = constant_vus();
  scenario.users = {{.name = "A", .fixed_count = 3}, {.name = "B", .fixed_count = 2}};
  scenario.vus = 4;
  CHECK(complaint(scenario) == "");
  scenario.vus = 5;
  CHECK(complaint(scenario) == "");
  scenario.vus = 6;
  CHECK(complaint(scenario) ==
        "users all have a fixed_count, 5 VUs in all, but there are 6 VUs; leave fixed_count out of "
        "one user class, so that it gets the others");
  scenario.users[1].fixed_count.reset();
  CHECK(complaint(scenario) == "");
  Scenario open = constant_arrival_rate();
  open.users = {{.name = "A", .fixed_count = 3}};
  CHECK(complaint(open) == "");
}

TEST_CASE("Constant VUs need VUs, a duration and a sane spawn rate") {
  Scenario scenario = constant_vus();
  SECTION("vus") {
    scenario.vus = 0;
    CHECK(complaint(scenario) == "vus must be at least 1 (got 0)");
    scenario.vus = 10'000'001;
    CHECK(complaint(scenario) == "vus must be at most 10,000,000 (got 10,000,001)");
  }
  SECTION("duration") {
    scenario.duration = 0s;
    CHECK(complaint(scenario) ==
          "duration must be longer than 0s (got 0ns); try duration = \"30s\"");
  }
  SECTION("spawn_rate") {
    scenario.spawn_rate = -1;
    CHECK(complaint(scenario) == "spawn_rate must be 0 or more VUs a second (got -1)");
    scenario.spawn_rate = std::numeric_limits<double>::quiet_NaN();
    CHECK(complaint(scenario) == "spawn_rate must be 0 or more VUs a second (got nan)");
  }
}

TEST_CASE("A ramp needs stages that last and reach a VU") {
  Scenario scenario = ramping_vus();
  SECTION("no stages") {
    scenario.stages.clear();
    CHECK(complaint(scenario) == "stages must have at least 1 stage, such as \"30s:10\" (got 0)");
  }
  SECTION("a stage's fields") {
    scenario.stages = {{30s, 10}, {-5s, 3}};
    CHECK(complaint(scenario) == "stages[2].duration must not be negative (got -5.00s)");
    scenario.stages = {{30s, -2}};
    CHECK(complaint(scenario) == "stages[1].target must be from 0 to 10,000,000 (got -2)");
    scenario.stages = {{30s, std::numeric_limits<double>::infinity()}};
    CHECK(complaint(scenario) == "stages[1].target must be from 0 to 10,000,000 (got inf)");
  }
  SECTION("stages that last no time, or too long in all") {
    scenario.stages = {{0s, 10}, {0s, 5}};
    CHECK(complaint(scenario) == "stages must last longer than 0s in all (got 0s)");
    scenario.stages = {{24h * 300, 10}, {24h * 300, 5}};
    CHECK(complaint(scenario) == "the sum of all stages must be at most 8760h (got 14400h00m)");
  }
  SECTION("a line below one VU") {
    scenario.start_vus = 0;
    scenario.stages = {{30s, 0.5}};
    CHECK(complaint(scenario) ==
          "stages must reach at least 1 VU: start_vus and every target are below 1");
  }
  SECTION("start_vus and graceful_ramp_down") {
    scenario.graceful_ramp_down = -1ms;
    CHECK(complaint(scenario) == "graceful_ramp_down must not be negative (got -1.00ms)");
    scenario.start_vus = -1;
    CHECK(complaint(scenario) == "start_vus must be from 0 to 10,000,000 (got -1)");
  }
}

TEST_CASE("Shared iterations need VUs, iterations and a limit") {
  Scenario scenario = shared_iterations();
  SECTION("vus") {
    scenario.vus = 0;
    CHECK(complaint(scenario) == "vus must be at least 1 (got 0)");
  }
  SECTION("iterations") {
    scenario.iterations = 0;
    CHECK(complaint(scenario) == "iterations must be at least 1 (got 0)");
    scenario.vus = 10;
    scenario.iterations = 10;
    CHECK(complaint(scenario) == "");
    scenario.iterations = 9;
    CHECK(complaint(scenario) ==
          "iterations must be at least vus, 10, since the VUs share them (got 9); start fewer VUs");
    scenario.executor = ExecutorKind::kPerVuIterations;
    CHECK(complaint(scenario) == "");
  }
  SECTION("max_duration") {
    scenario.max_duration = 0s;
    CHECK(complaint(scenario) ==
          "max_duration must be longer than 0s (got 0ns); try max_duration = \"30s\"");
  }
  SECTION("fields of other executors are not looked at") {
    scenario.spawn_rate = -1;
    scenario.start_vus = -1;
    CHECK(complaint(scenario) == "");
  }
}

TEST_CASE("A constant arrival rate needs a rate, its unit, a duration and VUs") {
  Scenario scenario = constant_arrival_rate();
  SECTION("rate") {
    scenario.rate = 0;
    CHECK(complaint(scenario) == "rate must be a number above 0 (got 0)");
    scenario.rate = std::numeric_limits<double>::quiet_NaN();
    CHECK(complaint(scenario) == "rate must be a number above 0 (got nan)");
    scenario.rate = 0.001;
    CHECK(complaint(scenario) == "");
  }
  SECTION("rate and time_unit together") {
    scenario.rate = 6e7;
    scenario.time_unit = 1min;
    CHECK(complaint(scenario) == "");
    scenario.time_unit = 30s;
    CHECK(complaint(scenario) ==
          "rate must be at most 1,000,000 starts a second (got 60000000 per 30.0s)");
  }
  SECTION("time_unit") {
    scenario.time_unit = 0s;
    CHECK(complaint(scenario) ==
          "time_unit must be longer than 0s (got 0ns); try time_unit = \"30s\"");
  }
  SECTION("duration") {
    scenario.duration = 0s;
    CHECK(complaint(scenario) ==
          "duration must be longer than 0s (got 0ns); try duration = \"30s\"");
  }
  SECTION("max_vus and pre_allocated_vus") {
    scenario.pre_allocated_vus = 101;
    CHECK(complaint(scenario) == "pre_allocated_vus must be at most max_vus, 100 (got 101)");
    scenario.max_vus = 0;
    CHECK(complaint(scenario) == "max_vus must be at least 1 (got 0)");
    scenario.max_vus = 10'000'001;
    CHECK(complaint(scenario) == "max_vus must be at most 10,000,000 (got 10,000,001)");
  }
  SECTION("burstiness, where the arrivals are gamma") {
    scenario.arrival.burstiness = 0;
    CHECK(complaint(scenario) == "");
    scenario.arrival.kind = load::Arrival::Kind::kGamma;
    CHECK(complaint(scenario) ==
          "arrival.gamma, the burstiness, must be from 0.01 to 1000 (got 0)");
    for (const double number : {0.0099, 1001.0, std::nan(""), -1.0}) {
      scenario.arrival.burstiness = number;
      CHECK(complaint(scenario).starts_with("arrival.gamma, the burstiness, must be from"));
    }
    for (const double number : {0.01, 1.0, 1000.0}) {
      scenario.arrival.burstiness = number;
      CHECK(complaint(scenario) == "");
    }
  }
}

TEST_CASE("A ramping arrival rate needs stages that reach a rate") {
  Scenario scenario = ramping_arrival_rate();
  SECTION("targets that are no rates") {
    scenario.stages = {{30s, 10}, {30s, -1}};
    CHECK(complaint(scenario) == "stages[2].target must be 0 or more (got -1)");
    scenario.stages = {{30s, 2e6}};
    CHECK(complaint(scenario) ==
          "stages[1].target must be at most 1,000,000 starts a second (got 2000000 per 1.00s)");
  }
  SECTION("more than any number of VUs is a fine rate") {
    scenario.stages = {{30s, 20'000'000}};
    scenario.time_unit = 1min;
    CHECK(complaint(scenario) == "");
  }
  SECTION("start_rate") {
    scenario.start_rate = std::numeric_limits<double>::infinity();
    CHECK(complaint(scenario) == "start_rate must be 0 or more (got inf)");
  }
  SECTION("no rate at all") {
    scenario.stages = {{30s, 0}};
    CHECK(complaint(scenario) ==
          "stages must reach a rate above 0: start_rate and every target are 0");
  }
  SECTION("no stages, no VUs") {
    scenario.max_vus = 0;
    CHECK(complaint(scenario) == "max_vus must be at least 1 (got 0)");
    scenario.stages.clear();
    CHECK(complaint(scenario) == "stages must have at least 1 stage, such as \"30s:10\" (got 0)");
  }
}

TEST_CASE("A trace needs arrivals and a speed at which it ends") {
  CHECK(complaint(trace({})) == "trace must have at least 1 arrival (got 0)");
  Scenario scenario = trace({0s, 1h});
  scenario.speed = 0;
  CHECK(complaint(scenario) == "speed must be a number above 0 (got 0)");
  scenario.speed = 1e-300;
  CHECK(complaint(scenario) ==
        "speed must be high enough to replay the trace within 8760h (got 1e-300)");
  scenario.speed = 0.5;
  CHECK(complaint(scenario) == "");
  scenario.trace = nullptr;
  CHECK(complaint(scenario) == "trace must have at least 1 arrival (got 0)");
}

}  // namespace
