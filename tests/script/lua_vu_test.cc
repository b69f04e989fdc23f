#include "script/lua_vu.h"

#include "client/llm_call.h"
#include "net/loopback_server.h"
#include "script/script_fixture.h"

using namespace std::chrono_literals;
using tests::LoopbackServer;
using tests::ScriptFixture;

namespace {

std::string only_error(ScriptFixture& fixture) {
  const auto errors = fixture.notices.take().errors;
  REQUIRE(errors.size() == 1);
  return errors.begin()->first;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

double counter(ScriptFixture& fixture, const char* name) {
  return fixture.counted().counter(*fixture.registry.find(name));
}

// A script whose default is `body`, with counters to tell what happened.
std::string script_with(const std::string& body) {
  return R"lua(
    local perigee = require "perigee"
    local http = require "perigee.http"
    local metrics = require "perigee.metrics"
    local begun, ended = metrics.counter("begun"), metrics.counter("ended")
    return { default = function(user)
      begun:add(1)
      )lua" +
         body + R"lua(
      ended:add(1)
    end }
  )lua";
}

}  // namespace

TEST_CASE("an iteration runs, suspends, goes on and ends") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with("perigee.sleep(0.01)"));
  const base::TimePoint before = fixture.loop.now();
  CHECK(fixture.iterate(vu) == 0ns);
  CHECK(fixture.loop.now() - before >= 10ms);
  CHECK(counter(fixture, "ended") == 1);
  CHECK(fixture.notices.take().errors.empty());
}

TEST_CASE("suspending works inside pcall, iterators and metamethods") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with(R"lua(
    assert(pcall(function() perigee.sleep(0.001) end))
    for _ in function(_, i) perigee.sleep(0.001) if not i then return 1 end end do end
    local lazy = setmetatable({}, { __index = function() perigee.sleep(0.001) return 5 end })
    assert(lazy.anything == 5)
  )lua"));
  fixture.iterate(vu);
  CHECK(counter(fixture, "ended") == 1);
  CHECK(fixture.notices.take().errors.empty());
}

TEST_CASE("the VU's table keeps what the script puts into it, and pacing is handed out") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(R"lua(
    local perigee = require "perigee"
    local Counting = perigee.user { think_time = 0.25 }
    Counting:task("count", function(user)
      assert(perigee.vu == user)
      user.seen = (user.seen or 0) + 1
      assert(user.seen == user.iteration and perigee.env("GREETING") == "hello")
    end)
    return { users = { Counting } }
  )lua");
  CHECK(fixture.iterate(vu) == 250ms);
  CHECK(fixture.iterate(vu) == 250ms);
  CHECK(fixture.notices.take().errors.empty());
  CHECK(fixture.shard.tags(vu.tags()).get("task") == "count");
}

TEST_CASE("a script's mistake ends the iteration with a traceback, and the next one runs") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with(R"lua(
    perigee.sleep(0.001)
    if user.iteration == 1 then local nothing = nil; nothing.field = 1 end
  )lua"));
  fixture.iterate(vu);
  const std::string error = only_error(fixture);
  CHECK(contains(error, "attempt to index local 'nothing'"));
  CHECK(contains(error, "stack traceback"));
  CHECK(counter(fixture, "script_errors") == 1);
  fixture.iterate(vu);
  CHECK(fixture.notices.take().errors.empty());
  CHECK(counter(fixture, "ended") == 1);
}

TEST_CASE("errors that are no text, and yields that are not ours, are errors like others") {
  ScriptFixture fixture;
  SECTION("a table") {
    fixture.iterate(fixture.start(script_with("error({ a = 1 })")));
    CHECK(contains(only_error(fixture), "error with a table: {\"a\":1}"));
  }
  SECTION("a yield at the VU's level") {
    fixture.iterate(fixture.start(script_with("coroutine.yield(1)")));
    CHECK(contains(only_error(fixture), "outside a coroutine of your own"));
  }
  SECTION("suspending in a coroutine of the script's") {
    fixture.iterate(
        fixture.start(script_with("coroutine.wrap(function() perigee.sleep(0.001) end)()")));
    CHECK(contains(only_error(fixture), "inside a coroutine of your own"));
  }
  SECTION("suspending across a C function") {
    fixture.iterate(fixture.start(script_with(
        "table.sort({ 3, 2, 1 }, function(a, b) perigee.sleep(0.001) return a < b end)")));
    CHECK(contains(only_error(fixture), "inside a callback of a C function"));
  }
}

