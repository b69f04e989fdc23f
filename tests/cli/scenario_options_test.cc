#include "cli/scenario_options.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "cli/options_fixture.h"

using nlohmann::json;
using tests::with_scenario;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

const json kConstant = {{"executor", "constant-vus"}, {"duration", "1s"}};
const json kRamp = {{"executor", "ramping-vus"}, {"stages", {"1s:5"}}};
const json kShared = {{"executor", "shared-iterations"}};
const json kRate = {{"executor", "constant-arrival-rate"}, {"rate", 5}, {"duration", "1s"}};
const json kRateRamp = {{"executor", "ramping-arrival-rate"}, {"stages", {"1s:5"}}};

json trace_scenario() {
  static const std::string kPath = [] {
    const auto path = std::filesystem::temp_directory_path() / "perigee_scenario_options.jsonl";
    std::ofstream(path) << "{\"timestamp\": 0}\n{\"timestamp\": 1500}\n";
    return path.string();
  }();
  return {{"executor", "trace"}, {"file", kPath}};
}

struct Row {
  const char* name;
  json scenario;  // One that is good without the field, or with it.
  json good;
  json wrong_type;
  const char* type_error;
  json wrong_range;
  const char* range_error;
};

std::vector<Row> rows() {
  return {
      {"executor", kConstant, "constant-vus", 5, "expected a text", "constant-vu",
       "unknown executor \"constant-vu\" (did you mean \"constant-vus\"?)"},
      {"users", kConstant, {"chat"}, 5, "expected a list", {"chatt"}, "did you mean \"chat\""},
      {"exec", kConstant, "browse", 5, "expected a text", "brows", "did you mean \"browse\""},
      {"start_time", kConstant, "1s", true, "expected a duration", -1, "expected a duration"},
      {"graceful_stop", kConstant, "1s", true, "expected a duration", -1, "expected a duration"},
      {"env", kConstant, {{"A", 1}}, 5, "expected a table", {{"A", {1}}}, "A: expected a text"},
      {"tags", kConstant, {{"a", "b"}}, 5, "expected a table", {{"a", {1}}}, "a: expected a text"},
      {"vus", kConstant, 5, "x", "expected a whole number", 0, "vus must be at least 1"},
      {"spawn_rate", kConstant, 0.1, "x", "above 0", 0, "above 0"},
      {"duration", kConstant, "5s", true, "expected a duration", 0, "duration must be longer"},
      {"start_vus", kRamp, 5, 1.5, "expected a whole number", 1e12, "start_vus"},
      {"start_rate", kRateRamp, 0.5, "x", "expected a number", -1, "expected a number"},
      {"stages", kRamp, {"1s:2"}, "1s:2", "expected a list", {"1s:2.5"}, "whole number of VUs"},
      {"graceful_ramp_down", kRamp, "1s", true, "expected a duration", -1, "expected a duration"},
      {"iterations", kShared, 5, 1.5, "expected a whole number", 0, "iterations must be at least"},
      {"max_duration", kShared, "5s", true, "expected a duration", 0, "max_duration"},
      {"rate", kRate, 0.25, "fast", "above 0", 0, "above 0"},
      {"time_unit", kRate, "1m", true, "expected a duration", 0, "above 0s"},
      {"arrival", kRate, {{"gamma", 0.5}}, 5, "expected \"uniform\"", {{"gamma", 1e9}}, "0.01 to"},
      {"file", trace_scenario(), trace_scenario()["file"], 5, "expected a text",
       "/nowhere/trace.jsonl", "/nowhere/trace.jsonl"},
      {"speed", trace_scenario(), 2.5, "x", "above 0", 0, "above 0"},
      {"pre_allocated_vus", kRate, 5, 1.5, "expected a whole number", -1, "expected a whole"},
      {"max_vus", kRate, 5, 1.5, "expected a whole number", 0, "one or more"},
      {"overflow", kRate, "drop", 5, "expected \"queue\" or \"drop\"", "dorp", "expected"},
  };
}

std::string error_with(const Row& row, const json& value) {
  json scenario = row.scenario;
  scenario[row.name] = value;
  return with_scenario(scenario).error();
}

}  // namespace

TEST_CASE("every field of scenarios has a row here") {
  const auto names = cli::scenario_field_names();
  std::set<std::string> tested;
  for (const Row& row : rows()) tested.insert(row.name);
  CHECK(tested == std::set<std::string>(names.begin(), names.end()));
}

TEST_CASE("every field takes a good value and refuses those of a wrong type or range") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    CHECK(error_with(row, row.good) == "");
    const std::string type_error = error_with(row, row.wrong_type);
    CHECK_THAT(type_error,
               StartsWith(fmt::format("chat.lua: options.scenarios.peak.{}", row.name)));
    CHECK_THAT(type_error, Contains(row.type_error));
    CHECK_THAT(error_with(row, row.wrong_range), Contains(row.range_error));
  }
}

