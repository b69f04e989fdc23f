"""What users do: task sets, pacing, filters, several things at once, groups, cancelling; and how
objectives, windows and options of the script's own judge and steer it."""

import re
import unittest

from harness import FAST, EndToEndTest, chat_script
from web_server import WebServer

CLIENT = """
local perigee = require "perigee"
local metrics = require "perigee.metrics"
local claude = require("perigee.anthropic").client {
  model = "claude-haiku-4-5",
  max_tokens = 64,
  base_url = perigee.env("ANTHROPIC_BASE_URL", "http://127.0.0.1:1"),
}
"""


class TaskSets(EndToEndTest):
    HEAD = """
local perigee = require "perigee"
local function step(user) perigee.log("did %s", user.task) end
local function say(what) return function() perigee.log("did %s", what) end end
"""

    def trail(self, body, iterations, *flags):
        """What the only VU did, in order."""
        text = self.HEAD + body + "\nreturn { users = { User } }"
        result = self.run_script(text, "-i", iterations, *flags, mock=None)
        self.assertCode(0, result)
        self.assertEqual(result.counter("iterations"), iterations)
        return re.findall(r"did (\S+)$", result.stderr, re.MULTILINE)

    def test_a_sequential_set_runs_its_tasks_in_order(self):
        body = """
local Set = perigee.task_set { sequential = true }
Set:task("cart", step):task("pay", 2, step):task("leave", step)
local User = perigee.user():task("shop", Set)
"""
        once = ["shop/cart", "shop/pay", "shop/pay", "shop/leave"]
        self.assertEqual(self.trail(body, 10), once * 2 + once[:2])

    def test_sets_may_lie_in_sets_and_repeat(self):
        body = """
local Inner = perigee.task_set { sequential = true, repeats = 2,
  on_start = say("+inner"), on_stop = say("-inner") }
Inner:task("a", step):task("b", step)
local Outer = perigee.task_set { sequential = true, on_start = say("+outer"),
  on_stop = say("-outer") }
Outer:task("first", step):task("in", Inner):task("last", step)
local User = perigee.user():task("out", Outer)
"""
        once = ["+outer", "out/first", "+inner"]
        once += ["out/in/a", "out/in/b"] * 2
        once += ["-inner", "out/last", "-outer"]
        self.assertEqual(self.trail(body, 12), once * 2)

    def test_any_other_picks_by_weight_and_repeats_as_often_as_it_says(self):
        text = (
            self.HEAD
            + """
local Set = perigee.task_set { repeats = 4 }
Set:task("often", 3, say("often")):task("seldom", 1, say("seldom"))
local Lone = perigee.task_set { sequential = true }
Lone:task("once", say("once")):task("set", Set)
local User = perigee.user():task("lone", Lone)
return { users = { User } }
"""
        )
        result = self.run_script(text, "-i", 1000, "--seed", 5, mock=None)
        self.assertCode(0, result)
        counts = result.counts_by("iterations", "task")
        self.assertEqual(counts["lone/once"], 200)
        self.assertEqual(counts["lone/set/often"] + counts["lone/set/seldom"], 800)
        # Within four standard deviations of 600.
        self.assertAlmostEqual(counts["lone/set/often"], 600, delta=50)

    def test_leave_ends_the_innermost_set(self):
        body = """
local Inner = perigee.task_set { sequential = true, repeats = math.huge }
Inner:task("a", step)
Inner:task("b", function(user)
  step(user)
  user.rounds = (user.rounds or 0) + 1
  if user.rounds % 3 == 0 then perigee.leave() end
end)
Inner:task("c", step)
local Outer = perigee.task_set { sequential = true }
Outer:task("in", Inner):task("after", step)
local User = perigee.user():task("out", Outer)
"""
        inner = [f"out/in/{name}" for name in "abcabcab"]
        self.assertEqual(self.trail(body, 18), (inner + ["out/after"]) * 2)

    def test_every_vu_has_its_own_place_in_the_set(self):
        text = """
local perigee = require "perigee"
local Set = perigee.task_set { sequential = true }
for _, name in ipairs { "a", "b", "c" } do
  Set:task(name, function(user)
    user.next = user.next or "a"
    perigee.check("in order", user.task == "set/" .. user.next)
    user.next = ({ a = "b", b = "c", c = "a" })[user.next]
    perigee.sleep "1ms"
  end)
end
return { users = { perigee.user():task("set", Set) }, options = { scenarios = {
  all = { executor = "per-vu-iterations", vus = 12, iterations = 9 } } } }
"""
        result = self.run_script(text, "--threads", 3, mock=None)
        self.assertCode(0, result)
        self.assertEqual(result.rate("checks"), (108, 108))
        each = {"set/a": 36, "set/b": 36, "set/c": 36}
        self.assertEqual(result.counts_by("iterations", "task"), each)


