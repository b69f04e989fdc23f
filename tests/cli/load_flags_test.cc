#include "cli/load_flags.h"

#include <algorithm>
#include <catch2/catch.hpp>

using nlohmann::json;

namespace {

// The flags that a command line comes to. Later words stand first, as CLI11 wants them.
cli::RunFlags parse(std::vector<std::string> words) {
  cli::RunFlags flags;
  CLI::App app("perigee");
  app.require_subcommand(1);
  CLI::App* run = app.add_subcommand("run");
  app.add_subcommand("new");
  cli::add_script_flags(*run, flags);
  cli::add_option_flags(*run, flags);
  words.insert(words.begin(), "run");
  std::reverse(words.begin(), words.end());
  app.parse(words);
  cli::take_rest(*run, flags);
  return flags;
}

}  // namespace

TEST_CASE("flags become options of the same form as in a script") {
  const auto flags = parse({"chat.lua", "-u", "5", "-d", "30s", "-r", "0.5", "--insecure", "--host",
                            "http://a", "--seed", "7"});
  CHECK(flags.script == "chat.lua");
  CHECK(flags.options == json{{"vus", 5},
                              {"duration", "30s"},
                              {"spawn_rate", 0.5},
                              {"insecure", true},
                              {"host", "http://a"},
                              {"seed", 7}});
}

TEST_CASE("flags that may be repeated make lists, and take one word each") {
  const auto flags = parse({"-s", "1s:1", "-s", "2s:2", "--threshold", "checks rate > 1%", "--tag",
                            "a=b", "chat.lua", "--slo", "llm_ttft < 1s"});
  CHECK(flags.script == "chat.lua");
  CHECK(flags.options["stages"] == json{"1s:1", "2s:2"});
  CHECK(flags.options["thresholds"] == json{"checks rate > 1%"});
  CHECK(flags.options["tags"] == json{"a=b"});
  CHECK(flags.options["slo"] == json{"llm_ttft < 1s"});
}

TEST_CASE("a number with a sign or with letters is handed on, to be refused with the flag's name") {
  CHECK(parse({"chat.lua", "-u", "-1"}).options["vus"] == -1);
  CHECK(parse({"chat.lua", "-u", "many"}).options["vus"] == "many");
}

TEST_CASE("tasks are named one by one or with commas") {
  const auto flags = parse({"chat.lua", "--only", "a,b", "--only", "c", "--skip", "d"});
  CHECK(flags.only == std::vector<std::string>{"a", "b", "c"});
  CHECK(flags.skip == std::vector<std::string>{"d"});
}

TEST_CASE("unknown words stay in their order, even those that are commands elsewhere") {
  const auto flags = parse({"chat.lua", "--topic", "new", "-u", "3", "--words=-5", "--loud"});
  CHECK(flags.rest == std::vector<std::string>{"--topic", "new", "--words=-5", "--loud"});
  CHECK(flags.options["vus"] == 3);
  CHECK(std::find(flags.flag_names.begin(), flags.flag_names.end(), "--duration") !=
        flags.flag_names.end());
}
