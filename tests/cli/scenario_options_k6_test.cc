// Scenarios as k6's users write them, in snake_case, and what k6 makes of them.
#include <catch2/catch.hpp>

#include "cli/options_fixture.h"
#include "cli/scenario_options.h"

using load::ExecutorKind;
using load::Scenario;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

std::vector<Scenario> scenarios(const char* options) {
  return tests::with_options(json::parse(options)).settings().plan.scenarios;
}

}  // namespace

TEST_CASE("k6: shared iterations") {
  const Scenario s = scenarios(R"({"scenarios": {"contacts": {
    "executor": "shared-iterations", "vus": 10, "iterations": 200, "max_duration": "30s"}}})")[0];
  CHECK(s.executor == ExecutorKind::kSharedIterations);
  CHECK(s.vus == 10);
  CHECK(s.iterations == 200);
  CHECK(s.max_duration == 30s);
  CHECK(s.regular_duration() == 30s);
  CHECK(s.graceful_stop == 30s);
  CHECK(s.start_time == 0s);
}

TEST_CASE("k6: per-VU iterations") {
  const Scenario s = scenarios(R"({"scenarios": {"contacts": {
    "executor": "per-vu-iterations", "vus": 10, "iterations": 20, "max_duration": "30s"}}})")[0];
  CHECK(s.executor == ExecutorKind::kPerVuIterations);
  CHECK(s.iterations == 20);
  CHECK(s.most_vus() == 10);
}

TEST_CASE("k6: per-VU iterations with its defaults") {
  const Scenario s = scenarios(R"({"scenarios": {"one": {"executor": "per-vu-iterations"}}})")[0];
  CHECK(s.vus == 1);
  CHECK(s.iterations == 1);
  CHECK(s.max_duration == 10min);
}

TEST_CASE("k6: constant VUs") {
  const Scenario s = scenarios(
      R"({"scenarios": {"contacts": {"executor": "constant-vus", "vus": 10, "duration": "30s"}}})")
      [0];
  CHECK(s.executor == ExecutorKind::kConstantVus);
  CHECK(s.vus == 10);
  CHECK(s.duration == 30s);
  CHECK(s.spawn_rate == 0);
}

TEST_CASE("k6: ramping VUs") {
  const Scenario s = scenarios(R"({"scenarios": {"contacts": {
    "executor": "ramping-vus", "start_vus": 0,
    "stages": [{"duration": "20s", "target": 10}, {"duration": "10s", "target": 0}],
    "graceful_ramp_down": "0s"}}})")[0];
  CHECK(s.executor == ExecutorKind::kRampingVus);
  CHECK(s.start_vus == 0);
  REQUIRE(s.stages.size() == 2);
  CHECK(s.stages[0].duration == 20s);
  CHECK(s.stages[0].target == 10);
  CHECK(s.graceful_ramp_down == 0s);
  CHECK(s.most_vus() == 10);
  CHECK(s.regular_duration() == 30s);
}

TEST_CASE("k6: constant arrival rate") {
  const Scenario s = scenarios(R"({"scenarios": {"contacts": {
    "executor": "constant-arrival-rate", "duration": "30s", "rate": 30, "time_unit": "1s",
    "pre_allocated_vus": 2, "max_vus": 50}}})")[0];
  CHECK(s.executor == ExecutorKind::kConstantArrivalRate);
  CHECK(s.rate == 30);
  CHECK(s.time_unit == 1s);
  CHECK(s.pre_allocated_vus == 2);
  CHECK(s.max_vus == 50);
  CHECK(s.arrival == load::Arrival{});
}

