#include "script/lua_vu.h"

#include <atomic>
#include <thread>

#include "client/llm_call.h"
#include "net/loopback_server.h"
#include "script/script_fixture.h"

using namespace std::chrono_literals;
using tests::contains;
using tests::LoopbackServer;
using tests::ScriptFixture;

namespace {

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
  CHECK(fixture.counter("ended") == 1);
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
  CHECK(fixture.counter("ended") == 1);
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
  const std::string error = fixture.only_error();
  CHECK(contains(error, "attempt to index local 'nothing'"));
  CHECK(contains(error, "stack traceback"));
  CHECK(fixture.counter("script_errors") == 1);
  fixture.iterate(vu);
  CHECK(fixture.notices.take().errors.empty());
  CHECK(fixture.counter("ended") == 1);
}

TEST_CASE("errors that are no text, and yields that are not ours, are errors like others") {
  ScriptFixture fixture;
  SECTION("a table") {
    fixture.iterate(fixture.start(script_with("error({ a = 1 })")));
    CHECK(contains(fixture.only_error(), "error with a table: {\"a\":1}"));
  }
  SECTION("a yield at the VU's level") {
    fixture.iterate(fixture.start(script_with("coroutine.yield(1)")));
    CHECK(contains(fixture.only_error(), "outside a coroutine of your own"));
  }
  SECTION("suspending in a coroutine of the script's") {
    fixture.iterate(
        fixture.start(script_with("coroutine.wrap(function() perigee.sleep(0.001) end)()")));
    CHECK(contains(fixture.only_error(), "inside a coroutine of your own"));
  }
  SECTION("suspending across a C function") {
    fixture.iterate(fixture.start(script_with(
        "table.sort({ 3, 2, 1 }, function(a, b) perigee.sleep(0.001) return a < b end)")));
    CHECK(contains(fixture.only_error(), "inside a callback of a C function"));
  }
}

TEST_CASE("an interrupted VU stops where it is, whatever its script catches") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with("while true do pcall(perigee.sleep, 100) end"));
  bool called_back = false;
  vu.run_iteration({.due = fixture.loop.now()}, [&](base::Duration) { called_back = true; });
  net::EventLoop::Timer interrupt(fixture.loop, [&] { vu.interrupt(); });
  net::EventLoop::Timer end(fixture.loop, [&] { fixture.loop.stop(); });
  interrupt.arm_after(2ms);
  end.arm_after(4ms);
  fixture.run_until([] { return false; });
  CHECK_FALSE(called_back);
  CHECK(fixture.counter("begun") == 1);
  CHECK(fixture.counter("ended") == 0);
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
  vu.run_iteration({.due = fixture.loop.now()}, [](base::Duration) {});
  net::EventLoop::Timer interrupt(fixture.loop, [&] {
    vu.interrupt();
    fixture.loop.stop();
  });
  interrupt.arm_after(10ms);
  fixture.run_until([] { return false; });
  CHECK(fixture.counted().counter(metrics::kHttpReqs,
                                  *metrics::parse_selector("outcome=censored")) == 1);
}

TEST_CASE("a stream that is open when its script raises was left by it") {
  LoopbackServer server(1, [](int fd, const std::string&) { LoopbackServer::await_close(fd); });
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(R"lua(
    local anthropic = require "perigee.anthropic"
    local claude = anthropic.client { model = "m", max_tokens = 1, base_url = ")lua" +
                                    server.url("") + R"lua(" }
    return { default = function() claude:open { messages = "hi" } error("no") end }
  )lua");
  fixture.iterate(vu);
  CHECK(fixture.counter("llm_requests", "outcome=censored") == 0);
  CHECK(fixture.counter("llm_cancelled") == 1);
}

TEST_CASE("groups that are open when the VU is interrupted leave lower bounds") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(R"lua(
    local perigee = require "perigee"
    return { default = function()
      perigee.group("whole", function() end)
      perigee.group("outer", function()
        perigee.group("inner", function() perigee.log("in") perigee.sleep(100) end)
      end)
    end }
  )lua");
  fixture.iterate_until_logged(vu);
  vu.interrupt();
  const auto& store = fixture.counted();
  const auto bounds = [&](const char* selector) {
    return store.trend(metrics::kGroupDuration, *metrics::parse_selector(selector))
        .lower_bounds.count();
  };
  CHECK(store.trend(metrics::kGroupDuration).values.count() == 1);
  CHECK(bounds("group=whole") == 0);
  CHECK(bounds("group=outer") == 1);
  CHECK(bounds("group=outer/inner") == 1);
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
  CHECK(fixture.counter("llm_requests", "outcome=completed") == 1);
  CHECK(fixture.counter("llm_cancelled") == 1);
  fixture.iterate(vu);
  CHECK(contains(fixture.only_error(), "this stream ended with the iteration that opened it"));
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
  vu.run_iteration({.due = fixture.loop.now()}, [](base::Duration) {});
  net::EventLoop::Timer end(fixture.loop, [&] { fixture.loop.stop(); });
  end.arm_after(5ms);
  fixture.run_until([] { return false; });
  const auto batch = fixture.notices.take();
  CHECK(batch.abort == "no point");
  CHECK(batch.failures == std::vector<std::string>{"bad news"});
  CHECK(fixture.counter("ended") == 0);
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
  vu.run_iteration({.due = fixture.loop.now() - 1s}, [](base::Duration) {});
  CHECK_FALSE(vu.begun());  // It is only ready.
  const base::TimePoint before = fixture.loop.now();
  fixture.loaded->resume_ready(base::TimePoint::max());
  REQUIRE(vu.begun());
  CHECK(*vu.begun() >= before);
  CHECK(vu.take_origin().due);
  CHECK(fixture.shard.tags(vu.tags()).get("task") == "work");
  vu.interrupt();
  vu.run_iteration({.due = fixture.loop.now()}, [](base::Duration) {});
  vu.interrupt();  // Before it could begin.
  CHECK_FALSE(vu.begun());
  vu.run_on_stop([] {});
  CHECK_FALSE(vu.take_origin().due);
  CHECK(fixture.shard.tags(vu.tags()).get("task").empty());
}

