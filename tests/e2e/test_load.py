"""The load that a run puts on: who runs what, how often, and when it begins and ends."""

import re
import unittest

from harness import ROOT, EndToEndTest, chat_script, seconds_of, whole_of

WEIGHTS = {"greet": 5, "translate": 3, "summarize": 1}

# Counts what each VU does, by its hooks and its iterations.
LIFE = """
local perigee = require "perigee"
local metrics = require "perigee.metrics"
local began, ended = metrics.counter("began"), metrics.counter("ended")
local started_at = metrics.trend("started_at", { unit = "s" })
local User = perigee.user { name = "lively", THINK }
function User.on_start(user)
  began:add(1, { vu = user.id })
  started_at:add(perigee.now())
end
function User.on_stop(user) ended:add(1, { vu = user.id }) end
User:task("sleep", function() perigee.sleep "SLEEP" end)
return { users = { User } }
"""


def life(sleep="100ms", think=""):
    return LIFE.replace("SLEEP", sleep).replace("THINK", think)


def scenario_of(result):
    """The options of the run's only scenario, as they came out."""
    (scenario,) = result.json["options"]["scenarios"].values()
    return scenario


class WeightedTasks(EndToEndTest):
    shared = None

    @property
    def result(self):
        """One run, which all tests look at."""
        if WeightedTasks.shared is None:
            script = ROOT / "examples/02_weighted_tasks.lua"
            WeightedTasks.shared = self.run_script(script, "-u", 50, "-d", "10s")
            self.assertCode(0, WeightedTasks.shared)
        return WeightedTasks.shared

    def test_tasks_are_picked_by_their_weights(self):
        result = self.result
        counts = result.counts_by("iterations", "task")
        self.assertEqual(set(counts), set(WEIGHTS))
        total = sum(counts.values())
        self.assertGreater(total, 400)
        chi_square = 0
        for task, weight in WEIGHTS.items():
            expected = total * weight / 9
            chi_square += (counts[task] - expected) ** 2 / expected
        # Two degrees of freedom: beyond 13.8 lies one run in a thousand.
        self.assertLess(chi_square, 13.8, counts)

    def test_the_table_of_requests_says_what_the_result_file_says(self):
        result = self.result
        table = result.table("task")
        self.assertEqual(set(table), {*WEIGHTS, "all"})
        for task, row in table.items():
            tags = {} if task == "all" else {"task": task}
            self.assertEqual(whole_of(row["requests"]), result.counter("llm_requests", **tags))
            self.assertEqual(whole_of(row["out"]), result.counter("llm_output_tokens", **tags))
            self.assertEqual(whole_of(row["in"]), result.counter("llm_input_tokens", **tags))
            censored = result.counter("llm_requests", outcome="censored", **tags)
            self.assertEqual(whole_of(row["censored"]), censored)
            self.assertEqual(row["failed"], "0%")

    def test_the_table_of_latencies_says_what_the_result_file_says(self):
        result = self.result
        table = result.table("latency")
        blocks = {
            "llm_ttft": "time to first token (llm_ttft)",
            "llm_itl": "inter-token latency (llm_itl)",
            "llm_request_duration": "request duration (llm_request_duration)",
        }
        for metric, heading in blocks.items():
            # create() has no stream, so the third task has neither of the first two.
            for task in ["greet", "translate", "all"]:
                row = table[f"{heading}/{task}"]
                trend = result.trend(metric, **({} if task == "all" else {"task": task}))
                self.assertEqual(whole_of(row["count"]), trend.count, (metric, task))
                figures = {
                    "avg": trend.avg,
                    "med": trend.percentile(50),
                    "p90": trend.percentile(90),
                    "p95": trend.percentile(95),
                    "p99": trend.percentile(99),
                    "max": trend.max,
                }
                for column, expected in figures.items():
                    shown = seconds_of(row[column])
                    # Shown with three digits.
                    self.assertAlmostEqual(shown / expected, 1, delta=0.0051, msg=f"{metric} {row}")

    def test_the_mocks_timing_is_what_is_measured(self):
        ttft = self.result.trend("llm_ttft")
        self.assertGreater(ttft.min, 0.0199)
        self.assertLess(ttft.percentile(50), 0.025)
        self.assertAlmostEqual(self.result.trend("llm_itl").avg, 0.002, delta=0.0005)


