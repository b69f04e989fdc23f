"""Scenarios: every executor live, several at once, and the same starts for the same seed."""

import json
import re
import unittest

from harness import EndToEndTest, seconds_of, whole_of

# What runs in most tests: it counts itself by VU, waits, and counts itself again.
WORK = """
    began:add(1, { vu = user.id })
    perigee.sleep "SLEEP"
    ended:add()
"""


def script(scenarios, body=None, sleep="10ms", before="", options="", more=""):
    """A script with these scenarios; `body` is that of `default`, `more` are further fields."""
    return f"""
local perigee = require "perigee"
local metrics = require "perigee.metrics"
local began, ended = metrics.counter("began"), metrics.counter("ended")
{before}
return {{
  options = {{ scenarios = {{ {scenarios} }}, {options} }},
  default = function(user, row) {body or WORK.replace("SLEEP", sleep)} end,
  {more}
}}
"""


class ScenarioTest(EndToEndTest):
    def run_scenarios(self, *arguments, flags=(), timeout=60, **fields):
        result = self.run_script(
            script(*arguments, **fields), *flags, mock=None, timeout=timeout
        )
        self.assertCode(0, result)
        return result

    def check_census(self, due, result):
        """Every start that was due has begun or was dropped, and what begun has one end."""
        begun = result.trend("vu_wait").values.count
        self.assertEqual(begun + result.counter("dropped_iterations"), due)
        ends = result.counter("iterations") + result.counter("interrupted_iterations")
        self.assertEqual(ends, begun)
        return begun


class ClosedExecutors(ScenarioTest):
    def test_constant_vus_go_round_for_the_duration(self):
        scenario = 'a = { executor = "constant-vus", vus = 3, duration = "1s" }'
        result = self.run_scenarios(scenario, sleep="400ms")
        # At 0, 0.4 and 0.8 s; the last ones may end.
        self.assertEqual(result.counts_by("began", "vu"), {"1": 3, "2": 3, "3": 3})
        self.assertEqual(result.counter("ended"), 9)
        self.assertEqual(result.counter("iterations", scenario="a"), 9)
        self.assertEqual(result.trend("vu_wait").count, 0)

    def test_ramping_vus_that_go_are_stopped_when_their_grace_is_over(self):
        scenario = """a = { executor = "ramping-vus", start_vus = 4, graceful_ramp_down = "0s",
          graceful_stop = "0s", stages = { "300ms:4", "0s:1", "600ms:1" } }"""
        result = self.run_scenarios(scenario, sleep="30s", timeout=20)
        self.assertEqual(result.counts_by("began", "vu"), {"1": 1, "2": 1, "3": 1, "4": 1})
        self.assertEqual(result.counter("interrupted_iterations"), 4)
        self.assertEqual(result.counter("ended"), 0)
        self.assertAlmostEqual(result.json["run"]["elapsed_s"], 0.9, delta=0.4)

    def test_ramping_vus_that_go_may_end_within_their_grace(self):
        scenario = """a = { executor = "ramping-vus", start_vus = 4, graceful_ramp_down = "20s",
          graceful_stop = "0s", stages = { "100ms:4", "0s:0", "1200ms:0" } }"""
        result = self.run_scenarios(scenario, sleep="500ms")
        self.assertEqual(result.counter("began"), 4)
        self.assertEqual(result.counter("ended"), 4)
        self.assertEqual(result.counter("interrupted_iterations"), 0)

    def test_shared_iterations_are_so_many_in_all(self):
        scenario = 'a = { executor = "shared-iterations", vus = 3, iterations = 10 }'
        result = self.run_scenarios(scenario, flags=["--threads", 3])
        self.assertEqual(result.counter("iterations", scenario="a"), 10)
        self.assertEqual(set(result.counts_by("began", "vu")), {"1", "2", "3"})

    def test_per_vu_iterations_are_so_many_for_each(self):
        scenario = 'a = { executor = "per-vu-iterations", vus = 4, iterations = 5 }'
        result = self.run_scenarios(scenario, flags=["--threads", 3])
        each = {str(vu): 5 for vu in range(1, 5)}
        self.assertEqual(result.counts_by("began", "vu"), each)
        self.assertEqual(result.counter("iterations"), 20)

    def test_their_time_has_an_end(self):
        for executor in "shared-iterations", "per-vu-iterations":
            with self.subTest(executor=executor):
                scenario = f"""a = {{ executor = "{executor}", vus = 4, iterations = 100,
                  max_duration = "300ms", graceful_stop = "0s" }}"""
                result = self.run_scenarios(scenario, sleep="30s", timeout=20)
                self.assertEqual(result.counter("began"), 4)
                self.assertEqual(result.counter("interrupted_iterations"), 4)


