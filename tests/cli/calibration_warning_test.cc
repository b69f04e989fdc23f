#include "cli/calibration_warning.h"

#include <catch2/catch.hpp>
#include <memory>

using Catch::Matchers::Contains;
using load::ExecutorKind;
using namespace std::chrono_literals;

namespace {

load::Scenario scenario(ExecutorKind executor) {
  load::Scenario made;
  made.executor = executor;
  return made;
}

cli::Calibration calibration() {
  cli::Calibration made;
  made.host.threads = 2;
  made.at = "2026-11-25T10:00:00Z";
  made.streams = {1200, "client"};
  made.requests_per_second = {4000, "mock"};
  return made;
}

}  // namespace

TEST_CASE("closed scenarios ask for their VUs, open ones for those that they start with") {
  load::Scenario constant = scenario(ExecutorKind::kConstantVus);
  constant.vus = 300;
  load::Scenario ramping = scenario(ExecutorKind::kRampingVus);
  ramping.stages = {{10s, 50}, {10s, 700}, {10s, 0}};
  load::Scenario open = scenario(ExecutorKind::kConstantArrivalRate);
  open.pre_allocated_vus = 20;
  open.max_vus = 10000;
  CHECK(cli::asked_load({.scenarios = {constant, ramping, open}}).vus == 1020);
}

TEST_CASE("open scenarios ask for their highest rate") {
  load::Scenario constant = scenario(ExecutorKind::kConstantArrivalRate);
  constant.rate = 120;
  constant.time_unit = 1min;
  load::Scenario ramping = scenario(ExecutorKind::kRampingArrivalRate);
  ramping.start_rate = 5;
  ramping.stages = {{10s, 50}, {10s, 20}};
  CHECK(cli::asked_load({.scenarios = {constant, ramping}}).starts_per_second == Approx(52));
}

TEST_CASE("a trace asks for its busiest second, at its speed") {
  auto trace = std::make_shared<load::Trace>();
  for (const auto due : {0ms, 10ms, 1500ms, 2000ms, 2499ms, 2500ms, 9000ms}) {
    trace->arrivals.push_back({due, 0});
  }
  load::Scenario replay = scenario(ExecutorKind::kTrace);
  CHECK(cli::asked_load({.scenarios = {replay}}).starts_per_second == 0);
  replay.trace = trace;
  CHECK(cli::asked_load({.scenarios = {replay}}).starts_per_second == 3);
  replay.speed = 2;
  CHECK(cli::asked_load({.scenarios = {replay}}).starts_per_second == 4);
}

TEST_CASE("what lies within the ceilings warns of nothing") {
  CHECK(cli::warn_of_ceilings({.vus = 1200, .starts_per_second = 4000}, calibration()).empty());
  CHECK(cli::warn_of_ceilings({.vus = 1u << 20, .starts_per_second = 1e6}, {}).empty());
}

TEST_CASE("what lies beyond is named with the ceiling, its date and the mend") {
  CHECK(cli::warn_of_ceilings({.vus = 2000}, calibration()) ==
        "2,000 VUs are more than the 1,200 streams with an event every 20ms each up to which this "
        "machine was calibrated on 2026-11-25: beyond that perigee's own error may pass 1 %; take "
        "fewer users, spread them over more machines, or calibrate again with more --threads (now "
        "2)");
  CHECK_THAT(cli::warn_of_ceilings({.vus = 1, .starts_per_second = 4000.5}, calibration()),
             Contains("4,001 iterations/s are more than the 4,000 requests/s up to"));
  CHECK_THAT(cli::warn_of_ceilings({.vus = 1201, .starts_per_second = 5000}, calibration()),
             Contains("1,201 VUs and 5,000 iterations/s are more than the 1,200 streams"));
}
