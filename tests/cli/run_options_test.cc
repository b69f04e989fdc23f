#include "cli/run_options.h"

#include <catch2/catch.hpp>

using cli::RunFlags;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

struct Given {
  RunFlags flags;
  json options = json::object();

  base::Result<cli::RunSettings> settings() const {
    static const metrics::Registry registry;
    script::Description description;
    description.options = options;
    description.users = {{"chat", 1}};
    RunFlags with_script = flags;
    with_script.script = "chat.lua";
    return cli::consolidate(with_script, description, registry, 7);
  }

  load::Scenario scenario() const {
    const auto result = settings();
    REQUIRE((result ? "" : result.error().message) == "");
    return result->plan.scenarios.front();
  }

  std::string error() const {
    const auto result = settings();
    return result ? "" : result.error().message;
  }
};

Given with_options(const json& options) { return {{}, options}; }

}  // namespace

TEST_CASE("the short forms choose the executor, as in k6") {
  using load::ExecutorKind;
  CHECK(with_options({}).scenario().executor == ExecutorKind::kSharedIterations);
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
}

TEST_CASE("a flag's length replaces the script's, with what belongs to it; VUs stay") {
  Given given = with_options({{"vus", 8}, {"duration", "1h"}, {"spawn_rate", 2}});
  SECTION("by a duration") {
    given.flags.duration = "5s";
    CHECK(given.scenario().duration == 5s);
    CHECK(given.scenario().vus == 8);
    CHECK(given.scenario().spawn_rate == 2);
  }
  SECTION("by iterations") {
    given.flags.iterations = 1;
    CHECK(given.scenario().executor == load::ExecutorKind::kSharedIterations);
    CHECK(given.scenario().max_duration == 10min);
  }
  SECTION("by stages") {
    given.flags.stages = {"5s:2"};
    CHECK(given.scenario().stages.size() == 1);
  }
  SECTION("VUs alone keep the length") {
    given.flags.vus = 50;
    CHECK(given.scenario().vus == 50);
    CHECK(given.scenario().duration == 1h);
  }
  SECTION("a ramp is replaced whole") {
    given = with_options({{"stages", {"1s:2"}}, {"start_vus", 1}});
    given.flags.duration = "3s";
    CHECK(given.scenario().executor == load::ExecutorKind::kConstantVus);
  }
}

TEST_CASE("bad options name the place, what was expected and what was given") {
  CHECK(with_options({{"durration", "1s"}}).error() ==
        "chat.lua: options: unknown field \"durration\" (did you mean \"duration\"?)");
  CHECK(with_options({{"stages", {"1s:1", "30x:2"}}}).error().find("options.stages[2]: ") !=
        std::string::npos);
  CHECK(with_options({{"stages", {{{"duration", "30x"}, {"target", 1}}}}}).error() ==
        "chat.lua: options.stages[1].duration: expected a duration such as \"30s\", got \"30x\"");
  CHECK(with_options({{"vus", 1.5}}).error().find("options.vus: expected a whole number") !=
        std::string::npos);
  CHECK(with_options({{"vus", 1e300}}).error().find("expected a whole number") !=
        std::string::npos);
  CHECK(with_options({{"vus", "ten"}}).error().find("options.vus: ") != std::string::npos);
  CHECK(with_options({{"duration", -1}}).error().find("options.duration: expected a duration") !=
        std::string::npos);
  CHECK(with_options({{"stages", {"1s:1"}}, {"duration", "1s"}}).error().find("stages exclude") !=
        std::string::npos);
  CHECK(with_options({{"spawn_rate", 1}}).error().find("spawn_rate goes with a duration") !=
        std::string::npos);
}

TEST_CASE("thresholds are read in every form that users know") {
  const auto thresholds = [](const json& value) {
    const auto result = with_options({{"thresholds", value}}).settings();
    REQUIRE((result ? "" : result.error().message) == "");
    return result->thresholds;
  };
  CHECK(thresholds({"llm_ttft p(95) < 2s"}).size() == 1);
  const auto table = thresholds({{{"threshold", "checks rate > 99%"},
                                  {"abort_on_fail", true},
                                  {"delay", "10s"},
                                  {"min_samples", 20},
                                  {"allow_empty", true}}});
  REQUIRE(table.size() == 1);
  CHECK(table[0].abort_on_fail);
  CHECK(table[0].delay == 10s);
  CHECK(table[0].min_samples == 20);
  CHECK(table[0].allow_empty);
  const auto map = thresholds({{"http_req_failed", {"rate<0.01"}}, {"checks", "rate > 90%"}});
  CHECK(map.size() == 2);
  CHECK(with_options({{"thresholds", {"llm_ttft p(95) < 2"}}})
            .error()
            .starts_with("chat.lua: options.thresholds[1]: "));
  CHECK(with_options({{"thresholds", {{{"threshold", "checks rate > 1%"}, {"dely", "1s"}}}}})
            .error()
            .find("did you mean \"delay\"") != std::string::npos);
}

TEST_CASE("flags are checked as options are") {
  Given given;
  given.flags.duration = "30x";
  CHECK(given.error() == "--duration: expected a duration such as \"30s\", got \"30x\"");
  given.flags = {};
  given.flags.stages = {"10"};
  CHECK(given.error().starts_with("--stage: "));
  given.flags = {};
  given.flags.thresholds = {"llm_tfft p(95) < 1s"};
  CHECK(given.error().starts_with("--threshold: "));
  given.flags = {};
  given.flags.spawn_rate = 0;
  CHECK(given.error() == "--spawn-rate: expected a number above 0, got 0");
}

TEST_CASE("variables are NAME=VALUE, and the value may hold anything") {
  const auto good = cli::parse_variables({"A=1", "URL=http://x?a=b", "EMPTY="});
  REQUIRE(good);
  CHECK(good->at("URL") == "http://x?a=b");
  CHECK(good->at("EMPTY").empty());
  CHECK(cli::parse_variables({"A"}).error().message == "-e: expected NAME=VALUE, got \"A\"");
  CHECK_FALSE(cli::parse_variables({"=1"}));
}

TEST_CASE("the seed comes from the flag, else the script, else it is drawn") {
  RunFlags flags;
  CHECK(cli::choose_seed(flags, json::object(), 9) == 9);
  CHECK(cli::choose_seed(flags, {{"seed", 5}}, 9) == 5);
  flags.seed = 6;
  CHECK(cli::choose_seed(flags, {{"seed", 5}}, 9) == 6);
}
