// What a script asks of the run.
#include "script/script_fixture.h"

using namespace std::chrono_literals;
using tests::contains;
using tests::ScriptFixture;

namespace {

std::string script_with(const std::string& body, const std::string& top = "") {
  return R"lua(
    local perigee = require "perigee"
    local native = require "perigee.native"
    )lua" +
         top + "\nreturn { default = function(user)\n" + body + "\nend }";
}

void check_no_errors(ScriptFixture& fixture) {
  for (const auto& [error, count] : fixture.notices.take().errors) FAIL(error);
}

}  // namespace

TEST_CASE("execution says where the VU, its scenario and the test stand") {
  ScriptFixture fixture;
  fixture.scenario.name = "evening";
  fixture.scenario.executor = load::ExecutorKind::kConstantVus;
  fixture.scenario.duration = 90s;
  fixture.scenario.start_time = 5s;
  script::LuaVu& vu = fixture.start(script_with(R"lua(
    local now = native.execution()
    assert(now.vu_id == 1 and now.iteration == 1 and now.iteration_in_test == 41)
    assert(now.scenario == "evening" and now.executor == "constant-vus")
    assert(now.scenario_start == 5 and now.scenario_duration == 90)
    assert(now.elapsed >= 60 and now.elapsed < 90)
    assert(now.vus == 1 and now.workers == 1 and now.seed == 7)
  )lua"));
  fixture.loaded->set_start(fixture.loop.now() - 60s);
  fixture.iterate(vu, 3);
  fixture.notices.take();  // The first iteration's numbers are others.
  fixture.iterate(vu, 41);
  check_no_errors(fixture);
}

TEST_CASE("outside of iterations execution has none of their fields") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(R"lua(
    local perigee = require "perigee"
    local native = require "perigee.native"
    local loading = native.execution()
    assert(loading.vu_id == nil and loading.scenario == nil and loading.seed == 7)
    local User = perigee.user {}
    function User.on_start()
      local now = native.execution()
      assert(now.vu_id == 1 and now.iteration == nil and now.scenario == "default")
      assert(now.elapsed == 0)
    end
    User:task("t", function() end)
    return { users = { User } }
  )lua");
  bool started = false;
  vu.run_on_start([&] { started = true; });
  fixture.run_until([&] { return started; });
  check_no_errors(fixture);
}

TEST_CASE("a scenario's env comes before -e, and -e before the environment") {
  ::setenv("PERIGEE_TEST_A", "environment", 1);
  ::setenv("PERIGEE_TEST_B", "environment", 1);
  ::setenv("PERIGEE_TEST_C", "environment", 1);
  ScriptFixture fixture;
  fixture.surroundings.variables = {{"PERIGEE_TEST_A", "flag"}, {"PERIGEE_TEST_B", "flag"}};
  fixture.scenario.env = {{"PERIGEE_TEST_A", "scenario"}};
  fixture.iterate(fixture.start(script_with(
      R"lua(
        assert(native.env("PERIGEE_TEST_A") == "scenario")
        assert(native.env("PERIGEE_TEST_B") == "flag")
        assert(native.env("PERIGEE_TEST_C") == "environment")
        assert(native.env("PERIGEE_TEST_NONE") == nil)
      )lua",
      R"lua(assert(native.env("PERIGEE_TEST_A") == "flag"))lua")));
  check_no_errors(fixture);
}

TEST_CASE("counters are shared by all scripts of a process") {
  ScriptFixture fixture;
  fixture.shared.counter("orders") = 40;
  fixture.iterate(fixture.start(script_with(R"lua(
    assert(native.counter_add("orders", 2) == 42)
    native.counter_set("orders", 7)
    assert(native.counter_add("orders", -0.5) == 6.5)
    assert(native.counter_add("another", 0) == 0)
  )lua")));
  check_no_errors(fixture);
  CHECK(fixture.shared.counter("orders") == 6.5);
}

TEST_CASE("an option that a script declares is known, and what the command line gave comes back") {
  ScriptFixture fixture;
  fixture.surroundings.flags = {{"size", "9"}};
  fixture.load_for_running(script_with("", R"lua(
    assert(native.declare_option("size", "number", "5", "how large") == "9")
    assert(native.declare_option("color", "string", "red", "") == nil)
  )lua"));
  const auto declared = fixture.shared.declared();
  REQUIRE(declared.size() == 2);
  CHECK(declared[0].name == "size");
  CHECK(declared[0].kind == "number");
  CHECK(declared[0].default_text == "5");
  CHECK(declared[0].help == "how large");
  SECTION("declaring it otherwise is an error") {
    const auto again = fixture.load(
        script_with("", R"lua(native.declare_option("size", "string", "5", "how large"))lua"));
    REQUIRE_FALSE(again);
    CHECK(contains(again.error().message, "size"));
  }
}

TEST_CASE("options are declared while the script loads and at no other time") {
  ScriptFixture fixture;
  fixture.iterate(
      fixture.start(script_with(R"lua(native.declare_option("size", "number", "5", ""))lua")));
  CHECK(contains(fixture.only_error(), "declared while the script loads"));
}

TEST_CASE("the task filter and the host are those of the command line") {
  ScriptFixture fixture;
  SECTION("given") {
    fixture.surroundings.only = {"default"};
    fixture.surroundings.skip = {};
    fixture.surroundings.host = "http://127.0.0.1:1";
    fixture.iterate(fixture.start(script_with(R"lua(
      local filter = native.task_filter()
      assert(filter.only[1] == "default" and #filter.only == 1 and #filter.skip == 0)
      assert(native.host() == "http://127.0.0.1:1")
    )lua")));
  }
  SECTION("not given") {
    fixture.iterate(fixture.start(script_with(R"lua(
      local filter = native.task_filter()
      assert(#filter.only == 0 and #filter.skip == 0 and native.host() == nil)
    )lua")));
  }
  check_no_errors(fixture);
}
