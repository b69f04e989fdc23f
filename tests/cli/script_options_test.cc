#include "cli/script_options.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "cli/options_fixture.h"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using nlohmann::json;
using tests::with_options;

namespace {

// What is wrong with a value of the wrong type, and with one that is out of range; "" in `range`
// where every value of the type is a good one.
struct Row {
  const char* name;
  json good;
  json wrong_type;
  const char* type_error;
  json wrong_range;
  const char* range_error;
  json beside = json::object();  // What else must be there for a good value.
};

const json kScenario = {{"executor", "constant-vus"}, {"duration", "1s"}};

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {
      {"vus", 3, "ten", "expected a whole number", 0, "vus must be at least 1"},
      {"duration", "5s", json::array(), "expected a duration", -1, "expected a duration"},
      {"iterations", 3, true, "expected a whole number", 0, "iterations must be at least 1"},
      {"stages", {"5s:1"}, "5s:1", "expected a list of stages", {"0s:1"}, "longer than 0s"},
      {"spawn_rate", 0.5, "fast", "above 0", 0, "above 0", {{"duration", "5s"}}},
      {"start_vus", 2, 1.5, "expected a whole number", 1e12, "start_vus", {{"stages", {"5s:1"}}}},
      {"max_duration", "5s", json::object(), "expected a duration", 0, "max_duration"},
      {"graceful_stop", "5s", true, "expected a duration", "-1s", "expected a duration"},
      {"graceful_ramp_down", "5s", true, "expected a duration", -0.5, "expected a duration"},
      {"scenarios",
       {{"peak", kScenario}},
       5,
       "expected a table",
       {{"my peak", kScenario}},
       "name must be letters"},
      {"warmup", "5s", true, "expected a duration", -1, "expected a duration"},
      {"thresholds", {"checks rate > 1%"}, 5, "expected a list", {"llm_ttft p(101) < 1s"}, "101"},
      {"slo", {"llm_ttft < 2s"}, 5, "expected a list", {"checks < 2"}, "checks"},
      {"tags", {{"team", "a"}}, 5, "expected a table", {{"team", {1}}}, ".team: expected a text"},
      {"budget", {{"usd", 10}}, "much", "expected dollars", {{"usd", 0}}, "above 0"},
      {"prices",
       {{"m", {{"input", 1}, {"output", 2}}}},
       5,
       "expected a table",
       {{"m", {{"input", 1}}}},
       ".output: missing"},
      {"host", "https://a", 5, "expected a text", "ftp://a", "expected a URL"},
      {"http2", true, "yes", "expected true or false", nullptr, ""},
      {"no_connection_reuse", true, 1, "expected true or false", nullptr, ""},
      {"allow_script_errors", true, 0, "expected true or false", nullptr, ""},
      {"allow_unjudged", true, 0, "expected true or false", nullptr, ""},
      {"insecure", true, 0, "expected true or false", nullptr, ""},
      {"ca_file", "/etc/ssl/certs/ca-certificates.crt", 5, "expected a text", "/nowhere/ca.pem", "expected a file with certificates"},
      {"proxy", "http://a:1", 5, "expected a text", "a b", "expected a URL"},
      {"user_agent", "a", 5, "expected a text", "a\nb", "one line"},
      {"setup_timeout", "5s", true, "expected a duration", 0, "above 0s"},
      {"teardown_timeout", "5s", true, "expected a duration", 0, "above 0s"},
      {"summary_timeout", "5s", true, "expected a duration", 0, "above 0s"},
      {"seed", 5, "x", "expected a whole number", -1, "expected a whole number"},
  };
  return kRows;
}

json with(const Row& row, const json& value) {
  json options = row.beside;
  options[row.name] = value;
  return options;
}

}  // namespace

TEST_CASE("every option has a row here") {
  std::set<std::string> fields;
  std::set<std::string> tested;
  for (const auto& field : cli::option_fields()) fields.insert(field.name);
  for (const Row& row : rows()) tested.insert(row.name);
  CHECK(fields == tested);
}

TEST_CASE("every option takes a good value and refuses those of a wrong type or range") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    CHECK(with_options(with(row, row.good)).error() == "");
    const std::string type_error = with_options(with(row, row.wrong_type)).error();
    CHECK_THAT(type_error, StartsWith(std::string("chat.lua: options.") + row.name));
    CHECK_THAT(type_error, Contains(row.type_error));
    if (*row.range_error == '\0') continue;
    CHECK_THAT(with_options(with(row, row.wrong_range)).error(), Contains(row.range_error));
  }
}

TEST_CASE("every option's misspelling is met with its name") {
  for (const auto& field : cli::option_fields()) {
    std::string misspelt = field.name;
    misspelt.insert(1, "q");
    CAPTURE(misspelt);
    CHECK(with_options({{misspelt, 1}}).error() ==
          fmt::format("chat.lua: options: unknown field \"{}\" (did you mean \"{}\"?)", misspelt,
                      field.name));
  }
}