class Classes(EndToEndTest):
    def test_fixed_counts_come_before_weights(self):
        text = """
local perigee = require "perigee"
local born = require("perigee.metrics").counter("born")
local function class(fields)
  local User = perigee.user(fields)
  function User.on_start() born:add() end
  return User:task("wait", function() perigee.sleep "50ms" end)
end
return { users = {
  class { name = "admin", fixed_count = 2 },
  class { name = "many", weight = 3 },
  class { name = "few", weight = 1 },
} }
"""
        flags = ["-d", "200ms", "--threads", 3]
        for vus, expected in [
            (10, {"admin": 2, "many": 6, "few": 2}),
            (2, {"admin": 2}),
            (1, {"admin": 1}),
        ]:
            with self.subTest(vus=vus):
                result = self.run_script(text, "-u", vus, *flags, mock=None)
                self.assertCode(0, result)
                self.assertEqual(result.counts_by("born", "user"), expected)


class Pacing(EndToEndTest):
    def begun(self, think_time, sleep, duration):
        text = f"""
local perigee = require "perigee"
local began = require("perigee.metrics").counter("began")
local User = perigee.user {{ think_time = perigee.{think_time} }}
User:task("work", function(user)
  began:add(1, {{ vu = user.id }})
  perigee.sleep "{sleep}"
end)
return {{ users = {{ User }} }}
"""
        result = self.run_script(text, "-u", 3, "-d", duration, mock=None)
        self.assertCode(0, result)
        return result.counts_by("began", "vu")

    def test_iterations_begin_once_a_period_whatever_they_take(self):
        # At 0, 0.3, 0.6 and 0.9 s.
        for think_time in 'constant_pacing("300ms")', "constant_throughput(1 / 0.3)":
            with self.subTest(think_time=think_time):
                begun = self.begun(think_time, "120ms", "1050ms")
                self.assertEqual(begun, {"1": 4, "2": 4, "3": 4})

    def test_those_that_take_longer_follow_each_other(self):
        # At 0, 0.4 and 0.8 s.
        begun = self.begun('constant_pacing("100ms")', "400ms", "1s")
        self.assertEqual(begun, {"1": 3, "2": 3, "3": 3})

    def test_a_pause_may_be_computed(self):
        text = chat_script("perigee.sleep(0.05 * user.iteration)", before="")
        result = self.run_script(text, "-u", 1, "-i", 4)
        self.assertCode(0, result)
        self.assertGreaterEqual(result.json["run"]["elapsed_s"], 0.5)
        self.assertGreaterEqual(result.trend("iteration_duration").max, 0.2)


class Filters(EndToEndTest):
    SCRIPT = """
local perigee = require "perigee"
local function nothing() end
local Set = perigee.task_set { sequential = true }
Set:task("cart", nothing):task("pay", nothing, { tags = { "money" } })
local User = perigee.user { name = "shopper" }
User:task("look", nothing, { tags = { "cheap" } }):task("search", nothing, { tags = { "cheap" } })
User:task("shop", Set)
local Other = perigee.user { name = "admin" }
Other:task("audit", nothing, { tags = { "money" } })
return { users = { User, Other } }
"""

    def tasks(self, *flags):
        load = ["-u", 8, "-i", 400, "--seed", 3, "--threads", 1]
        result = self.run_script(self.SCRIPT, *load, *flags, mock=None)
        self.assertCode(0, result)
        self.assertEqual(result.counter("iterations"), 400)
        return set(result.counts_by("iterations", "task"))

    def test_tasks_are_chosen_by_name_or_tag(self):
        everything = {"look", "search", "shop/cart", "shop/pay", "audit"}
        self.assertEqual(self.tasks(), everything)
        for flags, expected in [
            (["--only", "look"], {"look"}),
            (["--only", "cheap"], {"look", "search"}),
            (["--only", "cheap,audit"], {"look", "search", "audit"}),
            (["--only", "money"], {"shop/pay", "audit"}),
            (["--only", "shop"], {"shop/cart", "shop/pay"}),
            (["--skip", "cheap"], {"shop/cart", "shop/pay", "audit"}),
            (["--skip", "shop", "--skip", "look"], {"search", "audit"}),
            (["--only", "cheap", "--skip", "search"], {"look"}),
        ]:
            with self.subTest(flags=flags):
                self.assertEqual(self.tasks(*flags), expected)

    def test_what_names_nothing_is_refused_with_the_near_name(self):
        script = self.write("script.lua", self.SCRIPT)
        for flag in "--only", "--skip":
            result = self.command("run", script, flag, "serach")
            self.assertEqual(result.code, 104, str(result))
            self.assertIn('did you mean "search"?', result.stderr)

    def test_leaving_out_everything_is_refused(self):
        script = self.write("script.lua", self.SCRIPT)
        result = self.command("run", script, "--skip", "cheap,money,shop")
        self.assertEqual(result.code, 104, str(result))


