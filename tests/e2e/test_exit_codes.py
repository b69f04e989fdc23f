"""How a run ends: its exit code, its verdict in the result file, and what it says.

What is refused before it runs (104) is in test_bad_options.py.
"""

import signal
import unittest

from harness import FAST, EndToEndTest, chat_script

# Each request takes about 0.6 s, so that a signal comes while all VUs have one under way.
HALF_A_SECOND = "--ttft 100ms --itl 20ms --tokens 25 --tokens-per-delta 1"
NEVER = "--ttft 30s"


class Passed(EndToEndTest):
    def test_a_run_without_thresholds_passes(self):
        result = self.run_script(chat_script(), "-i", 3)
        self.assertCode(0, result)
        self.assertTrue(result.stdout.startswith("PASSED   no thresholds were set\n"))
        self.assertEqual(result.json["run"]["verdict"], "passed")
        self.assertEqual(result.json["run"]["end"], "finished")

    def test_a_run_whose_thresholds_hold_passes(self):
        script = chat_script(options='thresholds = { "llm_ttft p(95) < 10s" }')
        result = self.run_script(script, "-i", 3, "--threshold", "llm_request_failed rate < 1%")
        self.assertCode(0, result)
        self.assertTrue(result.stdout.startswith("PASSED   all 2 thresholds passed\n"))
        self.assertEqual({t["verdict"] for t in result.json["thresholds"]}, {"passed"})


class NotJudged(EndToEndTest):
    def test_unfinished_requests_that_could_cross_the_limit_leave_it_open(self):
        source = "llm_ttft p(95) < 60s"
        flags = ["-u", 2, "-d", "1s", "--graceful-stop", "0s", "--threshold", source]
        result = self.run_script(chat_script(), *flags, mock=NEVER)
        self.assertCode(98, result)
        self.assertTrue(result.stdout.startswith("NOT JUDGED   1 of 1 threshold "), result.stdout)
        threshold = result.threshold(source)
        self.assertEqual(threshold["verdict"], "not_judged")
        self.assertTrue(threshold["is_lower_bound"])
        self.assertGreater(threshold["value"], 0.8)
        self.assertNotEqual(threshold["reason"], "")
        self.assertEqual(result.counter("llm_requests", outcome="censored"), 2)

    def test_a_lower_bound_over_the_limit_is_a_clear_failure(self):
        flags = ["-u", 2, "-d", "1s", "--graceful-stop", "0s"]
        flags += ["--threshold", "llm_ttft p(95) < 500ms"]
        self.assertCode(99, self.run_script(chat_script(), *flags, mock=NEVER))


class Failed(EndToEndTest):
    def test_a_threshold_that_does_not_hold_fails_the_run(self):
        source = "llm_ttft p(95) < 1ms"
        flags = ["--threshold", source, "--threshold", "llm_requests count > 1"]
        result = self.run_script(chat_script(), "-i", 3, *flags)
        self.assertCode(99, result)
        self.assertTrue(result.stdout.startswith("FAILED   1 of 2 thresholds failed\n"))
        self.assertEqual(result.threshold(source)["verdict"], "failed")
        self.assertEqual(result.threshold("llm_requests count > 1")["verdict"], "passed")

    def test_a_threshold_whose_metric_has_no_samples_fails(self):
        result = self.run_script(chat_script(), "-i", 1, "--threshold", "group_x rate > 0%")
        self.assertCode(104, result)
        before = 'local hits = metrics.rate("group_x")'
        script = chat_script(before=before, options='thresholds = { "group_x rate > 0%" }')
        self.assertCode(99, self.run_script(script, "-i", 1))

    def test_unless_it_allows_that(self):
        thresholds = 'thresholds = { { "group_x rate > 0%", allow_empty = true } }'
        script = chat_script(before='metrics.rate("group_x")', options=thresholds)
        self.assertCode(0, self.run_script(script, "-i", 1))


class InternalError(EndToEndTest):
    """Exit code 1: a result that could not be delivered is no success."""

    def test_a_summary_that_could_not_be_written(self):
        with open("/dev/full", "w") as full:
            process = self.start_script(chat_script(), "-i", 1, stdout=full)
        result = self.finish(process)
        self.assertEqual(result.code, 1, str(result))
        self.assertIn("stdout", result.stderr)

    def test_a_result_file_that_could_not_be_written(self):
        script = self.write("script.lua", "return { default = function() end }")
        result = self.command("run", script, "--json", "/dev/full")
        self.assertEqual(result.code, 1)
        self.assertIn("--json", result.stderr)
        self.assertTrue(result.stdout.startswith("PASSED"))


