#include "cli/run_options.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "cli/loading.h"
#include "cli/options_fixture.h"

using cli::RunFlags;
using nlohmann::json;
using tests::Given;
using tests::with_options;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("the short forms choose the executor, as in k6") {
  using load::ExecutorKind;
  CHECK(with_options(json::object()).scenario().executor == ExecutorKind::kSharedIterations);
  CHECK(with_options({{"vus", 3}}).scenario().iterations == 3);
  const auto constant =
      with_options({{"vus", 3}, {"duration", "1m"}, {"spawn_rate", 0.5}}).scenario();
  CHECK(constant.executor == ExecutorKind::kConstantVus);
  CHECK(constant.vus == 3);
  CHECK(constant.duration == 1min);
  CHECK(constant.spawn_rate == 0.5);
  const auto shared = with_options({{"iterations", 9}, {"duration", 30}}).scenario();
  CHECK(shared.executor == ExecutorKind::kSharedIterations);
  CHECK(shared.max_duration == 30s);
  const auto ramp =
      with_options({{"stages", {"10s:5", {{"duration", 5}, {"target", 0}}}}}).scenario();
  CHECK(ramp.executor == ExecutorKind::kRampingVus);
  REQUIRE(ramp.stages.size() == 2);
  CHECK(ramp.stages[0].target == 5);
  CHECK(ramp.stages[1].duration == 5s);
  CHECK(ramp.start_vus == 1);
  CHECK(with_options({{"stages", {"10s:5"}}, {"vus", 4}}).scenario().start_vus == 4);
}

TEST_CASE("the short forms run the classes that the script names for all scenarios") {
  CHECK(tests::names(with_options({{"vus", 3}}).scenario().users) ==
        std::vector<std::string>{"chat", "api"});
}

TEST_CASE("a script's shape is a ramp from no VUs, and the flags' length replaces it") {
  Given given;
  given.shape = {{10s, 5}, {5s, 0}};
  CHECK(given.scenario().executor == load::ExecutorKind::kRampingVus);
  CHECK(given.scenario().start_vus == 0);
  CHECK(given.scenario().stages.size() == 2);
  SECTION("replaced by a flag, with a note") {
    given.flags.options = {{"duration", "5s"}};
    CHECK(given.scenario().executor == load::ExecutorKind::kConstantVus);
    CHECK(given.settings().notes.size() == 1);
  }
  SECTION("excludes a load in the options") {
    given.options = {{"vus", 3}};
    CHECK_THAT(given.error(), Contains("the function shape and options.vus exclude each other"));
  }
  SECTION("the number of VUs alone does not fit it") {
    given.flags.options = {{"vus", 3}};
    CHECK_THAT(given.error(), Contains("vus alone does not change shape"));
  }
}

TEST_CASE("a flag's length replaces the script's, with what belongs to it; VUs stay") {
  Given given = with_options({{"vus", 8}, {"duration", "1h"}, {"spawn_rate", 2}});
  SECTION("by a duration") {
    given.flags.options = {{"duration", "5s"}};
    CHECK(given.scenario().duration == 5s);
    CHECK(given.scenario().vus == 8);
    CHECK(given.scenario().spawn_rate == 2);
  }
  SECTION("by iterations") {
    given.flags.options = {{"iterations", 1}};
    CHECK(given.scenario().executor == load::ExecutorKind::kSharedIterations);
    CHECK(given.scenario().max_duration == 10min);
    CHECK(given.scenario().vus == 1);  // More could do nothing.
  }
  SECTION("by iterations with VUs of their own") {
    given.flags.options = {{"iterations", 1}, {"vus", 2}};
    CHECK_THAT(given.error(), Contains("iterations must be at least vus"));
  }
  SECTION("by stages") {
    given.flags.options = {{"stages", {"5s:2"}}};
    CHECK(given.scenario().stages.size() == 1);
  }
  SECTION("VUs alone keep the length") {
    given.flags.options = {{"vus", 50}};
    CHECK(given.scenario().vus == 50);
    CHECK(given.scenario().duration == 1h);
  }
  SECTION("a spawn rate alone keeps it too") {
    given.flags.options = {{"spawn_rate", 9}};
    CHECK(given.scenario().spawn_rate == 9);
    CHECK(given.scenario().duration == 1h);
  }
  SECTION("a ramp is replaced whole") {
    given = with_options({{"stages", {"1s:2"}}, {"start_vus", 1}});
    given.flags.options = {{"duration", "3s"}};
    CHECK(given.scenario().executor == load::ExecutorKind::kConstantVus);
  }
}