class SeveralAtOnce(EndToEndTest):
    MOCK = "--ttft 200ms --itl 1ms --tokens 5"

    def run_body(self, body, *flags, mock=MOCK):
        text = f"{CLIENT}return {{ default = function(user) {body} end }}"
        return self.run_script(text, *flags, mock=mock)

    def test_all_run_at_the_same_time_and_return_in_order(self):
        body = """
    local replies = perigee.all {
      function() perigee.sleep "50ms" return claude:stream { messages = "A" } end,
      function() return claude:stream { messages = "B" } end,
      function() perigee.sleep "20ms" return 3 end,
    }
    perigee.check("answers", #replies == 3 and replies[1].ok and replies[2].ok)
    perigee.check("order", replies[3] == 3 and replies[1].duration > 0)
"""
        result = self.run_body(body, "-u", 4, "-i", 8, "--threads", 2)
        self.assertCode(0, result)
        self.assertEqual(result.rate("checks"), (16, 16))
        self.assertEqual(result.counts_by("llm_requests", "outcome"), {"completed": 16})
        # One after the other they would take 470 ms.
        self.assertLess(result.trend("iteration_duration").percentile(50), 0.4)

    def test_a_limit_bounds_how_many(self):
        body = """
    local now, most = 0, 0
    local function work()
      now = now + 1
      most = math.max(most, now)
      perigee.sleep "20ms"
      now = now - 1
      return most
    end
    local list = { work, work, work, work, work, limit = 2 }
    perigee.check("two", #perigee.all(list) == 5 and most == 2)
"""
        result = self.run_body(body, "-i", 2, mock=None)
        self.assertCode(0, result)
        self.assertEqual(result.rate("checks"), (2, 2))
        self.assertGreaterEqual(result.trend("iteration_duration").min, 0.06)

    def test_first_returns_the_fastest_and_ends_the_others(self):
        body = """
    local reply, index = perigee.first {
      function() return claude:stream { messages = "A" } end,
      function() perigee.sleep "30s" return "late" end,
    }
    perigee.check("first", index == 1 and reply.ok)
"""
        result = self.run_body(body, "-u", 2, "-i", 4)
        self.assertCode(0, result)
        self.assertEqual(result.rate("checks"), (4, 4))
        self.assertLess(result.trend("iteration_duration").max, 10)

    def test_requests_of_those_that_are_ended_are_not_lost(self):
        body = """
    local _, index = perigee.first {
      function() claude:stream { messages = "slow", max_tokens = 1000 } end,
      function() perigee.sleep "300ms" end,
    }
    perigee.check("first", index == 2)
"""
        mock = "--ttft 20ms --itl 50ms --tokens 1000"
        result = self.run_body(body, "-u", 2, "-i", 4, mock=mock)
        self.assertCode(0, result)
        self.assertEqual(result.rate("checks"), (4, 4))
        self.assertEqual(result.counter("llm_requests"), 4)
        self.assertEqual(result.trend("llm_ttft").values.count, 4)
        self.assertEqual(result.counter("llm_requests", outcome="failed"), 0)

    def test_an_error_of_one_ends_the_others_and_the_iteration(self):
        body = """
    perigee.all {
      function() perigee.sleep "20ms" error("mistake") end,
      function() perigee.sleep "30s" end,
    }
"""
        result = self.run_body(body, "-i", 2, mock=None)
        self.assertCode(107, result)
        self.assertEqual(result.counter("script_errors"), 2)
        self.assertLess(result.json["run"]["elapsed_s"], 10)
        self.assertRegex(result.json["script_errors"][0]["text"], r"script\.lua:\d+: mistake")