class OpenExecutors(ScenarioTest):
    def test_a_constant_rate_makes_exactly_rate_times_duration_starts(self):
        for rate, due in [
            ('rate = 20, duration = "500ms"', 10),
            ('rate = 2.5, duration = "800ms"', 2),
            ('rate = 300, time_unit = "1m", duration = "1s"', 5),
            ('rate = 0.5, time_unit = "100ms", duration = "600ms"', 3),
        ]:
            with self.subTest(rate=rate):
                scenario = f'a = {{ executor = "constant-arrival-rate", {rate} }}'
                result = self.run_scenarios(scenario, flags=["--threads", 3])
                self.assertEqual(self.check_census(due, result), due)
                self.assertEqual(result.counter("ended"), due)

    def test_a_ramp_makes_as_many_as_the_area_under_it(self):
        scenario = """a = { executor = "ramping-arrival-rate", start_rate = 10,
          stages = { "1s:30", "500ms:30", "400ms:0" } }"""
        result = self.run_scenarios(scenario, flags=["--threads", 3])
        self.assertEqual(self.check_census(20 + 15 + 6, result), 41)

    def test_starts_come_when_they_are_due_whatever_the_iterations_take(self):
        scenario = 'a = { executor = "constant-arrival-rate", rate = 10, duration = "1s" }'
        body = "started:add(perigee.execution.scenario.elapsed) " + WORK.replace("SLEEP", "1s")
        before = 'local started = metrics.trend("started", { unit = "s" })'
        result = self.run_scenarios(scenario, body, before=before)
        started = result.trend("started")
        self.assertEqual(started.count, 10)
        self.assertLess(started.min, 0.2)
        self.assertAlmostEqual(started.max, 0.9, delta=0.2)
        # All are under way together, each in a VU of its own.
        self.assertEqual(result.counts_by("began", "vu"), {str(vu): 1 for vu in range(1, 11)})

    def test_starts_without_a_free_vu_wait_for_one(self):
        scenario = """a = { executor = "constant-arrival-rate", rate = 20, duration = "1s",
          max_vus = 1 }"""
        result = self.run_scenarios(scenario, sleep="100ms")
        self.assertEqual(self.check_census(20, result), 20)
        self.assertEqual(result.counts_by("began", "vu"), {"1": 20})
        # Iteration 20 is due at 0.95 s and begins after 19 others, at 1.9 s.
        self.assertGreaterEqual(result.trend("vu_wait").max, 0.94)
        late, plain = (
            result.trend(name) for name in ("iteration_duration_from_due", "iteration_duration")
        )
        self.assertGreaterEqual(late.max, 1.04)
        self.assertLess(plain.percentile(50), 0.5)

    def test_those_that_wait_when_the_grace_is_over_are_dropped(self):
        scenario = """a = { executor = "constant-arrival-rate", rate = 20, duration = "1s",
          max_vus = 2, graceful_stop = "0s" }"""
        result = self.run_scenarios(scenario, sleep="30s", timeout=20)
        self.assertEqual(self.check_census(20, result), 2)
        self.assertEqual(result.counter("dropped_iterations"), 18)
        # What they had waited until then is known.
        waited = result.trend("vu_wait").lower_bounds
        self.assertEqual(waited.count, 18)
        self.assertGreater(waited.max, 0.8)
        self.assertEqual(result.counter("interrupted_iterations"), 2)

    def test_or_are_dropped_at_once_where_the_script_says_so(self):
        scenario = """a = { executor = "constant-arrival-rate", rate = 20, duration = "1s",
          max_vus = 3, overflow = "drop" }"""
        result = self.run_scenarios(scenario, sleep="2s")
        self.assertEqual(self.check_census(20, result), 3)
        self.assertEqual(result.counter("dropped_iterations", scenario="a"), 17)
        self.assertEqual(result.trend("vu_wait").max, 0)
        starts = re.search(r"starts +(\d+) due · (\d+) begun · (\d+) dropped", result.stdout)
        self.assertEqual(starts.groups(), ("20", "3", "17"))

    def test_max_vus_are_the_most_at_once_on_any_number_of_threads(self):
        before = """
local now, most = perigee.shared.counter("now"), metrics.gauge("most")
"""
        body = 'most:set(now:add()) perigee.sleep "20ms" now:add(-1)'
        for most, threads in (1, 3), (2, 3), (5, 2):
            with self.subTest(max_vus=most, threads=threads):
                scenario = f"""a = {{ executor = "constant-arrival-rate", rate = 200,
                  duration = "200ms", max_vus = {most} }}"""
                flags = ["--threads", threads]
                result = self.run_scenarios(scenario, body, before=before, flags=flags)
                self.assertEqual(result.gauge("most")["max"], most)
                self.assertEqual(self.check_census(40, result), 40)

    def test_pre_allocated_vus_start_before_they_are_needed(self):
        scenario = """a = { executor = "constant-arrival-rate", rate = 4, duration = "1s",
          pre_allocated_vus = 3, max_vus = 5, users = { "visitor" } }"""
        text = f"""
local perigee = require "perigee"
local born = require("perigee.metrics").trend("born", {{ unit = "s" }})
local Visitor = perigee.user {{ name = "visitor", think_time = "30s" }}
function Visitor.on_start() born:add(perigee.execution.test.elapsed) end
Visitor:task("look", function() end)
return {{ users = {{ Visitor }}, options = {{ scenarios = {{ {scenario} }} }} }}
"""
        result = self.run_script(text, mock=None, timeout=20)
        self.assertCode(0, result)
        self.assertEqual(result.trend("born").count, 3)
        self.assertLess(result.trend("born").max, 0.2)
        # The think time, which open executors ignore, would let three begin and no more.
        self.assertEqual(self.check_census(4, result), 4)