TEST_CASE("scenarios are replaced as a whole by a higher level's length, with a note") {
  Given given = tests::with_scenario({{"executor", "constant-vus"}, {"duration", "1h"}});
  CHECK(given.scenario().name == "peak");
  for (const json& length : {json{{"duration", "5s"}}, json{{"iterations", 3}},
                             json{{"stages", {"5s:2"}}}, json{{"duration", "5s"}, {"vus", 2}}}) {
    given.flags.options = length;
    CHECK(given.settings().plan.scenarios.size() == 1);
    CHECK(given.scenario().name == "default");
    CHECK(given.settings().notes.size() == 1);
  }
  given.flags.options = {{"vus", 5}};
  CHECK_THAT(given.error(), StartsWith("the flags: vus alone does not change scenarios"));
  given.flags.options = {{"spawn_rate", 5}};
  CHECK_THAT(given.error(), StartsWith("the flags: spawn_rate alone does not change scenarios"));
}

TEST_CASE("a graceful stop beside scenarios is for those without one, a flag's is for all") {
  const json two = {
      {"a", {{"executor", "constant-vus"}, {"duration", "1s"}}},
      {"b", {{"executor", "constant-vus"}, {"duration", "1s"}, {"graceful_stop", "5s"}}}};
  Given given = with_options({{"scenarios", two}, {"graceful_stop", "2s"}});
  const auto beside = given.settings().plan.scenarios;
  CHECK(beside[0].graceful_stop == 2s);
  CHECK(beside[1].graceful_stop == 5s);
  given.flags.options = {{"graceful_stop", "0s"}};
  const auto above = given.settings().plan.scenarios;
  CHECK(above[0].graceful_stop == 0s);
  CHECK(above[1].graceful_stop == 0s);
}

// One option of each kind of merging, said by each set of levels: the highest one's value counts.
TEST_CASE("defaults < config file < script < environment < flags") {
  enum Level : unsigned { kConfig = 1, kScript = 2, kEnvironment = 4, kFlags = 8 };
  for (unsigned levels = 0; levels < 16; ++levels) {
    CAPTURE(levels);
    Given given;
    given.flags.config_file = "load.json";
    if ((levels & kConfig) != 0) {
      given.sources.config = {
          {"duration", "11s"}, {"warmup", "1s"}, {"seed", 1}, {"host", "http://a"}};
    }
    if ((levels & kScript) != 0) {
      given.options = {{"duration", "12s"}, {"warmup", "2s"}, {"seed", 2}, {"host", "http://b"}};
    }
    if ((levels & kEnvironment) != 0) {
      given.sources.environment = {{"PERIGEE_DURATION", "13s"},
                                   {"PERIGEE_WARMUP", "3s"},
                                   {"PERIGEE_SEED", "3"},
                                   {"PERIGEE_HOST", "http://c"}};
    }
    if ((levels & kFlags) != 0) {
      given.flags.options = {
          {"duration", "14s"}, {"warmup", "4s"}, {"seed", 4}, {"host", "http://d"}};
    }
    const int highest = levels >= 8 ? 4 : levels >= 4 ? 3 : levels >= 2 ? 2 : levels;
    const cli::RunSettings settings = given.settings();
    CHECK(settings.warmup == std::chrono::seconds(highest));
    CHECK(settings.plan.seed == (highest == 0 ? 7 : static_cast<unsigned>(highest)));
    CHECK(settings.host == std::vector<std::string>{"", "http://a", "http://b", "http://c",
                                                    "http://d"}[static_cast<unsigned>(highest)]);
    const load::Scenario& scenario = settings.plan.scenarios.front();
    if (highest == 0) {
      CHECK(scenario.executor == load::ExecutorKind::kSharedIterations);
    } else {
      CHECK(scenario.duration == std::chrono::seconds(10 + highest));
    }
  }
}

