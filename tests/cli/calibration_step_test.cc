#include "cli/calibration_step.h"

#include <catch2/catch.hpp>
#include <vector>

#include "metrics/histogram.h"

using cli::StepOutcome;
using nlohmann::json;

namespace {

json trend(const char* name, double value, std::uint64_t count) {
  const json values = {
      {"zeros", 0}, {"index_deltas", {metrics::Histogram::index_of(value)}}, {"counts", {count}}};
  return {{"name", name}, {"series", {{{"tags", json::object()}, {"values", values}}}}};
}

json counter(const char* name, double sum, json tags = json::object()) {
  return {{"name", name}, {"series", {{{"tags", std::move(tags)}, {"sum", sum}}}}};
}

// Two users with two streams of two events each.
json told(double itl, double ttft, double blurred = 0) {
  return {{"run", {{"workers", 3}, {"judged_s", 2.0}}},
          {"metrics",
           {trend("llm_itl", itl, 400),
            trend("llm_ttft", ttft, 4),
            counter("llm_itl_coalesced", blurred),
            counter("llm_requests", 4, {{"outcome", "completed"}}),
            {{"name", "client_memory"}, {"series", {{{"tags", json::object()}, {"max", 5e7}}}}}}}};
}

cli::CalibrationTruth truth() {
  cli::CalibrationTruth made;
  made.gaps.assign(4, 0.02);
  made.ttfts.assign(4, 0.2);
  made.streams = 4;
  made.events_per_second = 90;
  return made;
}

cli::StepResult compared(const json& figures, const cli::CalibrationTruth& true_times) {
  cli::StepResult step;
  step.plan = {.kind = cli::StepPlan::Kind::kStreams,
               .users = 2,
               .gap = std::chrono::milliseconds(20),
               .length = std::chrono::seconds(1)};
  cli::take_figures(figures, step);
  cli::compare(figures, true_times, step);
  return step;
}

}  // namespace

TEST_CASE("figures that are true hold") {
  const cli::StepResult step = compared(told(0.02, 0.2), truth());
  CHECK(cli::client_error(step).empty());
  CHECK(cli::outcome_of(step) == StepOutcome::kHeld);
  CHECK(step.events_per_second == 90);
  CHECK(step.pace == Approx(1));
  CHECK(step.failed == 0);
  CHECK(step.client_memory == 5e7);
  CHECK(step.threads == 3);
  CHECK(step.requests_per_second == 2);
  for (const double off : step.itl_off) CHECK(off == Approx(0).margin(0.0028));
}

TEST_CASE("figures that are off by more than a hundredth are the client's error") {
  CHECK(cli::client_error(compared(told(0.022, 0.2), truth())).find("of llm_itl off by 10") !=
        std::string::npos);
  CHECK(cli::client_error(compared(told(0.02, 0.19), truth())).find("of llm_ttft off by ") !=
        std::string::npos);
  CHECK(cli::client_error(compared(told(0.02, 0.2, 40), truth())) == "9.1% of the gaps blurred");
  CHECK(cli::outcome_of(compared(told(0.02, 0.2, 40), truth())) == StepOutcome::kClientGaveIn);
  CHECK(cli::client_error(compared(told(0.02, 0.2, 4), truth())).empty());
}

TEST_CASE("streams that are missing have failed") {
  cli::CalibrationTruth few = truth();
  few.streams = 3;
  CHECK(cli::client_error(compared(told(0.02, 0.2), few)) == "25% of the requests failed");
  cli::CalibrationTruth none;
  CHECK(cli::client_error(compared(json::object(), none)) == "100% of the requests failed");
}

TEST_CASE("a server that was late is not the client's error") {
  cli::CalibrationTruth slow = truth();
  slow.gaps.assign(4, 0.03);
  const cli::StepResult step = compared(told(0.03, 0.2), slow);
  CHECK(step.pace == Approx(2.0 / 3));
  CHECK(cli::client_error(step).empty());
  CHECK(cli::outcome_of(step) == StepOutcome::kServerGaveIn);
}

TEST_CASE("a run that had to be killed is the client's error") {
  cli::StepResult step;
  step.ran_out_of_time = true;
  CHECK(cli::outcome_of(step) == StepOutcome::kClientGaveIn);
}