class Interrupted(EndToEndTest):
    VUS = 4
    SCRIPT = chat_script(
        body="""
    if user.iteration == 1 then perigee.log("begun") end
    asked:add()
    claude:stream { messages = "Hello" }
    answered:add()
  """,
        before='local asked, answered = metrics.counter("asked"), metrics.counter("answered")',
    )

    def start(self, mock, *flags):
        process = self.start_script(self.SCRIPT, "-u", self.VUS, "-d", "60s", *flags, mock=mock)
        process.wait_for_stderr(rf"(?:begun(?:.|\n)*){{{self.VUS}}}")
        return process

    def check_once(self, signal_number):
        process = self.start(HALF_A_SECOND, "--threshold", "llm_requests count > 0")
        process.send(signal_number)
        result = self.finish(process, 20)
        self.assertCode(105, result)
        self.assertEqual(result.json["run"]["end"], "interrupted")
        self.assertTrue(result.stdout.startswith("INTERRUPTED   "), result.stdout)
        self.assertIn("thresholds\n", result.stdout)
        self.assertIn("latency", result.stdout)
        # What was under way came to its end.
        asked = result.counter("asked")
        self.assertGreaterEqual(asked, self.VUS)
        self.assertEqual(result.counter("answered"), asked)
        self.assertEqual(result.counts_by("llm_requests", "outcome"), {"completed": asked})
        self.assertEqual(result.counter("interrupted_iterations"), 0)

    def test_ctrl_c_lets_what_is_under_way_finish(self):
        self.check_once(signal.SIGINT)

    def test_sigterm_does_the_same(self):
        self.check_once(signal.SIGTERM)

    def test_a_second_ctrl_c_stops_at_once_and_counts_what_was_cut_off(self):
        process = self.start(NEVER)
        process.send(signal.SIGINT)
        process.wait_for_stderr("again to stop at once")
        self.assertTrue(process.is_running)
        process.send(signal.SIGINT)
        result = self.finish(process, 10)
        self.assertCode(105, result)
        self.assertEqual(result.counts_by("llm_requests", "outcome"), {"censored": self.VUS})
        self.assertEqual(result.counter("interrupted_iterations"), self.VUS)
        self.assertEqual(result.trend("llm_ttft").lower_bounds.count, self.VUS)
        self.assertEqual(result.counter("answered"), 0)
        self.assertIn(f"({0} failed, {self.VUS} censored)", result.stdout)

    def test_the_grace_has_an_end(self):
        process = self.start(NEVER, "--graceful-stop", "300ms")
        process.send(signal.SIGINT)
        result = self.finish(process, 10)
        self.assertCode(105, result)
        self.assertEqual(result.counter("llm_requests", outcome="censored"), self.VUS)

    def test_ctrl_c_ends_a_script_that_loops_while_it_loads(self):
        process = self.start_script("io.stderr:write('loading') while true do end", mock=None)
        process.wait_for_stderr("loading")
        process.send(signal.SIGINT)
        self.assertIn(process.wait(10), (105, -signal.SIGINT))