TEST_CASE("k6: ramping arrival rate, in starts per minute") {
  const Scenario s = scenarios(R"({"scenarios": {"contacts": {
    "executor": "ramping-arrival-rate", "start_rate": 300, "time_unit": "1m",
    "pre_allocated_vus": 50,
    "stages": [{"target": 300, "duration": "1m"}, {"target": 600, "duration": "2m"},
               {"target": 600, "duration": "4m"}, {"target": 60, "duration": "2m"}]}}})")[0];
  CHECK(s.executor == ExecutorKind::kRampingArrivalRate);
  CHECK(s.start_rate == 300);
  CHECK(s.time_unit == 1min);
  CHECK(s.stages.size() == 4);
  CHECK(s.stages[3].target == 60);
  CHECK(s.regular_duration() == 9min);
}

TEST_CASE("k6: several scenarios, one after the other, with env, tags and exec") {
  const auto all = scenarios(R"({"scenarios": {
    "contacts": {"executor": "constant-vus", "exec": "browse", "vus": 50, "duration": "30s",
                 "tags": {"my_custom_tag": "contacts"}, "env": {"MYVAR": "contacts"}},
    "news": {"executor": "per-vu-iterations", "exec": "chat", "vus": 50, "iterations": 100,
             "start_time": "30s", "max_duration": "1m", "graceful_stop": "5s",
             "env": {"MYVAR": "news"}}}})");
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "contacts");
  CHECK(all[0].env.at("MYVAR") == "contacts");
  CHECK(all[0].tags.get("my_custom_tag") == "contacts");
  CHECK(tests::names(all[0].users) == std::vector<std::string>{"browse"});
  CHECK(all[1].start_time == 30s);
  CHECK(all[1].graceful_stop == 5s);
  CHECK(all[1].iterations == 100);
}

TEST_CASE("k6: the stages shortcut is a ramp from one VU") {
  const Scenario s = scenarios(R"({"stages": [{"duration": "30s", "target": 20},
    {"duration": "1m30s", "target": 10}, {"duration": "20s", "target": 0}]})")[0];
  CHECK(s.executor == ExecutorKind::kRampingVus);
  CHECK(s.start_vus == 1);
  CHECK(s.regular_duration() == 140s);
  CHECK(s.most_vus() == 20);
}

TEST_CASE("k6: the shortcuts of VUs with a duration, with iterations, and with both") {
  const Scenario duration = scenarios(R"({"vus": 10, "duration": "30s"})")[0];
  CHECK(duration.executor == ExecutorKind::kConstantVus);
  const Scenario iterations = scenarios(R"({"vus": 5, "iterations": 10})")[0];
  CHECK(iterations.executor == ExecutorKind::kSharedIterations);
  CHECK(iterations.max_duration == 10min);
  const Scenario both = scenarios(R"({"vus": 5, "iterations": 10, "duration": "1m"})")[0];
  CHECK(both.executor == ExecutorKind::kSharedIterations);
  CHECK(both.max_duration == 1min);
}

TEST_CASE("k6: thresholds by metric, with an abort") {
  const auto settings = tests::with_options(json::parse(R"({"thresholds": {
    "http_req_failed": ["rate<0.01"],
    "http_req_duration": ["p(90)<400ms", "p(95)<800ms",
                          {"threshold": "p(99.9)<2s", "abort_on_fail": true, "delay": "10s"}],
    "checks{scenario:default}": "rate>0.9"}})"));
  // k6 writes a tag with a colon: the message says how it is written here.
  CHECK(settings.error().find("scenario:default") != std::string::npos);
  const auto thresholds = tests::with_options(json::parse(R"({"thresholds": {
    "http_req_failed": ["rate<0.01"],
    "http_req_duration": ["p(90)<400ms", "p(95)<800ms",
                          {"threshold": "p(99.9)<2s", "abort_on_fail": true, "delay": "10s"}],
    "checks{scenario=default}": "rate>0.9"}})"))
                              .settings()
                              .thresholds;
  REQUIRE(thresholds.size() == 5);
  CHECK(thresholds[3].percentile == 99.9);
  CHECK(thresholds[3].abort_on_fail);
  CHECK(thresholds[3].delay == 10s);
}