class Traces(ScenarioTest):
    BODY = """
    began:add(1, { row = row.n })
    late:add(perigee.execution.scenario.elapsed - row.at / SPEED)
"""
    BEFORE = 'local late = metrics.trend("late", { unit = "s" })'

    def replay(self, name, rows, speed, body=BODY, **fields):
        self.write(f"process1/{name}", rows)
        scenario = f'a = {{ executor = "trace", file = "{name}", speed = {speed} }}'
        body = body.replace("SPEED", str(speed))
        flags = ["--threads", 3]
        return self.run_scenarios(scenario, body, before=self.BEFORE, flags=flags, **fields)

    def check_replayed(self, result):
        self.assertEqual(result.counts_by("began", "row"), {str(n): 1 for n in range(12)})
        self.assertEqual(self.check_census(12, result), 12)
        self.assertGreaterEqual(result.trend("late").min, 0)
        self.assertLess(result.trend("late").percentile(50), 0.1)

    def test_each_row_starts_one_iteration_at_its_time_and_is_given_to_it(self):
        rows = "".join(json.dumps({"at": n / 5, "n": n}) + "\n" for n in range(12))
        result = self.replay("rows.jsonl", rows, 2)
        self.check_replayed(result)
        # The last row's time is 2.2 s.
        self.assertAlmostEqual(result.json["run"]["elapsed_s"], 1.1, delta=0.4)

    def test_times_may_be_milliseconds(self):
        rows = "".join(json.dumps({"timestamp": n * 50, "n": n}) + "\n" for n in range(12))
        body = self.BODY.replace("row.at", "(row.timestamp / 1000)")
        self.check_replayed(self.replay("rows.jsonl", rows, 0.5, body))

    def test_rows_may_be_csv(self):
        rows = "n,at\n" + "".join(f"{n},{n / 20}\n" for n in range(12))
        self.check_replayed(self.replay("rows.csv", rows, 1))