class ScriptErrors(EndToEndTest):
    SCRIPT = chat_script(
        body="""
    if user.iteration % 2 == 0 then
      local missing = nil
      print(missing.field)
    end
    claude:stream { messages = "Hello" }
  """
    )
    LINE = SCRIPT[: SCRIPT.index("missing.field")].count("\n") + 1

    def test_the_run_goes_on_and_fails_at_its_end(self):
        result = self.run_script(self.SCRIPT, "-i", 10)
        self.assertCode(107, result)
        self.assertEqual(result.counter("iterations"), 10)
        self.assertEqual(result.counter("script_errors"), 5)
        self.assertEqual(result.counter("llm_requests", outcome="completed"), 5)
        self.assertEqual([e["count"] for e in result.json["script_errors"]], [5])
        self.assertTrue(result.stdout.startswith("SCRIPT ERRORS   5 errors in the script\n"))

    def test_the_traceback_is_printed_once_with_the_users_line(self):
        result = self.run_script(self.SCRIPT, "-i", 10)
        where = f"script.lua:{self.LINE}: "
        self.assertEqual(result.stderr.count(where), 1, result.stderr)
        self.assertEqual(result.stderr.count("stack traceback:"), 1)
        self.assertIn(where, result.json["script_errors"][0]["text"])
        self.assertIn(where, result.stdout)

    def test_they_may_be_allowed(self):
        result = self.run_script(self.SCRIPT, "-i", 10, "--allow-script-errors")
        self.assertCode(0, result)
        self.assertEqual(result.counter("script_errors"), 5)

    def test_errors_in_hooks_count_too(self):
        script = """
local perigee = require "perigee"
local User = perigee.user {}
function User.on_start() error("cannot start") end
function User.on_stop() error("cannot stop") end
User:task("wait", function() perigee.sleep("100ms") end)
return { users = { User }, options = { vus = 2, duration = "200ms" } }
"""
        result = self.run_script(script, mock=None)
        self.assertCode(107, result)
        self.assertEqual(result.counter("script_errors"), 4)
        self.assertIn("script.lua:4: cannot start", result.stderr)
        self.assertIn("script.lua:5: cannot stop", result.stderr)

    def test_errors_that_are_no_texts_are_counted(self):
        for value in ["", "{}", "nil", "42", "setmetatable({}, { __tostring = error })"]:
            with self.subTest(value=value):
                script = f"return {{ default = function() error({value}) end }}"
                result = self.run_script(script, "-i", 2, mock=None)
                self.assertCode(107, result)
                self.assertEqual(result.counter("script_errors"), 2)


class Watchdog(EndToEndTest):
    def check_stopped(self, script, line, *flags):
        result = self.run_script(script, "-i", 1, *flags, mock=None, timeout=20)
        self.assertCode(107, result)
        self.assertEqual(result.json["run"]["end"], "watchdog")
        self.assertIn(f"script.lua:{line}", result.json["run"]["end_reason"])
        self.assertIn(f"script.lua:{line}", result.stdout)
        self.assertGreater(result.seconds, 4.9)
        self.assertLess(result.seconds, 12)
        return result

    def test_it_stops_a_task_that_never_waits_and_names_its_line(self):
        script = "return {\n  default = function()\n    while true do end\n  end,\n}"
        result = self.check_stopped(script, 3)
        self.assertNotIn("perigee/internal", result.stderr.split("stack traceback")[0])

    def test_allowing_script_errors_does_not_allow_that(self):
        script = "return { default = function() while true do end end }"
        self.check_stopped(script, 1, "--allow-script-errors")

    def test_the_script_cannot_hold_it_back(self):
        loop = "while true do pcall(function() while true do end end) end"
        self.check_stopped(f"return {{ default = function() {loop} end }}", 1)

    def test_a_second_ctrl_c_ends_a_run_whose_script_never_waits(self):
        body = "io.stderr:write('busy') while true do end"
        process = self.start_script(f"return {{ default = function() {body} end }}", mock=None)
        process.wait_for_stderr("busy")
        process.send(signal.SIGINT)
        process.wait_for_stderr("again to stop at once")
        process.send(signal.SIGINT)
        result = self.finish(process, 12)
        self.assertIn(result.code, (105, 107))


    def test_a_second_ctrl_c_ends_even_a_script_that_no_hook_can_stop(self):
        # One call of a C function that takes about for ever.
        body = """
    io.stderr:write("busy")
    return (("a"):rep(40)):find(("a*"):rep(20) .. "b")
  """
        process = self.start_script(chat_script(body), "-i", 1)
        process.wait_for_stderr("busy")
        process.send(signal.SIGINT)
        process.wait_for_stderr("again to stop at once")
        process.send(signal.SIGINT)
        result = self.finish(process, 20)
        self.assertIn(result.code, (105, 107))
        self.assertIn("stuck", " ".join(result.json["warnings"]))