TEST_CASE("an interrupted VU stops where it is, whatever its script catches") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with("while true do pcall(perigee.sleep, 100) end"));
  bool called_back = false;
  vu.run_iteration(fixture.loop.now(), [&](base::Duration) { called_back = true; });
  net::EventLoop::Timer interrupt(fixture.loop, [&] { vu.interrupt(); });
  net::EventLoop::Timer end(fixture.loop, [&] { fixture.loop.stop(); });
  interrupt.arm_after(2ms);
  end.arm_after(4ms);
  fixture.run_until([] { return false; });
  CHECK_FALSE(called_back);
  CHECK(counter(fixture, "begun") == 1);
  CHECK(counter(fixture, "ended") == 0);
  SECTION("and can run on_stop afterwards") {
    bool stopped = false;
    vu.run_on_stop([&] { stopped = true; });
    fixture.run_until([&] { return stopped; });
    CHECK(stopped);
  }
}

TEST_CASE("an interrupted request is censored") {
  LoopbackServer server(1, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with("http.get(\"" + server.url() + "\")"));
  vu.run_iteration(fixture.loop.now(), [](base::Duration) {});
  net::EventLoop::Timer interrupt(fixture.loop, [&] {
    vu.interrupt();
    fixture.loop.stop();
  });
  interrupt.arm_after(10ms);
  fixture.run_until([] { return false; });
  CHECK(fixture.counted().counter(metrics::kHttpReqs,
                                  *metrics::parse_selector("outcome=censored")) == 1);
}

TEST_CASE("a stream that is left open ends with its iteration, and its handle says so") {
  LoopbackServer server(1, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(R"lua(
    local anthropic = require "perigee.anthropic"
    local claude = anthropic.client { model = "m", max_tokens = 1, base_url = ")lua" +
                                    server.url("") + R"lua(" }
    return { default = function(user)
      if user.iteration == 1 then
        user.stream = claude:open { messages = "hi" }
      else
        user.stream:reply()
      end
    end }
  )lua");
  fixture.iterate(vu);
  CHECK(fixture.counted().counter(metrics::kLlmRequests,
                                  *metrics::parse_selector("outcome=censored")) == 1);
  fixture.iterate(vu);
  CHECK(contains(only_error(fixture), "this stream ended with the iteration that opened it"));
}

TEST_CASE("VUs draw their own random numbers, the same for the same seed") {
  const auto draws = [](std::uint64_t seed) {
    ScriptFixture fixture;
    fixture.surroundings.seed = seed;
    script::LuaVu& vu = fixture.start(R"lua(
      local perigee = require "perigee"
      return { default = function() perigee.log("%d", perigee.between(0, 1e6):sample()) end }
    )lua");
    fixture.iterate(vu);
    return fixture.notices.take().lines;
  };
  CHECK(draws(1) == draws(1));
  CHECK(draws(1) != draws(2));
}

TEST_CASE("abort stops the VU for good; fail does not") {
  ScriptFixture fixture;
  script::LuaVu& vu =
      fixture.start(script_with("perigee.fail('bad news') perigee.abort('no point')"));
  vu.run_iteration(fixture.loop.now(), [](base::Duration) {});
  net::EventLoop::Timer end(fixture.loop, [&] { fixture.loop.stop(); });
  end.arm_after(5ms);
  fixture.run_until([] { return false; });
  const auto batch = fixture.notices.take();
  CHECK(batch.abort == "no point");
  CHECK(batch.failures == std::vector<std::string>{"bad news"});
  CHECK(counter(fixture, "ended") == 0);
}

TEST_CASE(
    "an iteration begins when its coroutine first runs, and what hooks do belongs to no task") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(R"lua(
    local perigee = require "perigee"
    local User = perigee.user {}
    User:task("work", function() perigee.sleep(0.001) end)
    return { users = { User } }
  )lua");
  CHECK_FALSE(vu.begun());
  vu.run_iteration(fixture.loop.now() - 1s, [](base::Duration) {});
  CHECK_FALSE(vu.begun());  // It is only ready.
  const base::TimePoint before = fixture.loop.now();
  fixture.loaded->resume_ready(base::TimePoint::max());
  REQUIRE(vu.begun());
  CHECK(*vu.begun() >= before);
  CHECK(vu.take_origin().due);
  CHECK(fixture.shard.tags(vu.tags()).get("task") == "work");
  vu.interrupt();
  vu.run_iteration(fixture.loop.now(), [](base::Duration) {});
  vu.interrupt();  // Before it could begin.
  CHECK_FALSE(vu.begun());
  vu.run_on_stop([] {});
  CHECK_FALSE(vu.take_origin().due);
  CHECK(fixture.shard.tags(vu.tags()).get("task").empty());
}