TEST_CASE("a name that is near to none is met with all") {
  CHECK_THAT(with_options({{"zzzzzzzz", 1}}).error(), Contains("known are vus, duration, "));
}

TEST_CASE("a path leads to the value that is wrong, counted as Lua counts") {
  CHECK(with_options({{"stages", {{{"duration", "30x"}, {"target", 1}}}}}).error() ==
        "chat.lua: options.stages[1].duration: expected a duration such as \"30s\", got \"30x\"");
  CHECK_THAT(with_options({{"stages", {"1s:1", "1s:2.5"}}}).error(),
             StartsWith("chat.lua: options.stages[2]: expected a whole number of VUs"));
  CHECK_THAT(with_options({{"stages", {{{"duration", 1}}}}}).error(),
             StartsWith("chat.lua: options.stages[1]: expected a stage"));
  CHECK_THAT(with_options({{"thresholds", {"llm_ttft p(95) < 2"}}}).error(),
             StartsWith("chat.lua: options.thresholds[1]: "));
  CHECK_THAT(with_options({{"slo", {"llm_ttft < 1s", "llm_ttft < 2"}}}).error(),
             StartsWith("chat.lua: options.slo[2]: "));
}

TEST_CASE("every field of a threshold's table is checked") {
  const auto error = [](const char* name, const json& value) {
    json threshold = {{"threshold", "checks rate > 1%"}};
    threshold[name] = value;
    return with_options({{"thresholds", {threshold}}}).error();
  };
  CHECK_THAT(error("abort_on_fail", 1), Contains("thresholds[1].abort_on_fail: expected true"));
  CHECK_THAT(error("allow_empty", 1), Contains("thresholds[1].allow_empty: expected true"));
  CHECK_THAT(error("delay", "x"), Contains("thresholds[1].delay: expected a duration"));
  CHECK_THAT(error("window", "1500ms"), Contains("thresholds[1].window: expected whole seconds"));
  CHECK_THAT(error("window", 0), Contains("thresholds[1].window: expected a duration above 0s"));
  CHECK_THAT(error("min_samples", -1), Contains("thresholds[1].min_samples: expected a whole"));
  CHECK_THAT(error("dely", "1s"), Contains("did you mean \"delay\""));
}

TEST_CASE("numbers beyond all reason are refused as that") {
  CHECK_THAT(with_options({{"vus", 1e300}}).error(), Contains("expected a whole number"));
  CHECK_THAT(with_options({{"vus", 1e9}}).error(), Contains("vus must be at most"));
  CHECK_THAT(with_options({{"duration", 1e300}}).error(), Contains("expected a duration"));
}

TEST_CASE("loads that exclude each other are refused") {
  CHECK_THAT(with_options({{"stages", {"1s:1"}}, {"duration", "1s"}}).error(),
             Contains("stages exclude"));
  CHECK_THAT(with_options({{"spawn_rate", 1}}).error(),
             Contains("spawn_rate goes with a duration"));
  CHECK_THAT(with_options({{"start_vus", 1}, {"duration", "1s"}}).error(),
             Contains("start_vus goes with stages"));
  CHECK_THAT(with_options({{"max_duration", "1m"}, {"duration", "1s"}}).error(),
             Contains("max_duration goes with iterations"));
  CHECK_THAT(with_options({{"scenarios", {{"peak", kScenario}}}, {"vus", 1}}).error(),
             Contains("scenarios and vus exclude each other"));
}

TEST_CASE("an option's flag and variable have its name") {
  const std::set<std::string> renamed = {"stages", "thresholds", "tags"};  // One at a time.
  for (const auto& field : cli::option_fields()) {
    CAPTURE(field.name);
    CHECK_THAT(cli::variable_name(field), StartsWith("PERIGEE_"));
    if (*field.flag == '\0') continue;
    std::string flag = cli::flag_name(field).substr(2);
    std::replace(flag.begin(), flag.end(), '-', '_');
    CHECK(flag + (renamed.contains(field.name) ? "s" : "") == field.name);
  }
}

TEST_CASE("a text stands for a number or a boolean only where it is one") {
  using cli::Form;
  using cli::value_of_text;
  CHECK(value_of_text(Form::kWhole, "12") == 12);
  CHECK(value_of_text(Form::kNumber, "0.5") == 0.5);
  for (const char* text : {"", "12x", "0x10", "inf", "nan", " 5"}) {
    CAPTURE(text);
    CHECK(value_of_text(Form::kNumber, text).is_string());
  }
  CHECK(value_of_text(Form::kBoolean, "1") == true);
  CHECK(value_of_text(Form::kBoolean, "on").is_string());
  CHECK(value_of_text(Form::kStages, "1s:2,3s:4") == json{"1s:2", "3s:4"});
}
