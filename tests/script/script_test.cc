#include "script/script.h"

#include "net/loopback_server.h"
#include "script/script_fixture.h"

using tests::contains;
using tests::LoopbackServer;
using tests::ScriptFixture;

namespace {

std::string error_of(ScriptFixture& fixture, const std::string& text) {
  const auto script = fixture.load(text);
  return script ? "" : script.error().message;
}

}  // namespace

TEST_CASE("a script's table becomes its description") {
  ScriptFixture fixture;
  const auto script = fixture.load(R"lua(
    local perigee = require "perigee"
    local Chat = perigee.user { name = "chat", weight = 3 }
    Chat:task("simple", function() end)
    function Chat.on_start() end
    local Batch = perigee.user { name = "batch", fixed_count = 2 }
    Batch:task("big", function() end)
    return {
      users = { Chat, Batch },
      replay = function() end,
      setup = function() end,
      options = { scenarios = { steady = { executor = "constant-vus", exec = "replay" } } },
    }
  )lua");
  REQUIRE((script ? "" : script.error().message) == "");
  const script::Description& description = (*script)->description();
  REQUIRE(description.classes.size() == 3);
  CHECK(description.classes[0].name == "chat");
  CHECK(description.classes[0].weight == 3);
  CHECK(description.classes[0].has_on_start);
  CHECK_FALSE(description.classes[0].fixed_count);
  CHECK(description.classes[1].name == "batch");
  CHECK(description.classes[1].fixed_count == 2);
  CHECK_FALSE(description.classes[1].has_on_start);
  CHECK(description.classes[2].name == "replay");
  CHECK(description.classes[2].index == 2);
  const std::map<std::string, std::vector<std::string>> tasks = {
      {"chat", {"simple"}}, {"batch", {"big"}}, {"replay", {"replay"}}};
  CHECK(description.tasks == tasks);
  CHECK(description.options["scenarios"]["steady"]["exec"] == "replay");
  CHECK(description.default_users == std::vector<std::string>{"chat", "batch"});
  CHECK_FALSE(description.shape);
  CHECK(description.has_setup);
  CHECK_FALSE(description.has_teardown);
  CHECK_FALSE(description.has_summary);
}

TEST_CASE("a script's shape becomes stages") {
  ScriptFixture fixture;
  const auto script = fixture.load(R"lua(
    return {
      default = function() end,
      shape = function(elapsed) if elapsed < 2 then return 5 end end,
    }
  )lua");
  REQUIRE((script ? "" : script.error().message) == "");
  const auto& shape = (*script)->description().shape;
  REQUIRE(shape);
  REQUIRE_FALSE(shape->empty());
  CHECK(shape->back().target == 5);
}

TEST_CASE("a script that is none says what is wrong and where") {
  ScriptFixture fixture;
  CHECK(contains(error_of(fixture, "return {"), ".lua:1: "));
  CHECK(contains(error_of(fixture, "\nerror('no luck')"), ".lua:2: no luck"));
  CHECK(contains(error_of(fixture, "local x = nil\nreturn x.y"), "traceback"));
  CHECK(contains(error_of(fixture, "return 7"), "expected a table"));
  CHECK(contains(error_of(fixture, "return {}"), "users or default"));
  CHECK(contains(error_of(fixture, "return { defualt = print }"), "did you mean \"default\""));
  CHECK(contains(error_of(fixture, "error()"), "traceback"));
  CHECK(contains(error_of(fixture, "error({ a = 1 })"), "error with a table: {\"a\":1}"));
  const auto missing = script::Script::load("/nowhere/x.lua", fixture.surroundings);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message == "/nowhere/x.lua: no such script");
}

TEST_CASE("what suspends is refused while the script loads") {
  ScriptFixture fixture;
  const std::string error = error_of(fixture, R"lua(
    require("perigee").sleep("1s")
    return { default = function() end }
  )lua");
  CHECK(contains(error, "while the script loads"));
}

TEST_CASE("modules cannot come from C, and ffi is not there") {
  ScriptFixture fixture;
  CHECK(contains(error_of(fixture, "require 'ffi'"), "module 'ffi' not found"));
  CHECK(contains(error_of(fixture, "return { default = package.loadlib }"), "expected users"));
  CHECK(contains(error_of(fixture, "require 'no.such'"), "in perigee's own library"));
}

TEST_CASE("what a script's VUs leave behind is named, and nothing is left when they are gone") {
  LoopbackServer server(1, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(R"lua(
    local perigee = require "perigee"
    local http = require "perigee.http"
    return { default = function()
      perigee.all {
        function() http.get(")lua" + server.url() +
                                    R"lua(") end,
        function() perigee.log("on") perigee.sleep(100) end,
      }
    end }
  )lua");
  CHECK(fixture.loaded->leftovers() == "1 VU");
  fixture.iterate_until_logged(vu);
  CHECK(fixture.loaded->leftovers() == "1 VU, 3 suspended coroutines, 1 open transfer");
  vu.interrupt();
  CHECK(fixture.loaded->leftovers() == "1 VU");
  fixture.vu.reset();
  CHECK(fixture.loaded->leftovers() == "");
}

TEST_CASE("loading twice declares the same metrics once") {
  ScriptFixture fixture;
  const std::string text = R"lua(
    local metrics = require "perigee.metrics"
    metrics.trend("answer_length", { unit = "tokens" })
    return { default = function() end }
  )lua";
  REQUIRE(fixture.load(text));
  const auto size = fixture.registry.size();
  REQUIRE(fixture.load(text));
  CHECK(fixture.registry.size() == size);
  CHECK(fixture.registry.find("answer_length"));
}