TEST_CASE("a coroutine is used again, without what its last function left in it") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(R"lua(
    local perigee = require "perigee"
    return { default = function(user)
      if user.iteration == 1 then
        local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
        assert(deep(1000) == 1000)
        user.thread = coroutine.running()
        setfenv(0, { leaked = true })
      else
        assert(user.thread == coroutine.running())
        assert(rawget(getfenv(0), "leaked") == nil)
      end
      perigee.sleep(0.001)
    end }
  )lua");
  fixture.iterate(vu);
  fixture.iterate(vu);
  CHECK(fixture.notices.take().errors.empty());
  CHECK(fixture.loaded->coroutines().in_use() == 0);
}

TEST_CASE("a VU between iterations holds no coroutine, and one that failed is not used again") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with("error('no')"));
  script::Coroutines& coroutines = fixture.loaded->coroutines();
  CHECK(coroutines.in_use() == 0);
  fixture.iterate(vu);
  CHECK(coroutines.in_use() == 0);
  CHECK(coroutines.idle() == 0);
  vu.run_iteration({.due = fixture.loop.now()}, [](base::Duration) {});
  CHECK(coroutines.in_use() == 0);  // It has not had its first turn.
  vu.interrupt();
  CHECK(coroutines.in_use() == 0);
  CHECK(coroutines.idle() == 0);
}

TEST_CASE("nothing is left in Lua's registry, however iterations end") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with(R"lua(
    if user.iteration % 3 == 0 then error("no") end
    perigee.all { function() perigee.sleep(0.001) end, function() return {} end }
  )lua"));
  const auto round = [&] {
    for (int i = 0; i < 3; ++i) fixture.iterate(vu);
    vu.run_iteration({.due = fixture.loop.now()}, [](base::Duration) {});
    fixture.loaded->resume_ready(base::TimePoint::max());
    fixture.loaded->resume_ready(base::TimePoint::max());
    vu.interrupt();
  };
  // Coroutines at rest are kept on purpose.
  const auto kept = [&] {
    return fixture.kept_in_registry() - fixture.loaded->coroutines().idle();
  };
  const std::size_t before = kept();
  for (int i = 0; i < 5; ++i) round();
  CHECK(kept() == before);
}

TEST_CASE("each VU has cookies of its own, for its whole life") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with(""));
  const auto cookies = vu.cookies();
  REQUIRE(cookies);
  fixture.iterate(vu);
  CHECK(vu.cookies() == cookies);
  CHECK(script::LuaVu(*fixture.loaded, {2, 0, 0}).cookies() != cookies);
}

TEST_CASE("an iteration of a trace gets the recorded row") {
  const tests::TemporaryFile file("{\"at\": 0, \"words\": 3}\n{\"at\": 1, \"words\": 5}\nbroken\n",
                                  ".jsonl");
  auto trace = std::make_shared<load::Trace>();
  trace->rows = *base::RowFile::open(file.path(), base::RowFile::Format::kJsonLines);
  trace->arrivals = {{0ns, 0}, {1s, 2}, {2s, 1}};
  ScriptFixture fixture;
  fixture.scenario.trace = trace;
  script::LuaVu& vu = fixture.start(R"lua(
    local perigee = require "perigee"
    return { default = function(user, row) perigee.log("%d", row.words) end }
  )lua");
  fixture.iterate(vu, 0);
  CHECK(contains(fixture.notices.take().lines.at(0), "3"));
  fixture.iterate(vu, 2);
  CHECK(contains(fixture.notices.take().lines.at(0), "5"));
  fixture.iterate(vu, 1);
  CHECK(contains(fixture.only_error(), file.path() + ":3: "));
  fixture.iterate(vu, 0);
  CHECK(fixture.notices.take().errors.empty());
}

TEST_CASE("an iteration without a trace gets no row") {
  ScriptFixture fixture;
  script::LuaVu& vu =
      fixture.start("return { default = function(user, ...) assert((...) == nil) end }");
  fixture.iterate(vu);
  CHECK(fixture.notices.take().errors.empty());
}

TEST_CASE("the watchdog ends a script that never waits, and its VU can go on") {
  ScriptFixture fixture;
  script::LuaVu& vu = fixture.start(script_with("while user.iteration == 1 do pcall(error) end"));
  CHECK(fixture.loaded->check_watchdog(fixture.loop.now(), 0ns) == 0ns);  // Nothing runs.
  std::atomic<bool> stop{false};
  std::thread watchdog([&] {
    while (!stop) {
      fixture.loaded->check_watchdog(base::MonotonicClock().now(), 1ms);
      std::this_thread::yield();
    }
  });
  fixture.iterate(vu);
  stop = true;
  watchdog.join();
  const auto batch = fixture.notices.take();
  REQUIRE(batch.watchdog);
  CHECK(contains(*batch.watchdog, "vu 1, task default"));
  CHECK(contains(*batch.watchdog, "without waiting for anything"));
  CHECK(batch.errors.empty());  // It was told once.
  CHECK(fixture.counter("ended") == 0);
}