class Groups(EndToEndTest):
    def test_all_within_has_the_tag_and_each_is_timed(self):
        body = """
    ran:add()
    perigee.group("checkout", function()
      ran:add()
      claude:stream { messages = "Hello" }
      perigee.group("pay", function()
        ran:add(2)
        perigee.sleep "50ms"
        claude:create { messages = "Hello" }
      end)
      perigee.check("answered", true)
    end)
    claude:stream { messages = "Bye" }
"""
        text = f"""{CLIENT}
local ran = metrics.counter("ran")
return {{ default = function() {body} end }}
"""
        flags = ["-u", 4, "-i", 10, "--threads", 2]
        flags += ["--threshold", "llm_requests{group=checkout/pay} count == 10"]
        flags += ["--threshold", "group_duration{group~checkout*} count == 20"]
        result = self.run_script(text, *flags)
        self.assertCode(0, result)
        self.assertEqual(
            result.counts_by("ran", "group"), {"": 10, "checkout": 10, "checkout/pay": 20}
        )
        self.assertEqual(
            result.counts_by("llm_requests", "group"),
            {"": 10, "checkout": 10, "checkout/pay": 10},
        )
        self.assertEqual(result.rate("checks", group="checkout"), (10, 10))
        inner = result.trend("group_duration", group="checkout/pay")
        outer = result.trend("group_duration", group="checkout")
        self.assertEqual((inner.count, outer.count), (10, 10))
        self.assertGreaterEqual(inner.min, 0.05)
        self.assertGreater(outer.avg, inner.avg)
        self.assertIn("group duration", result.stdout)


class SharedCounters(EndToEndTest):
    def test_they_count_exactly_over_all_threads(self):
        text = """
local perigee = require "perigee"
local drawn = require("perigee.metrics").trend("drawn")
local total, sum = perigee.shared.counter("total"), perigee.shared.counter("sum")
return {
  options = { scenarios = {
    all = { executor = "per-vu-iterations", vus = 40, iterations = 100 } } },
  default = function(user)
    drawn:add(total:add())
    sum:add(0.5)
    if user.iteration % 10 == 0 then perigee.sleep "1ms" end
  end,
  teardown = function() perigee.log("total %d, sum %g", total:get(), sum:get()) end,
}
"""
        result = self.run_script(text, "--threads", 4, mock=None)
        self.assertCode(0, result)
        self.assertIn("total 4000, sum 2000\n", result.stderr)
        # Each value is drawn once: they add up to 1 + 2 + … + 4000.
        drawn = result.trend("drawn")
        self.assertEqual((drawn.min, drawn.max), (1, 4000))
        self.assertEqual(drawn.values.sum, 4000 * 4001 / 2)


class Cancelling(EndToEndTest):
    """A user who leaves midway is no failure."""

    MOCK = "--ttft 20ms --itl 20ms --tokens 500 --tokens-per-delta 1"

    def check_cancelled(self, result, requests):
        self.assertCode(0, result)
        self.assertEqual(result.rate("checks"), (requests, requests))
        self.assertEqual(result.counts_by("llm_requests", "outcome"), {"completed": requests})
        self.assertEqual(result.counter("llm_cancelled"), requests)
        self.assertEqual(result.rate("llm_request_failed"), (0, requests))
        self.assertEqual(result.trend("llm_ttft").values.count, requests)
        # The whole answer would take 10 s.
        self.assertLess(result.json["run"]["elapsed_s"], 8)

    def test_after_so_many_tokens(self):
        body = """
    local reply = claude:stream { messages = "Hello", max_tokens = 500, stop_after_tokens = 5 }
    perigee.check("cancelled", reply.ok and reply.cancelled and reply.error == nil and
      reply.text ~= "")
"""
        result = self.run_script(chat_script(body), "-u", 4, "-i", 12, mock=self.MOCK)
        self.check_cancelled(result, 12)
        gaps = result.trend("llm_itl").values.count + result.counter("llm_itl_coalesced")
        self.assertEqual(gaps, 12 * 4)

    def test_by_the_stream(self):
        body = """
    local stream = claude:open { messages = "Hello", max_tokens = 500 }
    local deltas = 0
    for event in stream:events() do
      if event.type == "content_block_delta" then deltas = deltas + 1 end
      if deltas == 3 then stream:cancel() end
    end
    local reply = stream:reply()
    perigee.check("cancelled", reply.ok and reply.cancelled and deltas == 3)
"""
        result = self.run_script(chat_script(body), "-u", 4, "-i", 12, mock=self.MOCK)
        self.check_cancelled(result, 12)

    def test_what_is_not_reached_cancels_nothing(self):
        body = 'claude:stream { messages = "Hello", stop_after_tokens = 400 }'
        result = self.run_script(chat_script(body), "-i", 3, mock=FAST)
        self.assertCode(0, result)
        self.assertEqual(result.counter("llm_cancelled"), 0)
        self.assertEqual(result.counts_by("llm_requests", "outcome"), {"completed": 3})