class Shapes(ScenarioTest):
    def test_the_load_follows_the_function(self):
        text = script(
            "",
            sleep="50ms",
            more="""
  shape = function(elapsed)
    if elapsed < 2 then return 5 end
    if elapsed < 3 then return 1 end
  end,
""",
        )
        result = self.run_script(text.replace("options = { scenarios = {  },  },", ""), mock=None)
        self.assertCode(0, result)
        self.assertEqual(set(result.counts_by("began", "vu")), set("12345"))
        self.assertAlmostEqual(result.json["run"]["elapsed_s"], 3, delta=0.5)
        intervals = result.json["intervals"]
        self.assertEqual(max(intervals["vus"]), 5)
        # All are there for two seconds, the first for another.
        counts = result.counts_by("began", "vu")
        for vu in "2345":
            self.assertLess(counts[vu], counts["1"])

    def test_at_its_spawn_rate(self):
        text = """
local perigee = require "perigee"
local born = require("perigee.metrics").trend("born", { unit = "s" })
local User = perigee.user {}
function User.on_start() born:add(perigee.execution.test.elapsed) end
User:task("wait", function() perigee.sleep "50ms" end)
return { users = { User }, shape = function(t) if t < 2 then return 4, 4 end end }
"""
        result = self.run_script(text, mock=None)
        self.assertCode(0, result)
        born = result.trend("born")
        self.assertEqual(born.count, 4)
        # One each quarter of a second.
        self.assertAlmostEqual(born.max - born.min, 0.75, delta=0.2)


