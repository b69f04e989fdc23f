// perigee.all: strands beside each other in one VU.
#include <vector>

#include "net/loopback_server.h"
#include "script/coroutines.h"
#include "script/script_fixture.h"

using namespace std::chrono_literals;
using tests::contains;
using tests::LoopbackServer;
using tests::ScriptFixture;

namespace {

// `native.all` itself, and functions that tell in which order they ran.
std::string script_with(const std::string& body) {
  return R"lua(
    local perigee = require "perigee"
    local native = require "perigee.native"
    local http = require "perigee.http"
    local all, log = native.all, function(text) native.log("info", text) end
    local function after(seconds, value)
      return function() perigee.sleep(seconds) log(tostring(value)) return value end
    end
    return { default = function(user)
      )lua" +
         body + R"lua(
    end }
  )lua";
}

std::vector<std::string> log_of(ScriptFixture& fixture, const std::string& body) {
  script::LuaVu& vu = fixture.start(script_with(body));
  fixture.iterate(vu);
  auto batch = fixture.notices.take();
  for (const auto& [error, count] : batch.errors) UNSCOPED_INFO(error);
  CHECK(batch.errors.empty());
  CHECK(fixture.loaded->coroutines().in_use() == 0);
  for (std::string& line : batch.lines) line.erase(0, line.find(": ") + 2);
  return batch.lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("all runs functions at once and returns what each returned, by position") {
  ScriptFixture fixture;
  const base::TimePoint before = fixture.loop.now();
  const Lines lines = log_of(fixture, R"lua(
    local function two() return 1, 2 end
    local functions = { after(0.03, "slow"), after(0.001, "fast"), two, function() end }
    local results, winner = all(functions, 0, false)
    assert(results[1] == "slow" and results[2] == "fast" and results[3] == 1 and results[4] == nil)
    assert(winner == nil)
  )lua");
  CHECK(lines == Lines{"fast", "slow"});
  CHECK(fixture.loop.now() - before >= 30ms);
}

TEST_CASE("all runs no more at a time than its limit") {
  ScriptFixture fixture;
  const Lines lines = log_of(fixture, R"lua(
    local running, most, functions = 0, 0, {}
    for i = 1, 7 do
      functions[i] = function()
        running = running + 1
        most = math.max(most, running)
        perigee.sleep(0.001)
        running = running - 1
        return i
      end
    end
    local results = all(functions, 3, false)
    assert(#results == 7 and results[7] == 7)
    log(tostring(most))
  )lua");
  CHECK(lines == Lines{"3"});
}

TEST_CASE("all of nothing returns at once, and a limit may be larger than the list") {
  ScriptFixture fixture;
  CHECK(log_of(fixture, "assert(#all({}, 0, false) == 0)").empty());
  CHECK(log_of(fixture, "assert(all({ function() return 5 end }, 9, false)[1] == 5)").empty());
}

TEST_CASE("the first to return ends the others") {
  ScriptFixture fixture;
  const Lines lines = log_of(fixture, R"lua(
    local slow = after(100, "slow")
    local results, winner = all({ slow, after(0.001, "fast"), slow }, 0, true)
    assert(winner == 2 and results[2] == "fast" and results[1] == nil)
    log("on")
  )lua");
  CHECK(lines == Lines{"fast", "on"});
}

TEST_CASE("functions of all may call all") {
  ScriptFixture fixture;
  const Lines lines = log_of(fixture, R"lua(
    local function inner(value) return function()
      return all({ after(0.002, value .. "1"), after(0.001, value .. "2") }, 1, false)
    end end
    local function later() perigee.sleep(0.01) return inner("b")() end
    local results = all({ inner("a"), later }, 0, false)
    assert(results[1][2] == "a2" and results[2][1] == "b1")
  )lua");
  CHECK(lines == Lines{"a1", "a2", "b1", "b2"});
}

TEST_CASE("an error in one function ends the others and is raised in the caller") {
  ScriptFixture fixture;
  SECTION("with the traceback of where it came from") {
    script::LuaVu& vu = fixture.start(script_with(R"lua(
      local function broken() local nothing = nil; perigee.sleep(0.001) return nothing.field end
      all({ after(100, "never"), broken }, 0, false)
    )lua"));
    fixture.iterate(vu);
    const std::string error = fixture.only_error();
    CHECK(contains(error, "attempt to index local 'nothing'"));
    CHECK(contains(error, "in function <"));
    CHECK(fixture.notices.take().lines.empty());
    CHECK(fixture.loaded->coroutines().in_use() == 0);
    CHECK(fixture.counter("script_errors") == 1);
  }
  SECTION("where pcall catches it") {
    CHECK(log_of(fixture, R"lua(
      local function broken() error("at once") end
      local ok, text = pcall(all, { broken, after(100, "never") }, 0, false)
      assert(not ok and text:find("at once"))
      assert(all({ after(0.001, "again") }, 0, false)[1] == "again")
    )lua") == Lines{"again"});
  }
  SECTION("that an inner all raised") {
    CHECK(log_of(fixture, R"lua(
      local ok, text = pcall(all, { function()
        all({ after(100, "never"), function() error("deep down") end }, 0, false)
      end, after(100, "never") }, 0, false)
      assert(not ok and text:find("deep down"))
    )lua")
              .empty());
  }
  SECTION("that is a yield which is not ours") {
    CHECK(log_of(fixture, R"lua(
      local ok, text = pcall(all, { coroutine.yield }, 0, false)
      assert(not ok and text:find("outside a coroutine of your own"))
    )lua")
              .empty());
  }
}

TEST_CASE("all says what is wrong with its arguments") {
  ScriptFixture fixture;
  CHECK(log_of(fixture, R"lua(
    local ok, text = pcall(all, { print, 5 }, 0, false)
    assert(not ok and text:find("%[2%]: expected a function, got number"))
    assert(not pcall(all, { print }, -1, false) and not pcall(all, nil, 0, false))
  )lua")
            .empty());
}

TEST_CASE("an interruption ends all strands, and their requests count as censored") {
  LoopbackServer server(2, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
    LoopbackServer::await_close(fd);
  });
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with(R"lua(
    local function get() http.get(")lua" + server.url() +
                                                R"lua(") log("never") end
    local never = after(100, "never")
    all({ get, function() all({ get, never }, 0, false) end, never }, 0, false)
  )lua"));
  bool ended = false;
  vu.run_iteration({.due = fixture.loop.now()}, [&](base::Duration) { ended = true; });
  net::EventLoop::Timer interrupt(fixture.loop, [&] {
    vu.interrupt();
    fixture.loop.stop();
  });
  interrupt.arm_after(20ms);
  fixture.run_until([] { return false; });
  CHECK_FALSE(ended);
  CHECK_FALSE(fixture.loaded->has_ready());
  CHECK(fixture.notices.take().lines.empty());
  CHECK(fixture.loaded->coroutines().in_use() == 0);
  CHECK(fixture.counter("http_reqs", "outcome=censored") == 2);
}

TEST_CASE("a request of a strand that is dropped counts as cancelled, and the script goes on") {
  LoopbackServer server(2, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(R"lua(
    local perigee = require "perigee"
    local native = require "perigee.native"
    local http = require "perigee.http"
    local anthropic = require "perigee.anthropic"
    local url = ")lua" + server.url("") +
                                    R"lua("
    local claude = anthropic.client { model = "m", max_tokens = 1, base_url = url }
    return { default = function()
      native.all({
        function() claude:stream { messages = "hi" } end,
        function() http.get(url) end,
        function() perigee.sleep(0.02) end,
      }, 0, true)
      perigee.log("on")
      perigee.sleep(100)
    end }
  )lua");
  fixture.iterate_until_logged(vu);
  CHECK(fixture.loaded->coroutines().in_use() == 1);
  CHECK(fixture.notices.take().errors.empty());
  CHECK(fixture.counter("http_reqs", "outcome=completed") == 2);
  CHECK(fixture.counter("llm_cancelled") == 1);
  const auto& durations = fixture.store.trend(metrics::kHttpReqDuration);
  CHECK(durations.values.count() + durations.lower_bounds.count() == 0);
  vu.interrupt();
  CHECK(fixture.counter("http_reqs") == 2);
  CHECK(fixture.counter("llm_requests", "outcome=completed") == 1);
}

TEST_CASE("requests that another function's error ended count as cancelled") {
  LoopbackServer server(1, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  ScriptFixture fixture;
  log_of(fixture, "local url = \"" + server.url() + R"lua("
    local function broken() perigee.sleep(0.02) error("no") end
    assert(not pcall(all, { function() http.get(url) end, broken }, 0, false))
  )lua");
  CHECK(fixture.counter("http_reqs", "outcome=completed") == 1);
  CHECK(fixture.counter("http_reqs", "outcome=censored") == 0);
}

TEST_CASE("strands of one VU share its table and its random numbers, and suspend one by one") {
  ScriptFixture fixture;
  CHECK(log_of(fixture, R"lua(
    local function look() assert(perigee.vu == user) perigee.sleep(0.001) return native.random() end
    local drawn = all({ look, look }, 0, false)
    assert(drawn[1] ~= drawn[2])
    local sleep_inside = coroutine.wrap(function() perigee.sleep(1) end)
    local ok, text = pcall(all, { function() sleep_inside() end }, 0, false)
    assert(not ok and text:find("inside a coroutine of your own"))
  )lua")
            .empty());
}
