#include "load/plan.h"

#include <catch2/catch.hpp>
#include <limits>

namespace {

using namespace std::chrono_literals;
using load::ExecutorKind;
using load::parse_stage;
using load::Scenario;
using load::validate;

Scenario constant_vus() {
  return {.executor = ExecutorKind::kConstantVus, .duration = 30s, .users = {{"ChatUser", 1}}};
}

Scenario ramping_vus() {
  return {.executor = ExecutorKind::kRampingVus, .stages = {{30s, 10}}, .users = {{"ChatUser", 1}}};
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

TEST_CASE("Executors have k6's names") {
  CHECK(to_string(ExecutorKind::kConstantVus) == "constant-vus");
  CHECK(to_string(ExecutorKind::kRampingVus) == "ramping-vus");
  CHECK(to_string(ExecutorKind::kSharedIterations) == "shared-iterations");
}

TEST_CASE("The regular duration is when the executor stops starting iterations") {
  CHECK(constant_vus().regular_duration() == 30s);
  CHECK(shared_iterations().regular_duration() == 10min);
  Scenario ramp = ramping_vus();
  ramp.stages = {{30s, 10}, {0s, 5}, {1min, 0}};
  CHECK(ramp.regular_duration() == 90s);
}

TEST_CASE("The most VUs of a ramp are the whole part of its highest point") {
  Scenario ramp = ramping_vus();
  ramp.stages = {{30s, 7.9}, {30s, 2}};
  CHECK(ramp.max_vus() == 7);
  ramp.start_vus = 12;
  CHECK(ramp.max_vus() == 12);
  ramp.stages = {{30s, 0.1 * 3 * 100}};
  CHECK(ramp.max_vus() == 30);
  Scenario constant = constant_vus();
  constant.vus = 8;
  constant.start_vus = 99;
  CHECK(constant.max_vus() == 8);
}

TEST_CASE("Plans with k6's defaults are accepted") {
  CHECK(complaint(constant_vus()) == "");
  CHECK(complaint(ramping_vus()) == "");
  CHECK(complaint(shared_iterations()) == "");
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

}  // namespace