class OptionsOfTheScript(EndToEndTest):
    SCRIPT = """
local perigee = require "perigee"
local turns = perigee.option("turns", { default = 3, help = "questions per conversation" })
local model = perigee.option("model", { default = "haiku", help = "which model to ask" })
local eager = perigee.option("eager", { default = false, help = "do not wait" })
local pause = perigee.option("pause", { default = "2s", kind = "duration", help = "between turns" })
return { default = function()
  perigee.log("options %s %s %s %s", turns, model, eager, pause)
end }
"""

    def options(self, *flags):
        result = self.run_script(self.SCRIPT, "-i", 1, *flags, mock=None)
        self.assertCode(0, result)
        return re.search(r"options (.*)$", result.stderr, re.MULTILINE).group(1)

    def test_flags_set_them(self):
        self.assertEqual(self.options(), "3 haiku false 2")
        flags = ["--turns", 5, "--model", "opus", "--eager", "--pause", "1m"]
        self.assertEqual(self.options(*flags), "5 opus true 60")
        self.assertEqual(self.options("--turns=7", "--model=x y"), "7 x y false 2")

    def test_help_lists_them_and_runs_nothing(self):
        script = self.write("script.lua", self.SCRIPT)
        result = self.command("run", script, "--help")
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("--duration", result.stdout)
        own = result.stdout[result.stdout.index("Options of the script") :]
        for words in [
            r"--turns .*questions per conversation.*3",
            r"--model .*which model to ask.*haiku",
            r"--eager .*do not wait",
            r"--pause .*between turns",
        ]:
            self.assertRegex(own, words)
        self.assertNotIn("options 3", result.stderr)

    def test_bad_values_and_misspellings_are_refused(self):
        script = self.write("script.lua", self.SCRIPT)
        for flags, words in [
            (["--turns", "many"], "--turns"),
            (["--pause", "soon"], "--pause"),
            (["--trns", "5"], 'did you mean "--turns"?'),
        ]:
            with self.subTest(flags=flags):
                result = self.command("run", script, *flags)
                self.assertEqual(result.code, 104, str(result))
                self.assertIn(words, result.stderr)


class HttpOptions(EndToEndTest):
    """Options of the run that k6 has, too, and that only a server sees."""

    def requests(self, options, before=""):
        server = WebServer()
        self.addCleanup(server.close)
        text = f"""
local perigee = require "perigee"
local http = require "perigee.http"
{before}
return {{
  options = {{ host = "{server.url}", {options} }},
  default = function()
    local response = http.get "/items"
    perigee.log("%d bytes, ok %s", #(response.body or ""), tostring(response.ok))
  end,
}}
"""
        result = self.run_script(text, "-u", 1, "-i", 3, mock=None, env={"http_proxy": ""})
        self.assertCode(0, result)
        self.assertEqual([request["path"] for request in server.requests], ["/items"] * 3)
        return server.requests, result

    def test_the_user_agent(self):
        requests, _ = self.requests('user_agent = "moon/7"')
        self.assertEqual({r["headers"]["user-agent"] for r in requests}, {"moon/7"})
        requests, _ = self.requests("")
        self.assertRegex(requests[0]["headers"]["user-agent"], r"^perigee/\d")

    def test_connections_are_not_used_again_where_the_script_says_so(self):
        for options, connections in ("", 1), ("no_connection_reuse = true", 3):
            requests, _ = self.requests(options)
            self.assertEqual(len({r["connection"] for r in requests}), connections)

    def test_bodies_are_counted_and_dropped(self):
        _, kept = self.requests("")
        self.assertNotIn(" 0 bytes", kept.stderr)
        _, dropped = self.requests("", "http.defaults { discard_body = true }")
        self.assertEqual(dropped.stderr.count(": 0 bytes, ok true"), 3)
        self.assertGreater(dropped.counter("data_received"), 300)