class Iterations(EndToEndTest):
    def test_exactly_so_many_are_run(self):
        for vus, iterations, threads in [(1, 7, 1), (7, 100, 2), (10, 101, 4), (3, 5, 3)]:
            with self.subTest(vus=vus, iterations=iterations, threads=threads):
                flags = ["-u", vus, "-i", iterations, "--threads", threads]
                result = self.run_script(chat_script(), *flags)
                self.assertCode(0, result)
                self.assertEqual(result.counter("iterations"), iterations)
                self.assertEqual(result.counter("llm_requests"), iterations)
                self.assertEqual(scenario_of(result)["iterations"], iterations)

    def test_vus_alone_share_as_many_iterations(self):
        result = self.run_script(chat_script(options="vus = 6"))
        self.assertCode(0, result)
        self.assertEqual(result.counter("iterations"), 6)
        self.assertEqual(scenario_of(result)["iterations"], 6)

    def test_a_duration_bounds_them(self):
        result = self.run_script(life("50ms"), "-u", 2, "-i", 1000000, "-d", "500ms", mock=None)
        self.assertCode(0, result)
        self.assertAlmostEqual(result.json["run"]["elapsed_s"], 0.5, delta=0.25)
        self.assertLess(result.counter("iterations"), 30)

    def test_the_last_ones_end_the_run_without_waiting_for_think_times(self):
        script = life("10ms", 'think_time = "30s"')
        result = self.run_script(script, "-u", 4, "-i", 4, mock=None, timeout=20)
        self.assertCode(0, result)
        self.assertLess(result.json["run"]["elapsed_s"], 5)


class Ramps(EndToEndTest):
    def test_stages_ramp_up_and_down(self):
        flags = ["-s", "2s:8", "-s", "1s:8", "-s", "2s:0"]
        result = self.run_script(life("50ms"), *flags, mock=None)
        self.assertCode(0, result)
        self.assertEqual(scenario_of(result)["executor"], "ramping-vus")
        intervals = result.json["intervals"]
        vus = dict(zip(map(round, intervals["elapsed_s"]), intervals["vus"]))
        # The line is 1 at the start, 4.5 after 1 s, 8 from 2 to 3 s, 4 after 4 s.
        self.assertIn(vus[1], range(3, 7), vus)
        self.assertIn(vus[2], range(7, 9), vus)
        self.assertIn(vus[3], range(7, 9), vus)
        self.assertIn(vus[4], range(3, 7), vus)
        self.assertEqual(result.gauge("vus")["max"], 8)
        self.assertAlmostEqual(result.json["run"]["elapsed_s"], 5, delta=0.6)
        self.assertEqual(result.counter("began"), 8)
        self.assertEqual(result.counter("ended"), 8)

    def test_spawn_rate_starts_vus_one_after_the_other(self):
        result = self.run_script(life(), "-u", 10, "-r", 5, "-d", "3s", mock=None)
        self.assertCode(0, result)
        started = result.trend("started_at")
        self.assertEqual(started.count, 10)
        # The tenth begins 9/5 s after the first.
        self.assertAlmostEqual(started.max - started.min, 1.8, delta=0.3)
        intervals = result.json["intervals"]
        self.assertIn(intervals["vus"][0], range(4, 8))
        self.assertEqual(max(intervals["vus"]), 10)

    def test_without_it_all_start_at_once(self):
        result = self.run_script(life(), "-u", 10, "-d", "500ms", mock=None)
        started = result.trend("started_at")
        self.assertEqual(started.count, 10)
        self.assertLess(started.max - started.min, 0.3)


class UserClasses(EndToEndTest):
    def test_vus_are_shared_out_by_weight(self):
        script = """
local perigee = require "perigee"
local born = require("perigee.metrics").counter("born")
local function class(name, weight)
  local User = perigee.user { name = name, weight = weight }
  function User.on_start() born:add() end
  User:task("sleep", function() perigee.sleep "50ms" end)
  return User
end
return { users = { class("many", 3), class("few", 1) } }
"""
        result = self.run_script(script, "-u", 12, "-d", "300ms", mock=None)
        self.assertCode(0, result)
        self.assertEqual(result.counts_by("born", "user"), {"many": 9, "few": 3})


