"""How a run ends: its exit code, its verdict in the result file, and what it says."""

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


class BadOptions(EndToEndTest):
    """Exit code 104: one message on stderr that names thing and place; nothing ran."""

    def refused(self, *arguments, env=None):
        result = self.command("run", *arguments, env=env, timeout=20)
        self.assertEqual(result.code, 104, str(result))
        self.assertEqual(result.stdout, "")
        return result.stderr

    def script(self, text="return { default = function() end }"):
        return self.write("script.lua", text)

    def refused_options(self, options):
        script = self.script(f"return {{ options = {{ {options} }}, default = function() end }}")
        return self.refused(script)

    def test_an_unknown_flag_is_refused_with_the_near_name(self):
        message = self.refused(self.script(), "--duraton", "5s")
        self.assertIn("--duraton", message)
        self.assertIn('did you mean "--duration"?', message)

    def test_an_unknown_command_is_refused_with_the_near_name(self):
        result = self.command("rnu", self.script())
        self.assertEqual(result.code, 104)
        self.assertIn('did you mean "run"?', result.stderr)

    def test_a_missing_command_is_refused(self):
        self.assertEqual(self.command().code, 104)

    def test_bad_values_of_flags_name_the_flag_and_the_value(self):
        for flag, value in [
            ("--duration", "30x"),
            ("--vus", "many"),
            ("--stage", "30x"),
            ("--stage", "1s:ten"),
            ("--graceful-stop", "5y"),
            ("--threads", "0"),
            ("--seed", "x"),
            ("--progress", "loud"),
        ]:
            with self.subTest(flag=flag, value=value):
                message = self.refused(self.script(), flag, value)
                self.assertIn(flag, message)
                self.assertIn(value, message)

    def test_loads_that_make_no_sense_are_refused(self):
        for flags in [
            ["-u", "0"],
            ["-u", "-1"],
            ["-i", "0"],
            ["-d", "0s"],
            ["-d", "1s", "-s", "1s:5"],
            ["-r", "5", "-s", "1s:5"],
            ["-r", "-1", "-d", "1s"],
        ]:
            with self.subTest(flags=flags):
                self.assertNotEqual(self.refused(self.script(), *flags), "")

    def test_a_bad_value_in_the_environment_is_refused(self):
        message = self.refused(self.script(), env={"PERIGEE_VUS": "many"})
        self.assertIn("many", message)
        self.refused(self.script(), env={"PERIGEE_DURATION": "5x"})

    def test_a_missing_script_is_named(self):
        self.assertIn("nowhere.lua", self.refused("nowhere.lua"))
        self.refused(self.folder)

    def test_a_syntax_error_names_file_and_line(self):
        self.assertIn("script.lua:2:", self.refused(self.script("return {\n  default = = 1\n}")))

    def test_an_error_while_loading_names_file_and_line(self):
        message = self.refused(self.script("local x = 1\nerror('broken')\n"))
        self.assertIn("script.lua:2: broken", message)
        self.assertEqual(message.count("broken"), 1)

    def test_a_script_that_returns_no_test_is_refused(self):
        for text in ["", "return 5", "return {}", "return { default = 5 }"]:
            with self.subTest(text=text):
                self.assertIn("script.lua: ", self.refused(self.script(text)))

    def test_an_unknown_option_offers_the_near_name(self):
        message = self.refused_options('duratoin = "5s"')
        self.assertIn('options: unknown field "duratoin" (did you mean "duration"?)', message)

    def test_a_bad_stage_is_named_by_its_place(self):
        message = self.refused_options('stages = { "1s:5", "30x" }')
        self.assertIn('options.stages[2]: expected a stage such as "30s:10", got "30x"', message)
        message = self.refused_options('stages = { { duration = "30x", target = 5 } }')
        self.assertIn("options.stages[1]", message)
        self.assertIn('"30x"', message)

    def test_bad_options_name_the_field(self):
        for field, value in [
            ("vus", '"ten"'),
            ("vus", "1.5"),
            ("vus", "-1"),
            ("vus", "0/0"),
            ("duration", "{}"),
            ("duration", "math.huge"),
            ("seed", "-1"),
            ("thresholds", '"llm_ttft p(95) < 2s"'),
        ]:
            with self.subTest(field=field, value=value):
                self.assertIn(field, self.refused_options(f"{field} = {value}"))

    def test_a_number_of_vus_beyond_all_reason_is_refused_as_that(self):
        self.assertIn("options.vus: ", self.refused_options("vus = 1e300"))
        self.assertIn("vus must be at most", self.refused_options("vus = 1e9"))

    def test_a_bad_threshold_says_what_is_wrong_and_where(self):
        for source, words in [
            ("llm_tft p(95) < 2s", 'unknown metric "llm_tft" (did you mean "llm_ttft"?)'),
            ("llm_ttft p(95) < 2", "unit"),
            ("llm_ttft p95 < 2s", "p95"),
            ("llm_ttft p(101) < 2s", "101"),
            ("llm_ttft{task=a p(95) < 2s", "task=a"),
        ]:
            with self.subTest(source=source):
                message = self.refused(self.script(), "--threshold", source)
                self.assertIn("--threshold", message)
                self.assertIn(words, message)
                message = self.refused_options(f'thresholds = {{ "checks rate > 1%", "{source}" }}')
                self.assertIn("options.thresholds[2]", message)
                self.assertIn(words, message)

    def test_a_mock_that_cannot_start_is_refused(self):
        message = self.refused(self.script(), "--mock=haikuu")
        self.assertIn('did you mean "haiku"?', message)
        message = self.refused(self.script(), "--mock", "--mock-args", "--itl 5x")
        self.assertIn("--itl", message)

    def test_a_missing_key_is_refused_before_anything_is_sent(self):
        message = self.refused(self.script(chat_script()))
        self.assertIn("ANTHROPIC_API_KEY", message)

    def test_a_result_file_that_cannot_be_written_is_refused_before_the_run(self):
        message = self.refused(self.script(), "--json", self.folder / "no folder/result.json")
        self.assertIn("--json", message)

    def test_an_event_file_that_cannot_be_written_is_refused(self):
        message = self.refused(self.script(), "--events", self.folder / "no folder/events")
        self.assertIn("--events", message)


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