class Objectives(EndToEndTest):
    # A short answer is good, a long one too slow, and one that the API refuses is a failure.
    BODY = """
    claude:stream { messages = "short", max_tokens = 5, name = "short" }
    claude:stream { messages = "long", max_tokens = 40, name = "long" }
    claude:stream { messages = "wrong", max_tokens = 0, name = "wrong" }
"""
    MOCK = "--ttft 20ms --itl 50ms --tokens 200 --tokens-per-delta 1"

    def test_good_are_those_that_complete_and_meet_all(self):
        options = """slo = { "llm_request_duration < 1s", "llm_ttft < 10s" }, thresholds = {
          "llm_good{name=short} rate == 100%", "llm_good{name=long} rate == 0%",
          "llm_good{name=wrong} rate == 0%", "llm_good rate > 30%", "llm_good rate < 40%",
          "llm_good_requests count == 8", "llm_good_output_tokens count == 40" }"""
        text = chat_script(self.BODY, options)
        result = self.run_script(text, "-u", 8, "-i", 8, mock=self.MOCK)
        self.assertCode(0, result)
        objectives = result.json["objectives"]
        outcomes = result.counts_by("llm_requests", "outcome")
        self.assertEqual(outcomes, {"completed": 16, "failed": 8})
        self.assertEqual((objectives["good"], objectives["requests"]), (8, 24))
        self.assertAlmostEqual(objectives["share"], 1 / 3)
        judged = result.json["run"]["judged_s"]
        self.assertAlmostEqual(objectives["requests_per_s"], 8 / judged)
        self.assertAlmostEqual(objectives["output_tokens_per_s"], 40 / judged)
        self.assertEqual(result.rate("llm_good"), (8, 24))
        self.assertEqual(result.counter("llm_good_requests"), 8)
        self.assertEqual(result.counter("llm_good_output_tokens"), 40)
        told = re.sub(r"\s+", " ", result.stdout)
        self.assertIn("good: 8 of 24 requests", told)

    def test_the_censored_are_in_the_denominator_and_not_good(self):
        text = chat_script('claude:stream { messages = "Hello", max_tokens = 200 }')
        flags = ["-u", 3, "-d", "500ms", "--graceful-stop", "0s", "--slo", "llm_ttft < 10s"]
        flags += ["--threshold", "llm_good rate > 50%"]
        result = self.run_script(text, *flags, mock=self.MOCK)
        self.assertCode(99, result)
        self.assertEqual(result.rate("llm_good"), (0, 3))
        self.assertEqual(result.json["objectives"]["requests"], 3)

    def test_without_objectives_there_is_no_goodput(self):
        result = self.run_script(chat_script(), "-i", 1)
        self.assertCode(0, result)
        self.assertIsNone(result.json["objectives"])
        self.assertEqual(result.rate("llm_good"), (0, 0))
        self.assertNotIn("goodput", result.stdout)