class Seeds(EndToEndTest):
    SCRIPT = """
local perigee = require "perigee"
local User = perigee.user { think_time = perigee.between("1ms", "5ms") }
local function choose(user)
  perigee.log("%s %d", user.task, perigee.pick { 1, 2, 3, 4, 5, 6, 7, 8, 9 })
end
User:task("a", 1, choose):task("b", 2, choose):task("c", 3, choose)
return { users = { User } }
"""

    def choices(self, *flags):
        result = self.run_script(self.SCRIPT, *flags, mock=None)
        self.assertCode(0, result)
        sequences = {}
        for vu, task, number in re.findall(r"vu (\d+): (\w) (\d)$", result.stderr, re.MULTILINE):
            sequences.setdefault(vu, []).append(task + number)
        return sequences

    def test_the_same_seed_makes_the_same_choices(self):
        first = self.choices("-i", 60, "--seed", 42)
        self.assertEqual(len(first["1"]), 60)
        self.assertEqual(len({choice[0] for choice in first["1"]}), 3)
        self.assertEqual(self.choices("-i", 60, "--seed", 42), first)

    def test_another_seed_makes_others(self):
        one = self.choices("-i", 60, "--seed", 42)
        self.assertNotEqual(self.choices("-i", 60, "--seed", 43), one)

    def test_a_vu_chooses_alike_on_any_number_of_threads(self):
        flags = ["-u", 4, "-d", "1s", "--seed", 42]
        one, many = (self.choices(*flags, "--threads", threads) for threads in (1, 3))
        self.assertEqual(len(set(map(tuple, (s[:20] for s in one.values())))), 4)
        for vu in "1234":
            length = min(len(one[vu]), len(many[vu]))
            self.assertGreater(length, 20)
            self.assertEqual(one[vu][:length], many[vu][:length])

    def test_a_seed_that_was_drawn_can_be_used_again(self):
        drawn = self.run_script(self.SCRIPT, "-i", 60, mock=None)
        seed = drawn.json["run"]["seed"]
        self.assertIn(f"seed {seed},", drawn.stdout)
        logged = [line for line in drawn.stderr.splitlines() if line.startswith("vu 1: ")]
        again = self.run_script(self.SCRIPT, "-i", 60, "--seed", seed, mock=None)
        self.assertEqual(len(logged), 60)
        self.assertEqual([x for x in again.stderr.splitlines() if x.startswith("vu 1: ")], logged)