class Aborted(EndToEndTest):
    def test_it_ends_the_run_at_once(self):
        script = chat_script(
            body="""
    if user.id == 2 then perigee.abort("the backend is gone") end
    claude:stream { messages = "Hello" }
    after:add()
  """,
            before='local after = metrics.counter("after")',
        )
        result = self.run_script(script, "-u", 4, "-d", "60s", mock=NEVER, timeout=20)
        self.assertCode(108, result)
        self.assertTrue(result.stdout.startswith("ABORTED   the backend is gone\n"))
        self.assertEqual(result.json["run"]["end"], "aborted")
        self.assertEqual(result.json["run"]["end_reason"], "the backend is gone")
        self.assertEqual(result.counter("after"), 0)
        self.assertEqual(result.counter("interrupted_iterations"), 4)

    def test_it_does_not_return_even_inside_pcall(self):
        before = 'local after = metrics.counter("after")'
        body = 'pcall(perigee.abort, "enough") after:add()'
        result = self.run_script(chat_script(body, before=before), "-i", 5)
        self.assertCode(108, result)
        self.assertEqual(result.counter("after"), 0)


class MarkedAsFailed(EndToEndTest):
    def test_the_run_goes_on_to_its_end(self):
        body = 'if user.iteration == 2 then perigee.fail("odd answer") end'
        result = self.run_script(chat_script(body), "-i", 10, "-u", 1)
        self.assertCode(110, result)
        self.assertEqual(result.counter("iterations"), 10)
        self.assertEqual(result.json["failures"], ["odd answer"])
        self.assertTrue(result.stdout.startswith("MARKED AS FAILED   odd answer\n"))

    def test_a_reason_is_said_once(self):
        result = self.run_script(chat_script('perigee.fail("odd answer")'), "-i", 10, "-u", 2)
        self.assertCode(110, result)
        self.assertEqual(result.json["failures"], ["odd answer"])
        self.assertEqual(result.stderr.count("odd answer"), 1)


class Precedence(EndToEndTest):
    """The gravest of several reasons decides: 108, 105, 107, 110, 99, 98."""

    ERROR = 'if user.iteration == 1 then error("mistake") end '
    FAIL = 'if user.iteration == 2 then perigee.fail("odd") end '
    ABORT = 'if user.iteration == 3 then perigee.abort("enough") end '
    FAILED = ["--threshold", "iterations count > 1000"]
    OPEN = ["--threshold", "iteration_duration p(95) < 60s"]

    def run_with(self, body, *flags):
        return self.run_script(chat_script(body), "-i", 4, *flags, mock=FAST)

    def test_an_abort_beats_all_others(self):
        result = self.run_with(self.ERROR + self.FAIL + self.ABORT, *self.FAILED)
        self.assertCode(108, result)
        self.assertEqual(result.json["failures"], ["odd"])
        self.assertEqual(result.json["thresholds"][0]["verdict"], "failed")
        self.assertEqual(len(result.json["script_errors"]), 1)

    def test_script_errors_beat_a_mark_and_thresholds(self):
        self.assertCode(107, self.run_with(self.ERROR + self.FAIL, *self.FAILED))

    def test_allowed_script_errors_beat_nothing(self):
        result = self.run_with(self.ERROR + self.FAIL, *self.FAILED, "--allow-script-errors")
        self.assertCode(110, result)

    def test_a_mark_beats_failed_thresholds(self):
        self.assertCode(110, self.run_with(self.FAIL, *self.FAILED))

    def test_a_failed_threshold_beats_one_that_was_not_judged(self):
        flags = ["-d", "500ms", "--graceful-stop", "0s"]
        result = self.run_script(chat_script(), *flags, *self.OPEN, mock=NEVER)
        self.assertCode(98, result)
        result = self.run_script(chat_script(), *flags, *self.OPEN, *self.FAILED, mock=NEVER)
        self.assertCode(99, result)

    def test_an_interruption_beats_script_errors_and_thresholds(self):
        body = 'perigee.log("begun") perigee.sleep("200ms") error("mistake")'
        process = self.start_script(chat_script(body), "-d", "60s", *self.FAILED)
        process.wait_for_stderr("script error")
        process.send(signal.SIGINT)
        result = self.finish(process, 20)
        self.assertCode(105, result)
        self.assertGreater(result.counter("script_errors"), 0)
        self.assertEqual(result.json["thresholds"][0]["verdict"], "failed")

    def test_an_abort_after_an_interruption_is_an_abort(self):
        body = 'perigee.log("begun") perigee.sleep("1s") perigee.abort("enough")'
        process = self.start_script(chat_script(body), "-d", "60s")
        process.wait_for_stderr("begun")
        process.send(signal.SIGINT)
        self.assertCode(108, self.finish(process, 20))


if __name__ == "__main__":
    unittest.main()