TEST_CASE("flags add to thresholds, objectives and tags; the script's replace the config file's") {
  Given given = with_options({{"thresholds", {"checks rate > 1%"}},
                              {"slo", {"llm_ttft < 2s"}},
                              {"tags", {{"team", "a"}, {"env", "test"}}}});
  given.sources.config = {{"thresholds", {"checks rate > 2%", "checks rate > 3%"}}};
  given.flags.options = {{"thresholds", {"checks rate > 4%"}},
                         {"slo", {"llm_tpot < 50ms"}},
                         {"tags", {"env=prod", "run=7"}}};
  const cli::RunSettings settings = given.settings();
  REQUIRE(settings.thresholds.size() == 2);
  CHECK(settings.thresholds[0].source == "checks rate > 1%");
  CHECK(settings.thresholds[1].source == "checks rate > 4%");
  CHECK(settings.objectives.size() == 2);
  CHECK(settings.plan.scenarios.front().tags.to_string() == "{env=prod,run=7,team=a}");
}

TEST_CASE("a scenario's own tags stand above the run's") {
  Given given = tests::with_scenario(
      {{"executor", "constant-vus"}, {"duration", "1s"}, {"tags", {{"load", "peak"}, {"try", 2}}}});
  given.options["tags"] = {{"load", "any"}, {"team", "a"}};
  CHECK(given.scenario().tags.to_string() == "{load=peak,team=a,try=2}");
}

TEST_CASE("variables of the environment stand for values of every kind") {
  Given given;
  given.sources.environment = {
      {"PERIGEE_STAGES", "30s:10,1m:0"},  {"PERIGEE_INSECURE", "1"},
      {"PERIGEE_HTTP2", "true"},          {"PERIGEE_NO_CONNECTION_REUSE", "false"},
      {"PERIGEE_USER_AGENT", "tester/1"}, {"PERIGEE_VUS", ""}};
  const cli::RunSettings settings = given.settings();
  REQUIRE(settings.plan.scenarios.front().stages.size() == 2);
  CHECK(settings.plan.scenarios.front().stages[1].duration == 1min);
  CHECK_FALSE(settings.http.verify_tls);
  CHECK(settings.http.http2);
  CHECK(settings.http.reuse_connections);
  CHECK(settings.http.user_agent == "tester/1");
}

TEST_CASE("bad variables are named; a misspelt one is mentioned, a strange one is not") {
  Given given;
  given.sources.environment = {{"PERIGEE_VUS", "many"}};
  CHECK(given.error() == "PERIGEE_VUS: expected a whole number of zero or more, got \"many\"");
  given.sources.environment = {{"PERIGEE_STAGES", "30s:10,30x"}};
  CHECK(given.error() == "PERIGEE_STAGES[2]: expected a stage such as \"30s:10\", got \"30x\"");
  given.sources.environment = {{"PERIGEE_INSECURE", "maybe"}};
  CHECK(given.error() == "PERIGEE_INSECURE: expected true or false, got \"maybe\"");
  given.sources.environment = {{"PERIGEE_DURATOIN", "5s"}, {"PERIGEE_BUILD_FARM", "x"}};
  CHECK(given.settings().notes ==
        std::vector<std::string>{
            "PERIGEE_DURATOIN is no variable of perigee (did you mean \"PERIGEE_DURATION\"?)"});
}

TEST_CASE("errors in a config file name the file") {
  Given given;
  given.flags.config_file = "load.json";
  given.sources.config = {{"stages", {"1s:1", "30x:1"}}};
  CHECK_THAT(given.error(), StartsWith("load.json: stages[2]: "));
  given.sources.config = {{"durration", 1}};
  CHECK_THAT(given.error(), StartsWith("load.json: unknown field \"durration\" (did you mean"));
}

TEST_CASE("a config file must be there, be JSON, and be an object") {
  cli::Loading loading;
  const auto path = std::filesystem::temp_directory_path() / "perigee_run_options_test.json";
  const auto read = [&](const std::string& text) {
    std::ofstream(path) << text;
    RunFlags flags;
    flags.config_file = path.string();
    auto sources = cli::read_option_sources(flags, loading.surroundings());
    std::filesystem::remove(path);
    return sources;
  };
  CHECK(read(R"({"vus": 3})")->config["vus"] == 3);
  CHECK_THAT(read("{ vus: 3 }").error().message, Contains("not JSON"));
  CHECK_THAT(read("[1]").error().message, Contains("expected an object"));
  RunFlags flags;
  flags.config_file = "/nowhere/load.json";
  CHECK(cli::read_option_sources(flags, loading.surroundings()).error().message ==
        "--config: cannot read \"/nowhere/load.json\"");
}