class Thresholds(EndToEndTest):
    # Bad for a second in the middle, good before and after.
    MIDDLE = """
    local t = perigee.execution.test.elapsed
    perigee.check("fine", t < 1.2 or t > 2.2)
    perigee.sleep "20ms"
"""

    def test_a_window_in_the_middle_that_fails_fails_the_test(self):
        source = "checks rate > 50%"
        options = f"""duration = "4s", thresholds = {{
          "{source}", {{ "checks rate > 51%", window = "1s" }} }}"""
        result = self.run_script(chat_script(self.MIDDLE, options), mock=FAST)
        self.assertCode(99, result)
        self.assertEqual(result.threshold(source)["verdict"], "passed")
        windowed = result.threshold("checks rate > 51%")
        self.assertEqual(windowed["verdict"], "failed")
        self.assertEqual(windowed["window_s"], 1)
        self.assertIn(windowed["windows"], range(3, 6))
        self.assertIn(windowed["windows_failed"], (1, 2))
        worst = windowed["worst_window"]
        self.assertAlmostEqual(worst["begin_s"], 1.1, delta=0.5)
        self.assertAlmostEqual(worst["end_s"] - worst["begin_s"], 1, delta=0.2)
        self.assertLess(windowed["value"], 0.5)
        told = re.sub(r"\s+", " ", result.stdout)
        self.assertRegex(told, r"✗ checks rate > 51%.*in the 1s from .*windows failed")

    def test_windows_that_all_hold_pass(self):
        options = """duration = "2500ms", thresholds = {
          { "iterations count > 0", window = "1s" },
          { "iteration_duration p(95) < 10s", window = "1s", min_samples = 5 } }"""
        body = 'perigee.sleep "50ms"'
        result = self.run_script(chat_script(body, options), "-u", 2)
        self.assertCode(0, result)
        for threshold in result.json["thresholds"]:
            self.assertEqual(threshold["windows_failed"], 0)
            self.assertGreaterEqual(threshold["windows"], 2)

    def test_a_failing_one_ends_the_test_but_not_before_its_delay(self):
        options = """vus = 2, duration = "60s", thresholds = {
          { "checks rate > 99%", abort_on_fail = true, delay = "2s" } }"""
        body = 'perigee.check("fine", false) perigee.sleep "50ms"'
        result = self.run_script(chat_script(body, options), timeout=30)
        self.assertCode(99, result)
        self.assertEqual(result.json["run"]["end"], "threshold_abort")
        self.assertEqual(result.json["run"]["end_reason"], "checks rate > 99%")
        self.assertGreaterEqual(result.json["run"]["elapsed_s"], 2)
        self.assertLess(result.json["run"]["elapsed_s"], 10)

    def test_an_unknown_metric_is_refused_before_the_load(self):
        body = 'perigee.log("ran")'
        for source in "llm_tftt p(95) < 2s", "mine count > 0":
            text = chat_script(body, f'thresholds = {{ "{source}" }}')
            result = self.run_script(text, "-i", 1)
            self.assertCode(104, result)
            self.assertNotIn("ran\n", result.stderr)
            self.assertIn("thresholds[1]", result.stderr)
        result = self.run_script(chat_script(body), "-i", 1, "--threshold", "llm_tftt p(95) < 2s")
        self.assertCode(104, result)
        self.assertIn('did you mean "llm_ttft"?', result.stderr)

    def test_a_tag_value_that_never_occurs_fails_and_says_so(self):
        for source in (
            "llm_ttft{task=simpel} p(95) < 10s",
            "llm_requests{task=simpel} count < 100",
            "llm_request_failed{model=claude-hiaku} rate < 1%",
        ):
            with self.subTest(source=source):
                result = self.run_script(chat_script(), "-i", 2, "--threshold", source)
                self.assertCode(99, result)
                threshold = result.threshold(source)
                self.assertEqual(threshold["verdict"], "failed")
                self.assertNotEqual(threshold["reason"], "")
                told = re.sub(r"\s+", " ", result.stdout)
                self.assertIn(threshold["reason"], told)

    def test_what_may_well_not_occur_is_excepted(self):
        flags = ["--threshold", "llm_requests{error=timeout} count < 5"]
        flags += ["--threshold", "http_reqs{status=500} count == 0"]
        self.assertCode(0, self.run_script(chat_script(), "-i", 2, *flags))



class Seconds(EndToEndTest):
    def test_each_second_of_a_steady_load_holds_its_starts(self):
        script = """
            return {
              options = {
                scenarios = { steady = {
                  executor = "constant-arrival-rate", rate = 100, duration = "12s", max_vus = 50,
                } },
                thresholds = {
                  { "iterations rate > 60/s", window = "1s" },
                  { "iterations rate < 140/s", window = "1s" },
                },
              },
              default = function() end,
            }
        """
        result = self.run_script(script, "--threads", 2, mock=None)
        self.assertCode(0, result)
        done = result.json["intervals"]["iterations"]
        steps = [after - before for before, after in zip([0, *done], done)][:12]
        self.assertEqual(sum(steps), 1200)
        # A busy machine may carry a few over to the next second.
        self.assertLess(max(abs(step - 100) for step in steps), 40, steps)


if __name__ == "__main__":
    unittest.main()
