// setup, teardown and summary: a script's functions that run once.
#include "net/loopback_server.h"
#include "script/script_fixture.h"

using namespace std::chrono_literals;
using script::Hook;
using tests::contains;
using tests::LoopbackServer;
using tests::ScriptFixture;

namespace {

std::string script_with(const std::string& hooks) {
  return R"lua(
    local perigee = require "perigee"
    local native = require "perigee.native"
    local http = require "perigee.http"
    local here = require("perigee.metrics").counter("here")
    return { default = function(user) end, )lua" +
         hooks + " }";
}

base::Result<std::string> returned_by_setup(ScriptFixture& fixture, const std::string& value) {
  fixture.load_for_running(script_with("setup = function() return " + value + " end"));
  return *fixture.run_hook(Hook::kSetup, "");
}

}  // namespace

TEST_CASE("setup returns plain data as JSON") {
  ScriptFixture fixture;
  CHECK(*returned_by_setup(fixture, "{ 1, 2 }") == "[1,2]");
  CHECK(*returned_by_setup(fixture, "'text'") == "\"text\"");
  CHECK(returned_by_setup(fixture, "nil")->empty());
  CHECK(returned_by_setup(fixture, "")->empty());
  CHECK(*returned_by_setup(fixture, "false, 'more'") == "false");
  CHECK(fixture.notices.take().errors.empty());
}

TEST_CASE("what JSON cannot hold is an error that names setup's return value") {
  ScriptFixture fixture;
  const auto function = returned_by_setup(fixture, "{ tokens = { print } }");
  REQUIRE_FALSE(function);
  CHECK(contains(function.error().message, "setup"));
  CHECK(contains(function.error().message, "function"));
  const auto binary = returned_by_setup(fixture, "'\\255'");
  REQUIRE_FALSE(binary);
  CHECK(contains(binary.error().message, "UTF-8"));
}

TEST_CASE("VUs made afterwards have setup's data, one copy for all") {
  ScriptFixture fixture;
  fixture.load_for_running(R"lua(
    local perigee = require "perigee"
    local seen
    return { default = function(user)
      assert(user.data.tokens[2] == "b")
      assert(seen == nil or seen == user.data)
      seen = user.data
    end }
  )lua");
  fixture.loaded->set_setup_data(R"({"tokens":["a","b"]})");
  script::LuaVu first(*fixture.loaded, {1, 0, 0});
  script::LuaVu second(*fixture.loaded, {2, 0, 0});
  fixture.iterate(first);
  fixture.iterate(second);
  for (const auto& [error, count] : fixture.notices.take().errors) FAIL(error);
}

TEST_CASE("without setup's data a VU has none") {
  ScriptFixture fixture;
  fixture.load_for_running("return { default = function(user) assert(user.data == nil) end }");
  fixture.loaded->set_setup_data("");
  script::LuaVu vu(*fixture.loaded, {1, 0, 0});
  fixture.iterate(vu);
  CHECK(fixture.notices.take().errors.empty());
}

TEST_CASE("teardown and summary get their argument decoded") {
  ScriptFixture fixture;
  fixture.load_for_running(script_with(R"lua(
    teardown = function(data) assert(data.token == "t" and select("#", data) == 1) end,
    summary = function(result) return { ["out.txt"] = "n=" .. result.n } end
  )lua"));
  const auto teardown = fixture.run_hook(Hook::kTeardown, R"({"token":"t"})");
  REQUIRE((*teardown ? "" : teardown->error().message) == "");
  CHECK((*teardown)->empty());
  CHECK(**fixture.run_hook(Hook::kSummary, R"({"n":3})") == R"({"out.txt":"n=3"})");
}

TEST_CASE("teardown gets nil where setup returned nothing") {
  ScriptFixture fixture;
  fixture.load_for_running(script_with("teardown = function(data) assert(data == nil) end"));
  CHECK(*fixture.run_hook(Hook::kTeardown, ""));
}

TEST_CASE("a hook can wait, ask for things and count, under its own name") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  });
  ScriptFixture fixture;
  fixture.load_for_running(script_with("setup = function()" + std::string(R"lua(
    perigee.sleep(0.001)
    assert(native.phase() == "iteration" and perigee.vu.id == 0)
    local now = native.execution()
    assert(now.vu_id == 0 and now.scenario == nil and now.iteration == nil and now.elapsed == 0)
    local replies = native.all({ function() return http.get(")lua") +
                                       server.url() + R"lua(") end }, 0, false)
    here:add()
    perigee.log("done")
    return replies[1].body
  end)lua"));
  const auto returned = fixture.run_hook(Hook::kSetup, "");
  REQUIRE((*returned ? "" : returned->error().message) == "");
  CHECK(**returned == "\"hi\"");
  CHECK(fixture.counter("here", "scenario=setup,task=setup") == 1);
  CHECK(fixture.counter("http_reqs", "scenario=setup") == 1);
  CHECK(fixture.notices.take().lines == std::vector<std::string>{"setup: done"});
}

TEST_CASE("a hook's error comes with its traceback, and is no script error of an iteration") {
  ScriptFixture fixture;
  fixture.load_for_running(script_with("setup = function() error('no luck') end"));
  const auto returned = fixture.run_hook(Hook::kSetup, "");
  REQUIRE_FALSE(*returned);
  CHECK(contains(returned->error().message, "no luck"));
  CHECK(contains(returned->error().message, "stack traceback"));
  CHECK(fixture.notices.take().errors.empty());
}

TEST_CASE("an interrupted hook says nothing more") {
  ScriptFixture fixture;
  fixture.load_for_running(script_with("setup = function() perigee.sleep(100) end"));
  bool ended = false;
  const auto hook = fixture.loaded->run_hook(Hook::kSetup, "", [&](const auto&) { ended = true; });
  fixture.loaded->resume_ready(base::TimePoint::max());
  CHECK(fixture.loaded->coroutines().in_use() == 1);
  hook->interrupt();
  CHECK(fixture.loaded->coroutines().in_use() == 0);
  CHECK_FALSE(fixture.loaded->has_ready());
  CHECK_FALSE(ended);
}

TEST_CASE("each hook draws its own random numbers, the same for the same seed") {
  const auto drawn = [](Hook hook) {
    ScriptFixture fixture;
    fixture.load_for_running(
        script_with("setup = function() return native.random() end, "
                    "teardown = function() return native.random() end"));
    return **fixture.run_hook(hook, "");
  };
  CHECK(drawn(Hook::kSetup) == drawn(Hook::kSetup));
  CHECK(drawn(Hook::kSetup) != drawn(Hook::kTeardown));
}