class SeveralScenarios(ScenarioTest):
    SCRIPT = """
local perigee = require "perigee"
local http = require "perigee.http"
local metrics = require "perigee.metrics"
local ran = metrics.counter("ran")
local at = metrics.trend("at", { unit = "s" })

local function visit()
  ran:add(1, { colour = perigee.env("COLOUR"), size = perigee.env("SIZE") })
  at:add(perigee.execution.test.elapsed)
end

local function class(name, weight)
  return perigee.user({ name = name, weight = weight }):task("visit", visit)
end

return {
  users = { class("reader", 3), class("writer", 1), class("admin", 1) },
  api = visit,
  options = {
    tags = { run = "nightly" },
    scenarios = {
      named = { executor = "per-vu-iterations", vus = 8, iterations = 2,
        users = { "reader", "writer" } },
      one = { executor = "shared-iterations", iterations = 3, users = { "admin" },
        env = { COLOUR = "red" } },
      late = { executor = "constant-arrival-rate", rate = 20, duration = "500ms",
        start_time = "1s", exec = "api", env = { COLOUR = "blue" }, tags = { kind = "open" } },
      all = { executor = "per-vu-iterations", vus = 5, start_time = "1500ms" },
    },
    thresholds = { "iterations{scenario=late} count == 10", "ran{kind=open} count == 10" },
  },
}
"""
    shared = None

    @property
    def result(self):
        """One run, which all tests look at."""
        if SeveralScenarios.shared is None:
            flags = ["-e", "COLOUR=grey", "-e", "SIZE=big", "--threads", 2]
            SeveralScenarios.shared = self.run_script(self.SCRIPT, *flags, mock=None)
        self.assertCode(0, SeveralScenarios.shared)
        return SeveralScenarios.shared

    def test_each_runs_what_it_names(self):
        counts = self.result.counts_by("iterations", "scenario")
        self.assertEqual(counts, {"named": 16, "one": 3, "late": 10, "all": 5})
        for scenario, users in {
            "named": {"reader": 12, "writer": 4},
            "one": {"admin": 3},
            "late": {"api": 10},
            "all": {"reader": 3, "writer": 1, "admin": 1},
        }.items():
            for user in "reader", "writer", "admin", "api":
                count = self.result.counter("ran", scenario=scenario, user=user)
                self.assertEqual(count, users.get(user, 0), (scenario, user))

    def test_each_has_its_own_environment_before_that_of_the_run(self):
        ran = self.result.counter
        self.assertEqual(ran("ran", colour="red", size="big"), 3)
        self.assertEqual(ran("ran", colour="red", scenario="one"), 3)
        self.assertEqual(ran("ran", colour="blue", size="big", scenario="late"), 10)
        self.assertEqual(ran("ran", colour="grey", size="big"), 21)

    def test_its_tags_are_on_all_its_samples_and_the_runs_on_all(self):
        self.assertEqual(self.result.counts_by("ran", "kind"), {"open": 10, "": 24})
        self.assertEqual(self.result.counts_by("iterations", "kind"), {"open": 10, "": 24})
        self.assertEqual(self.result.counts_by("ran", "run"), {"nightly": 34})

    def test_it_begins_at_its_time(self):
        at = self.result.trend
        self.assertLess(at("at", scenario="named").max, 0.9)
        self.assertGreaterEqual(at("at", scenario="late").min, 1)
        self.assertGreaterEqual(at("at", scenario="late").max, 1.45)
        self.assertGreaterEqual(at("at", scenario="all").min, 1.5)


    def test_exec_names_a_function_default_or_a_class(self):
        scenarios = """
          a = { executor = "shared-iterations", iterations = 2, exec = "default" },
          b = { executor = "shared-iterations", iterations = 3, exec = "other" },
        """
        result = self.run_scenarios(scenarios, more="other = function(user) end,")
        self.assertEqual(result.counts_by("iterations", "task"), {"default": 2, "other": 3})
        classes = """
local perigee = require "perigee"
local function class(name) return perigee.user({ name = name }):task("visit", function() end) end
return {
  users = { class("reader"), class("admin") },
  options = { scenarios = {
    a = { executor = "shared-iterations", iterations = 4, exec = "admin" } } },
}
"""
        result = self.run_script(classes, mock=None)
        self.assertCode(0, result)
        self.assertEqual(result.counts_by("iterations", "user"), {"admin": 4})


class Census(EndToEndTest):
    """A test that ends while streams are under way loses none of them."""

    VUS = 500

    def test_500_users_are_all_reported_as_censored(self):
        scripted = """
local claude = require("perigee.anthropic").client { model = "claude-haiku-4-5" }
local asked = require("perigee.metrics").counter("asked")
return {
  options = { vus = 500, duration = "3s", graceful_stop = "0s" },
  default = function()
    asked:add()
    claude:stream { messages = "Hello", max_tokens = 1000 }
  end,
}
"""
        # About half have their first token when the test ends; none has its end.
        mock = "--ttft uniform:500ms,5s --itl 2s --tokens 1000 --tokens-per-delta 1"
        result = self.run_script(scripted, mock=mock)
        self.assertCode(0, result)
        self.assertEqual(result.counter("asked"), self.VUS)
        self.assertEqual(result.counts_by("llm_requests", "outcome"), {"censored": self.VUS})
        self.assertEqual(result.counter("interrupted_iterations"), self.VUS)
        self.assertEqual(result.counter("iterations"), 0)
        self.assertEqual(result.rate("llm_request_failed"), (0, self.VUS))
        self.assertEqual(result.trend("llm_request_duration").values.count, 0)
        self.assertEqual(result.trend("llm_request_duration").lower_bounds.count, self.VUS)

        ttft = result.trend("llm_ttft")
        self.assertEqual(ttft.count, self.VUS)
        self.assertGreater(ttft.values.count, self.VUS / 10)
        self.assertGreater(ttft.lower_bounds.count, self.VUS / 10)
        self.assertIn(f"({0} failed, {self.VUS} censored)", result.stdout)
        row = result.table("latency")["time to first token (llm_ttft)/default"]
        for column in "avg", "p95", "p99", "max":
            self.assertRegex(row[column], "^≥", row)
            self.assertGreater(seconds_of(row[column]), 1)
        self.assertEqual(whole_of(row["count"]), self.VUS)

    def test_where_the_unfinished_do_not_matter_there_is_no_sign(self):
        scripted = """
local perigee = require "perigee"
local claude = require("perigee.anthropic").client { model = "claude-haiku-4-5" }
return {
  options = { vus = 1000, iterations = 1000, max_duration = "20s", graceful_stop = "0s" },
  default = function(user) claude:stream { messages = "Hello", max_tokens = 10 } end,
}
"""
        mock = "--ttft 300ms --itl 10ms --tokens 3"
        result = self.run_script(scripted, mock=mock)
        self.assertCode(0, result)
        self.assertEqual(result.counts_by("llm_requests", "outcome"), {"completed": 1000})
        self.assertNotIn("≥", result.stdout)


