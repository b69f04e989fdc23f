// Tags and groups of what a VU records.
#include "metrics/builtin.h"
#include "script/script_fixture.h"

using tests::contains;
using tests::ScriptFixture;

namespace {

// `native`, and a counter whose tags tell where it was counted.
std::string script_with(const std::string& body) {
  return R"lua(
    local perigee = require "perigee"
    local native = require "perigee.native"
    local here = require("perigee.metrics").counter("here")
    return { default = function(user)
      )lua" +
         body + R"lua(
    end }
  )lua";
}

void iterate_well(ScriptFixture& fixture, const std::string& body) {
  fixture.iterate(fixture.start(script_with(body)));
  for (const auto& [error, count] : fixture.notices.take().errors) FAIL(error);
}

std::uint64_t groups_timed(ScriptFixture& fixture, const std::string& tags) {
  return fixture.counted().trend(metrics::kGroupDuration, *metrics::parse_selector(tags)).count();
}

}  // namespace

TEST_CASE("a VU's samples have its scenario's tags, scenario, user and task") {
  ScriptFixture fixture;
  fixture.scenario.name = "evening";
  fixture.scenario.tags = {{"region", "north"}};
  iterate_well(fixture, "here:add()");
  CHECK(fixture.counter("here", "region=north,scenario=evening,user=default,task=default") == 1);
}

TEST_CASE("groups are nested, tag what is counted inside and are timed") {
  ScriptFixture fixture;
  iterate_well(fixture, R"lua(
    native.group_begin("outer")
    here:add()
    native.group_begin("inner")
    here:add()
    perigee.check("fine", true)
    native.group_end()
    here:add()
    native.group_end()
    here:add()
  )lua");
  CHECK(fixture.counter("here", "group=outer") == 2);
  CHECK(fixture.counter("here", "group=outer/inner") == 1);
  CHECK(fixture.counter("here", "group=") == 1);
  CHECK(groups_timed(fixture, "group=outer") == 1);
  CHECK(groups_timed(fixture, "group=outer/inner") == 1);
}

TEST_CASE("a group left open by an error ends with the iteration and is not timed") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with(R"lua(
    here:add()
    native.group_begin("open")
    if user.iteration == 1 then error("no") end
  )lua"));
  fixture.iterate(vu);
  CHECK(contains(fixture.only_error(), "no"));
  fixture.iterate(vu);
  CHECK(fixture.counter("here", "group=") == 2);
  CHECK(groups_timed(fixture, "group=open") == 0);
}

TEST_CASE("ending a group that was not begun is an error") {
  ScriptFixture fixture;
  fixture.iterate(fixture.start(script_with("native.group_end()")));
  CHECK(contains(fixture.only_error(), "no group is open here"));
}

TEST_CASE("groups belong to strands: each begins in its parent's and keeps its own") {
  ScriptFixture fixture;
  iterate_well(fixture, R"lua(
    native.group_begin("both")
    native.all({
      function() native.group_begin("left") perigee.sleep(0.002) here:add() native.group_end() end,
      function() native.group_begin("right") perigee.sleep(0.001) here:add() native.group_end()
        assert(not pcall(native.group_end)) end,
      function() perigee.sleep(0.001) here:add() end,
    }, 0, false)
    here:add()
    native.group_end()
  )lua");
  CHECK(fixture.counter("here", "group=both/left") == 1);
  CHECK(fixture.counter("here", "group=both/right") == 1);
  CHECK(fixture.counter("here", "group=both") == 2);
}

TEST_CASE("a tag that a script sets stays for the VU's life, until it is taken away") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with(R"lua(
    if user.iteration == 1 then native.group_begin("g") native.set_tag("plan", "free") end
    here:add()
    if user.iteration == 2 then native.set_tag("plan", "") end
  )lua"));
  for (int i = 0; i < 3; ++i) fixture.iterate(vu);
  CHECK(fixture.counter("here", "plan=free,group=g") == 1);
  CHECK(fixture.counter("here", "plan=free") == 2);
  CHECK(fixture.counter("here", "plan=") == 1);
  CHECK(fixture.notices.take().errors.empty());
}

TEST_CASE("a script's tags win over the scenario's, but not over perigee's own") {
  ScriptFixture fixture;
  fixture.scenario.tags = {{"region", "north"}};
  iterate_well(fixture, R"lua(
    native.set_tag("region", "south")
    here:add()
    local ok, text = pcall(native.set_tag, "task", "mine")
    assert(not ok and text:find("set by perigee"))
  )lua");
  CHECK(fixture.counter("here", "region=south") == 1);
}