TEST_CASE("a config file may be Lua, and reads what the command line gave") {
  const auto path = std::filesystem::temp_directory_path() / "perigee_run_options_test.lua";
  cli::Loading loading;
  loading.surroundings().variables["USERS"] = "7";
  const auto read = [&](const std::string& text) {
    std::ofstream(path) << text;
    RunFlags flags;
    flags.config_file = path.string();
    auto sources = cli::read_option_sources(flags, loading.surroundings());
    std::filesystem::remove(path);
    return sources;
  };
  const auto sources = read(R"lua(
    local perigee = require "perigee"
    return { vus = tonumber(perigee.env("USERS")), thresholds = { { "checks rate > 99%", delay = "1s" } } }
  )lua");
  REQUIRE(sources);
  CHECK(sources->config == json{{"vus", 7},
                                {"thresholds", {{{"threshold", "checks rate > 99%"},
                                                 {"delay", "1s"}}}}});
  CHECK_THAT(read("return 3").error().message,
             Contains("perigee_run_options_test.lua: ") && Contains("table of options"));
  CHECK_THAT(read("return {").error().message, Contains("perigee_run_options_test.lua:1:"));
}

TEST_CASE("thresholds are read in every form that users know") {
  const auto thresholds = [](const json& value) {
    return with_options({{"thresholds", value}}).settings().thresholds;
  };
  CHECK(thresholds({"llm_ttft p(95) < 2s"}).size() == 1);
  const auto table = thresholds({{{"threshold", "checks rate > 99%"},
                                  {"abort_on_fail", true},
                                  {"delay", "10s"},
                                  {"window", "30s"},
                                  {"min_samples", 20},
                                  {"allow_empty", true}}});
  REQUIRE(table.size() == 1);
  CHECK(table[0].abort_on_fail);
  CHECK(table[0].delay == 10s);
  CHECK(table[0].window == 30s);
  CHECK(table[0].min_samples == 20);
  CHECK(table[0].allow_empty);
  const auto map = thresholds({{"http_req_failed", {"rate<0.01"}}, {"checks", "rate > 90%"}});
  CHECK(map.size() == 2);
}

TEST_CASE("a number of threads is as high as there are cores or VUs, or as a flag says") {
  CHECK(with_options({{"vus", 1}}).settings().threads == 1);
  Given given = with_options({{"vus", 1}});
  given.flags.threads = 3;
  CHECK(given.settings().threads == 3);
}

TEST_CASE("what came out is described without passwords and without the values of variables") {
  Given given = tests::with_scenario({{"executor", "constant-arrival-rate"},
                                      {"rate", 2.5},
                                      {"duration", "10s"},
                                      {"max_vus", 9},
                                      {"env", {{"API_TOKEN", "s3cret"}}}});
  given.options["proxy"] = "http://user:s3cret@proxy:3128";
  given.options["host"] = "https://me:s3cret@example.com/api?x=a@b";
  const json options = given.settings().options;
  CHECK(options.dump().find("s3cret") == std::string::npos);
  CHECK(options["proxy"] == "http://***@proxy:3128");
  CHECK(options["host"] == "https://***@example.com/api?x=a@b");
  const json& peak = options["scenarios"]["peak"];
  CHECK(peak["rate"] == 2.5);
  CHECK(peak["duration_s"] == 10);
  CHECK(peak["arrival"] == "uniform");
  CHECK(peak["env"] == json{"API_TOKEN"});
  CHECK_FALSE(peak.contains("vus"));
  CHECK_FALSE(peak.contains("stages"));
}

TEST_CASE("variables are NAME=VALUE, and the value may hold anything") {
  const auto good = cli::parse_variables({"A=1", "URL=http://x?a=b", "EMPTY="});
  REQUIRE(good);
  CHECK(good->at("URL") == "http://x?a=b");
  CHECK(good->at("EMPTY").empty());
  CHECK(cli::parse_variables({"A"}).error().message == "-e: expected NAME=VALUE, got \"A\"");
  CHECK_FALSE(cli::parse_variables({"=1"}));
}

TEST_CASE("before the script is there, flags are asked first and the environment second") {
  Given given;
  given.sources.environment = {{"PERIGEE_SEED", "5"}};
  CHECK(cli::peek_option("seed", given.flags, given.sources) == 5);
  given.flags.options = {{"seed", 6}};
  CHECK(cli::peek_option("seed", given.flags, given.sources) == 6);
  CHECK(cli::peek_option("host", given.flags, given.sources).is_null());
}