class Repeatable(EndToEndTest):
    """The same seed gives the same starts and the same choices, on any number of threads."""

    SCRIPT = """
local perigee = require "perigee"
local ran = require("perigee.metrics").counter("ran")
local function ran_as(name)
  return function(user)
    ran:add(1, { vu = user.id, did = name })
    perigee.sleep(perigee.between("1ms", "5ms"))
  end
end
local Set = perigee.task_set { repeats = perigee.between(1, 4) }
Set:task("x", 2, ran_as("x")):task("y", 1, ran_as("y"))
local User = perigee.user {}
User:task("a", 5, ran_as("a")):task("b", 3, ran_as("b")):task("c", 1, Set)
return {
  users = { User },
  options = { scenarios = { it = { SCENARIO } } },
}
"""

    def counts(self, scenario, seed, threads):
        text = self.SCRIPT.replace("SCENARIO", scenario)
        result = self.run_script(text, "--seed", seed, "--threads", threads, mock=None)
        self.assertCode(0, result)
        counts = {}
        for metric in result.json["metrics"]:
            if metric["name"] == "ran":
                for series in metric["series"]:
                    key = (series["tags"]["vu"], series["tags"]["did"])
                    counts[key] = counts.get(key, 0) + series["sum"]
        return counts

    def test_each_vu_chooses_alike(self):
        scenario = 'executor = "per-vu-iterations", vus = 10, iterations = 40'
        one = self.counts(scenario, 42, 1)
        self.assertEqual(sum(one.values()), 400)
        self.assertEqual({did for _, did in one}, {"a", "b", "x", "y"})
        self.assertEqual(self.counts(scenario, 42, 3), one)
        self.assertNotEqual(self.counts(scenario, 43, 3), one)

    def test_as_many_arrive(self):
        scenario = """executor = "ramping-arrival-rate", arrival = ARRIVAL, max_vus = 1,
          start_rate = 50, stages = { "500ms:200", "500ms:200" }"""
        totals = set()
        for arrival in '"poisson"', "{ gamma = 0.5 }":
            with self.subTest(arrival=arrival):
                text = scenario.replace("ARRIVAL", arrival)
                one = self.counts(text, 7, 1)
                # One VU runs them all, so that its choices are those of all starts.
                self.assertEqual(self.counts(text, 7, 3), one)
                totals.add(sum(one.values()))
                self.assertAlmostEqual(sum(one.values()), 162.5, delta=80)
        self.assertEqual(len(totals), 2)

    def test_the_starts_of_many_vus_are_the_same_in_number(self):
        scenario = """executor = "constant-arrival-rate", arrival = "poisson", rate = 300,
          duration = "500ms" """
        totals = {
            (seed, threads): sum(self.counts(scenario, seed, threads).values())
            for seed in (7, 8)
            for threads in (1, 3)
        }
        for seed in (7, 8):
            self.assertEqual(totals[seed, 1], totals[seed, 3])
        self.assertGreater(len(set(totals.values())), 1)


if __name__ == "__main__":
    unittest.main()
