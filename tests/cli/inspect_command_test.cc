#include "cli/inspect_command.h"

#include <catch2/catch.hpp>

#include "cli/options_fixture.h"

using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

json inspect(const tests::Given& given) {
  script::Description description;
  description.tasks["chat"] = {"short", "long"};
  description.has_setup = true;
  return cli::inspect(given.settings(), description);
}

}  // namespace

TEST_CASE("an open model says how many iterations to expect") {
  json scenario = {{"executor", "constant-arrival-rate"},
                   {"rate", 30},
                   {"time_unit", "1m"},
                   {"duration", "10s"},
                   {"arrival", "poisson"}};
  CHECK(inspect(tests::with_scenario(scenario))["scenarios"]["peak"]["expected_iterations"] == 5);
  scenario = {{"executor", "ramping-arrival-rate"}, {"stages", {"10s:10", "10s:10"}}};
  CHECK(inspect(tests::with_scenario(scenario))["scenarios"]["peak"]["expected_iterations"] == 150);
}

TEST_CASE("a closed model says it where the plan counts them") {
  const auto expected = [](const json& options) {
    return inspect(tests::with_options(options))["scenarios"]["default"]["expected_iterations"];
  };
  CHECK(expected({{"vus", 3}, {"iterations", 9}}) == 9);
  CHECK(expected({{"vus", 3}, {"duration", "1s"}}).is_null());
  CHECK(inspect(tests::with_scenario(
            {{"executor", "per-vu-iterations"},
             {"vus", 3},
             {"iterations", 4}}))["scenarios"]["peak"]["expected_iterations"] == 12);
}

TEST_CASE("the whole is as long as its last scenario, and as large as all together") {
  const json inspected = inspect(tests::with_options(json::parse(R"({"scenarios": {
    "a": {"executor": "constant-vus", "vus": 5, "duration": "1m"},
    "b": {"executor": "constant-vus", "vus": 2, "duration": "50s", "start_time": "30s",
          "graceful_stop": "5s"}}})")));
  CHECK(inspected["most_vus"] == 7);
  CHECK(inspected["longest_s"] == 90);
  CHECK(inspected["hooks"] == json{"setup"});
}

TEST_CASE("people read scenarios, classes, tasks, thresholds and what is not known") {
  const std::string text = cli::inspect_text(inspect(tests::with_options(
      {{"stages", {"30s:10", "1m:0"}}, {"thresholds", {"checks rate > 99%"}}})));
  CHECK_THAT(text, Contains("scenario default: ramping-vus"));
  CHECK_THAT(text, Contains("stages 30.0s:10, 1m00s:0"));
  CHECK_THAT(text, Contains("chat, weight 3: short, long"));
  CHECK_THAT(text, Contains("as many as fit"));
  CHECK_THAT(text, Contains("checks rate > 99%"));
  CHECK_THAT(text, Contains("cost          no budget"));
}