TEST_CASE("every field's misspelling is met with its name") {
  for (const std::string& name : cli::scenario_field_names()) {
    json scenario = kConstant;
    std::string misspelt = name;
    misspelt.insert(1, "q");
    scenario[misspelt] = 1;
    CHECK(with_scenario(scenario).error() ==
          fmt::format("chat.lua: options.scenarios.peak: unknown field \"{}\" (did you mean "
                      "\"{}\"?)",
                      misspelt, name));
  }
  json in_k6 = kRate;
  in_k6["timeUnit"] = "1s";
  CHECK_THAT(with_scenario(in_k6).error(), Contains("did you mean \"time_unit\""));
  in_k6 = kRate;
  in_k6["preAllocatedVUs"] = 1;
  CHECK_THAT(with_scenario(in_k6).error(), Contains("did you mean \"pre_allocated_vus\""));
}

TEST_CASE("a field that does not belong to the executor names those it goes with") {
  json scenario = kConstant;
  scenario["rate"] = 5;
  CHECK(with_scenario(scenario).error() ==
        "chat.lua: options.scenarios.peak.rate: goes with constant-arrival-rate, not with "
        "constant-vus");
  scenario = kRate;
  scenario["vus"] = 5;
  CHECK(with_scenario(scenario).error() ==
        "chat.lua: options.scenarios.peak.vus: goes with constant-vus, shared-iterations, "
        "per-vu-iterations, not with constant-arrival-rate");
}

TEST_CASE("what an executor needs must be there") {
  const auto error = [](const char* executor) {
    return with_scenario({{"executor", executor}}).error();
  };
  CHECK_THAT(error("constant-vus"), Contains("peak: constant-vus needs duration"));
  CHECK_THAT(error("ramping-vus"), Contains("needs stages"));
  CHECK_THAT(error("constant-arrival-rate"), Contains("needs duration"));
  CHECK_THAT(error("ramping-arrival-rate"), Contains("needs stages"));
  CHECK_THAT(error("trace"), Contains("needs file"));
  CHECK(error("shared-iterations") == "");
  CHECK(error("per-vu-iterations") == "");
  CHECK_THAT(with_scenario({{"vus", 1}}).error(),
             Contains("peak: expected an executor; known are"));
  CHECK_THAT(with_scenario(5).error(), Contains("peak: expected a table"));
}

TEST_CASE("paths lead into scenarios") {
  json scenario = kRateRamp;
  scenario["stages"] = {"1s:5", "1s:0.5", {{"duration", "x"}, {"target", 1}}};
  CHECK_THAT(with_scenario(scenario).error(),
             StartsWith("chat.lua: options.scenarios.peak.stages[3].duration: expected"));
}

TEST_CASE("a scenario runs its exec, its users, or those that the script names for all") {
  json scenario = kConstant;
  CHECK(tests::names(with_scenario(scenario).scenario().users) ==
        std::vector<std::string>{"chat", "api"});
  scenario["exec"] = "browse";
  CHECK(tests::names(with_scenario(scenario).scenario().users) ==
        std::vector<std::string>{"browse"});
  CHECK(with_scenario(scenario).scenario().users[0].index == 2);
  scenario["users"] = {"api"};
  CHECK_THAT(with_scenario(scenario).error(), Contains("exec and users exclude each other"));
  scenario.erase("exec");
  scenario["users"] = {"api", "api"};
  CHECK_THAT(with_scenario(scenario).error(), Contains("\"api\" is named twice"));
}

TEST_CASE("numbers and booleans of env and tags become texts") {
  json scenario = kConstant;
  scenario["env"] = {{"FACTOR", 2}, {"SHARE", 0.5}, {"DEBUG", true}, {"NAME", "x"}};
  const auto env = with_scenario(scenario).scenario().env;
  CHECK(env.at("FACTOR") == "2");
  CHECK(env.at("SHARE") == "0.5");
  CHECK(env.at("DEBUG") == "true");
  CHECK(env.at("NAME") == "x");
}

TEST_CASE("open scenarios that bound no VUs get a bound, one that says so keeps it") {
  json scenario = kRate;
  CHECK(with_scenario(scenario).scenario().max_vus >= 1);
  CHECK(with_scenario(scenario).scenario().max_vus <= 10'000);
  scenario["pre_allocated_vus"] = 20'000;
  CHECK(with_scenario(scenario).scenario().max_vus == 20'000);
  scenario = kRate;
  scenario["max_vus"] = 3;
  CHECK(with_scenario(scenario).scenario().max_vus == 3);
}

TEST_CASE("a trace is read from beside the file that names it") {
  const auto scenario = with_scenario(trace_scenario()).scenario();
  REQUIRE(scenario.trace != nullptr);
  CHECK(scenario.trace->arrivals.size() == 2);
  json missing = trace_scenario();
  missing["file"] = "trace.jsonl";
  tests::Given given = with_scenario(missing);
  given.flags.config_file = "folder/load.json";
  std::swap(given.options, given.sources.config);
  CHECK_THAT(given.error(), Contains("folder/trace.jsonl"));
}