class Ends(EndToEndTest):
    HALF_A_SECOND = "--ttft 100ms --itl 20ms --tokens 25 --tokens-per-delta 1"

    def test_streams_under_way_may_end(self):
        result = self.run_script(chat_script(), "-u", 4, "-d", "300ms", mock=self.HALF_A_SECOND)
        self.assertCode(0, result)
        self.assertEqual(result.counts_by("llm_requests", "outcome"), {"completed": 4})
        self.assertEqual(result.counter("interrupted_iterations"), 0)
        self.assertGreater(result.json["run"]["elapsed_s"], 0.55)

    def test_unless_the_grace_is_too_short(self):
        flags = ["-u", 4, "-d", "500ms", "--graceful-stop", "0s"]
        mock = self.HALF_A_SECOND.replace("--tokens 25", "--tokens 200")
        script = chat_script('claude:stream { messages = "Hello", max_tokens = 200 }')
        result = self.run_script(script, *flags, mock=mock)
        self.assertEqual(result.counts_by("llm_requests", "outcome"), {"censored": 4})
        self.assertEqual(result.counter("interrupted_iterations"), 4)
        self.assertLess(result.json["run"]["elapsed_s"], 2)
        # All had their first token: those are samples; none had its end.
        self.assertEqual(result.trend("llm_ttft").values.count, 4)
        self.assertEqual(result.trend("llm_request_duration").values.count, 0)
        self.assertEqual(result.trend("llm_request_duration").lower_bounds.count, 4)

    def test_think_time_does_not_hold_the_end_back(self):
        script = life("10ms", 'think_time = "60s"')
        result = self.run_script(script, "-u", 3, "-d", "500ms", mock=None, timeout=20)
        self.assertCode(0, result)
        self.assertAlmostEqual(result.json["run"]["elapsed_s"], 0.5, delta=0.3)
        self.assertEqual(result.counter("iterations"), 3)
        self.assertEqual(result.counter("interrupted_iterations"), 0)

    def test_hooks_run_once_for_each_vu(self):
        each = {str(vu): 1 for vu in range(1, 7)}
        for name, flags in {
            "with a duration": ["-d", "500ms"],
            "where iterations are cut off": ["-d", "250ms", "--graceful-stop", "0s"],
            "with iterations": ["-i", 24],
        }.items():
            with self.subTest(name):
                result = self.run_script(life(), "-u", 6, *flags, mock=None)
                self.assertCode(0, result)
                self.assertEqual(result.counts_by("began", "vu"), each)
                self.assertEqual(result.counts_by("ended", "vu"), each)

    def test_on_stop_that_waits_is_waited_for(self):
        script = """
local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 16 }
local said_goodbye = require("perigee.metrics").counter("said_goodbye")
local User = perigee.user {}
function User.on_stop()
  if claude:stream { messages = "Goodbye" }.ok then said_goodbye:add() end
end
User:task("sleep", function() perigee.sleep "50ms" end)
return { users = { User } }
"""
        result = self.run_script(script, "-u", 3, "-d", "300ms")
        self.assertCode(0, result)
        self.assertEqual(result.counter("said_goodbye"), 3)
        self.assertEqual(result.counts_by("llm_requests", "outcome"), {"completed": 3})


class WhereOptionsComeFrom(EndToEndTest):
    STAGES = chat_script(options='stages = { "30s:10", "30s:0" }, graceful_stop = "5s"')
    LONG = chat_script(options='vus = 3, duration = "60s"', body='perigee.sleep "50ms"')

    def options(self, script, *flags, env=None):
        result = self.run_script(script, *flags, env=env, timeout=20)
        self.assertCode(0, result)
        return scenario_of(result) | {"threads": result.json["options"]["threads"]}

    def test_the_environment_beats_the_script(self):
        env = {"PERIGEE_VUS": "5", "PERIGEE_DURATION": "300ms", "PERIGEE_THREADS": "1"}
        options = self.options(self.LONG, env=env)
        self.assertEqual(options["vus"], 5)
        self.assertEqual(options["duration_s"], 0.3)
        self.assertEqual(options["threads"], 1)

    def test_flags_beat_the_environment(self):
        env = {"PERIGEE_VUS": "5", "PERIGEE_DURATION": "60s"}
        options = self.options(self.LONG, "-u", 2, "-d", "300ms", env=env)
        self.assertEqual(options["vus"], 2)
        self.assertEqual(options["duration_s"], 0.3)

    def test_a_flag_leaves_what_it_does_not_speak_of(self):
        options = self.options(self.LONG, "-d", "300ms")
        self.assertEqual(options["vus"], 3)
        options = self.options(self.STAGES, "-d", "300ms")
        self.assertEqual(options["graceful_stop_s"], 5)

    def test_a_length_replaces_the_scripts_stages(self):
        options = self.options(self.STAGES, "-u", 2, "-d", "300ms")
        self.assertEqual(options["executor"], "constant-vus")
        self.assertNotIn("stages", options)
        options = self.options(self.STAGES, "-i", 5)
        self.assertEqual(options["executor"], "shared-iterations")
        options = self.options(self.LONG, "-s", "500ms:2")
        self.assertEqual(options["stages"], [{"duration_s": 0.5, "target": 2}])

    def test_thresholds_of_the_command_line_are_added(self):
        script = chat_script(options='thresholds = { "iterations count > 0" }')
        result = self.run_script(script, "-i", 1, "--threshold", "llm_requests count > 0")
        self.assertCode(0, result)
        both = ["iterations count > 0", "llm_requests count > 0"]
        self.assertEqual(result.json["options"]["thresholds"], both)


if __name__ == "__main__":
    unittest.main()
