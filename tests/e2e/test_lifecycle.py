"""The life of a test: setup, the load, teardown and summary; the warm-up; perigee.execution."""

import json
import re
import signal
import unittest

from harness import FAST, EndToEndTest, chat_script


def script(body="", fields="", options="", before=""):
    """A script whose user class counts on_start, iterations and on_stop; `fields` are hooks."""
    return f"""
local perigee = require "perigee"
local metrics = require "perigee.metrics"
local claude = require("perigee.anthropic").client {{
  model = "claude-haiku-4-5",
  max_tokens = 8,
  base_url = perigee.env("ANTHROPIC_BASE_URL", "http://127.0.0.1:1"),
}}
local started, ran, stopped = metrics.counter("started"), metrics.counter("ran"),
  metrics.counter("stopped")
{before}
local User = perigee.user {{ name = "guest" }}
function User.on_start(user) started:add(1, {{ vu = user.id }}) end
function User.on_stop(user) stopped:add(1, {{ vu = user.id }}) end
User:task("visit", function(user)
  ran:add()
  {body or ""}
end)
return {{
  users = {{ User }},
  options = {{ {options} }},
  {fields}
}}
"""


class LifecycleTest(EndToEndTest):
    def apart(self, result, name, /, **tags):
        """As Result.counter, of what is kept apart."""
        return sum(
            series["sum"]
            for metric in result.json["apart"]
            if metric["name"] == name
            for series in metric["series"]
            if all(series["tags"].get(key) == value for key, value in tags.items())
        )

    def check_hooks_of_users(self, result, vus):
        each = {str(vu): 1 for vu in range(1, vus + 1)}
        self.assertEqual(result.counts_by("started", "vu"), each)
        self.assertEqual(result.counts_by("stopped", "vu"), each)


class Setup(LifecycleTest):
    RETURNS = """
  setup = function()
    return { token = "t-1", list = { 10, 20, 30 }, deep = { on = true, text = "ä\\0z" }, n = 0.5 }
  end,
"""

    def test_what_it_returns_reaches_every_user_and_teardown(self):
        body = """
    local d = user.data
    perigee.check("whole", d.token == "t-1" and #d.list == 3 and d.list[3] == 30 and d.n == 0.5
      and d.deep.on == true and d.deep.text == "ä\\0z")
    perigee.sleep "50ms"
"""
        teardown = """teardown = function(data)
    perigee.log("token %s, %d entries, %s", data.token, #data.list, data.deep.text == "ä\\0z")
  end"""
        result = self.run_script(
            script(body, self.RETURNS + teardown), "-u", 6, "-i", 30, "--threads", 3, mock=None
        )
        self.assertCode(0, result)
        self.assertEqual(result.rate("checks"), (30, 30))
        self.assertEqual(result.stderr.count("token t-1, 3 entries, true"), 1)
        self.check_hooks_of_users(result, 6)

    def test_it_runs_once_and_before_all_users(self):
        before = 'local order = perigee.shared.counter("order")'
        fields = """setup = function()
    perigee.sleep "200ms"
    perigee.log("set up %d", order:add())
  end"""
        body = 'perigee.check("after setup", order:add() > 1)'
        flags = ["-u", 4, "-i", 8, "--threads", 3]
        result = self.run_script(script(body, fields, before=before), *flags, mock=None)
        self.assertCode(0, result)
        self.assertEqual(result.stderr.count("set up 1\n"), 1)
        self.assertEqual(result.rate("checks"), (8, 8))

    def test_without_it_and_where_it_returns_nothing_there_is_no_data(self):
        for fields in "", "setup = function() end":
            with self.subTest(fields=fields):
                body = 'perigee.check("no data", user.data == nil)'
                result = self.run_script(script(body, fields), "-i", 2, mock=None)
                self.assertCode(0, result)
                self.assertEqual(result.rate("checks"), (2, 2))

    def test_its_requests_are_apart(self):
        fields = """
  setup = function()
    for i = 1, 3 do claude:stream { messages = "Prepare" } end
  end,
  teardown = function() claude:create { messages = "Clean up" } end,
"""
        body = 'claude:stream { messages = "Hello" }'
        flags = ["-i", 5, "--threshold", "llm_requests count == 5"]
        result = self.run_script(script(body, fields), *flags)
        self.assertCode(0, result)
        self.assertEqual(result.counter("llm_requests"), 5)
        self.assertEqual(result.counter("http_reqs"), 5)
        self.assertEqual(self.apart(result, "llm_requests", scenario="setup"), 3)
        self.assertEqual(self.apart(result, "llm_requests", scenario="teardown"), 1)
        self.assertEqual(self.apart(result, "llm_requests"), 4)
        told = re.sub(r"\s+", " ", result.stdout)
        self.assertIn("setup: 3 requests, 0 failed", told)
        self.assertIn("teardown: 1 request, 0 failed", told)


class SetupFails(LifecycleTest):
    TEARDOWN = 'teardown = function() perigee.log("torn down") end,'

    def check_no_load(self, result):
        self.assertCode(107, result)
        self.assertEqual(result.json["run"]["end"], "setup_failed")
        for name in "started", "ran", "stopped", "iterations":
            self.assertEqual(result.counter(name), 0)
        self.assertNotIn("torn down", result.stderr)

    def test_an_error_ends_the_test_before_the_load(self):
        fields = 'setup = function() error("no database") end,' + self.TEARDOWN
        result = self.run_script(script(fields=fields), "-u", 2, "-d", "20s", mock=None, timeout=15)
        self.check_no_load(result)
        self.assertIn("no database", result.json["run"]["end_reason"])
        self.assertRegex(result.stderr, r"script\.lua:\d+: no database")
        self.assertIn("no database", result.stdout)

    def test_allowing_script_errors_does_not_allow_that(self):
        fields = 'setup = function() error("no database") end,' + self.TEARDOWN
        flags = ["-i", 2, "--allow-script-errors"]
        self.check_no_load(self.run_script(script(fields=fields), *flags, mock=None))

    def test_so_does_a_time_out(self):
        fields = 'setup = function() perigee.sleep "60s" end,' + self.TEARDOWN
        options = 'vus = 2, duration = "20s", setup_timeout = "300ms"'
        result = self.run_script(script("", fields, options), mock=None, timeout=15)
        self.check_no_load(result)
        reason = "setup() did not end within 300ms; options.setup_timeout allows it longer"
        self.assertEqual(result.json["run"]["end_reason"], reason)
        self.assertIn(reason, result.stderr)

    def test_what_is_no_plain_data_is_refused(self):
        fields = "setup = function() return { call = print } end," + self.TEARDOWN
        self.check_no_load(self.run_script(script(fields=fields), "-i", 1, mock=None))

    def test_an_abort_in_it_is_one(self):
        fields = 'setup = function() perigee.abort("nothing to test") end,' + self.TEARDOWN
        result = self.run_script(script(fields=fields), "-i", 2, mock=None)
        self.assertCode(108, result)
        self.assertEqual(result.json["run"]["end_reason"], "nothing to test")
        self.assertEqual(result.counter("ran"), 0)

    def test_ctrl_c_ends_it(self):
        fields = 'setup = function() perigee.log("begun") perigee.sleep "60s" end,' + self.TEARDOWN
        process = self.start_script(script(fields=fields), "-d", "20s", mock=None)
        process.wait_for_stderr("begun")
        process.send(signal.SIGINT)
        result = self.finish(process, 15)
        self.assertCode(105, result)
        self.assertEqual(result.counter("ran"), 0)


class Teardown(LifecycleTest):
    FIELDS = """
  setup = function() return { token = "t-1" } end,
  teardown = function(data) perigee.log("torn down %s", data.token) end,
"""
    DONE = "torn down t-1"

    def test_after_the_load(self):
        before = 'local order = perigee.shared.counter("order")'
        fields = 'teardown = function() perigee.log("torn down after %d", order:get()) end'
        body = 'perigee.sleep "10ms" order:add()'
        flags = ["-u", 4, "-i", 12, "--threads", 3]
        result = self.run_script(script(body, fields, before=before), *flags, mock=None)
        self.assertCode(0, result)
        self.assertEqual(result.stderr.count("torn down after 12"), 1)

    def test_after_an_interruption(self):
        body = 'perigee.log("begun") perigee.sleep "200ms"'
        flags = ["-u", 2, "-d", "30s"]
        process = self.start_script(script(body, self.FIELDS), *flags, mock=None)
        process.wait_for_stderr("begun")
        process.send(signal.SIGINT)
        result = self.finish(process, 15)
        self.assertCode(105, result)
        self.assertEqual(result.stderr.count(self.DONE), 1)
        self.check_hooks_of_users(result, 2)

    def test_after_an_interruption_at_once(self):
        process = self.start_script(
            script('perigee.log("begun") perigee.sleep "30s"', self.FIELDS),
            *["-u", 2, "-d", "30s"],
            mock=None,
        )
        process.wait_for_stderr("begun")
        process.send(signal.SIGINT)
        process.wait_for_stderr("again to stop at once")
        process.send(signal.SIGINT)
        result = self.finish(process, 15)
        self.assertCode(105, result)
        self.assertEqual(result.stderr.count(self.DONE), 1)

    def test_after_a_threshold_ended_the_test(self):
        options = """vus = 2, duration = "30s",
          thresholds = { { "ran count < 3", abort_on_fail = true } }"""
        result = self.run_script(
            script('perigee.sleep "50ms"', self.FIELDS, options), mock=None, timeout=20
        )
        self.assertCode(99, result)
        self.assertEqual(result.json["run"]["end"], "threshold_abort")
        self.assertEqual(result.stderr.count(self.DONE), 1)
        self.assertEqual(result.counter("interrupted_iterations"), 2)

    def test_a_threshold_ends_the_test_at_once_without_on_stop(self):
        options = """vus = 2, duration = "30s",
          thresholds = { { "ran count < 3", abort_on_fail = true } }"""
        text = script('perigee.sleep "50ms"', self.FIELDS, options)
        result = self.run_script(text, mock=None, timeout=20)
        self.assertCode(99, result)
        self.assertEqual(result.counter("started"), 2)
        self.assertEqual(result.counter("stopped"), 0)
        self.assertEqual(result.stderr.count(self.DONE), 1)

    def test_after_an_abort_and_after_script_errors(self):
        for body, code in ('perigee.abort("enough")', 108), ('error("mistake")', 107):
            with self.subTest(body=body):
                result = self.run_script(script(body, self.FIELDS), "-i", 3, mock=None)
                self.assertCode(code, result)
                self.assertEqual(result.stderr.count(self.DONE), 1)

    def test_its_error_fails_the_run_and_leaves_the_figures(self):
        fields = 'teardown = function() error("cannot clean up") end'
        result = self.run_script(script("", fields), "-i", 3, mock=None)
        self.assertCode(107, result)
        self.assertEqual(result.json["run"]["verdict"], "script_errors")
        self.assertEqual(result.counter("ran"), 3)
        (error,) = result.json["hook_errors"]
        self.assertEqual(error["hook"], "teardown")
        self.assertRegex(error["text"], r"script\.lua:\d+: cannot clean up")
        self.assertIn("cannot clean up", result.stderr)
        self.assertIn("cannot clean up", result.stdout)

    def test_so_does_its_time_out(self):
        fields = 'teardown = function() perigee.sleep "60s" end'
        flags = ["-i", 3, "--teardown-timeout", "300ms"]
        result = self.run_script(script("", fields), *flags, mock=None, timeout=15)
        self.assertCode(107, result)
        (error,) = result.json["hook_errors"]
        self.assertIn("teardown() did not end within 300ms", error["text"])
        self.assertEqual(result.counter("ran"), 3)

    def test_both_can_be_left_out(self):
        fields = """
  setup = function() perigee.log("set up") return { token = "t-1" } end,
  teardown = function(data) perigee.log("torn down %s", data and data.token) end,
"""
        body = 'perigee.check("data", user.data ~= nil)'
        for flags, hooks, data in [
            (["--no-setup"], ["torn down nil"], 0),
            (["--no-teardown"], ["set up"], 2),
            (["--no-setup", "--no-teardown"], [], 0),
        ]:
            with self.subTest(flags=flags):
                result = self.run_script(script(body, fields), "-i", 2, *flags, mock=None)
                self.assertCode(0, result)
                said = re.findall(r"(set up|torn down .*)$", result.stderr, re.MULTILINE)
                self.assertEqual(said, hooks)
                self.assertEqual(result.rate("checks"), (data, 2))


class Summary(LifecycleTest):
    def summarize(self, returned, *flags, **options):
        fields = f"summary = function(result) {returned} end"
        body = 'claude:stream { messages = "Hello" }'
        return self.run_script(script(body, fields), "-i", 3, *flags, **options)

    def test_a_text_takes_the_place_of_ours(self):
        result = self.summarize('return "all in all: " .. result.run.verdict .. "\\n"')
        self.assertCode(0, result)
        self.assertEqual(result.stdout, "all in all: passed\n")

    def test_nil_leaves_ours(self):
        result = self.summarize("return nil")
        self.assertCode(0, result)
        self.assertTrue(result.stdout.startswith("PASSED   "), result.stdout)
        self.assertIn("latency", result.stdout)

    def test_texts_by_name_are_files(self):
        result = self.summarize(
            """return { stdout = "short\\n", stderr = "aside\\n", ["report.md"] = "# Report\\n" }"""
        )
        self.assertCode(0, result)
        self.assertEqual(result.stdout, "short\n")
        self.assertTrue(result.stderr.endswith("aside\n"), result.stderr)
        self.assertEqual((self.folder / "report.md").read_text(), "# Report\n")

    def test_without_stdout_nothing_is_printed(self):
        result = self.summarize("""return { ["report.md"] = result.text }""")
        self.assertCode(0, result)
        self.assertEqual(result.stdout, "")
        self.assertTrue((self.folder / "report.md").read_text().startswith("PASSED   "))

    def test_a_file_that_cannot_be_written_fails_the_run(self):
        result = self.summarize("""return { ["/dev/full"] = "x" }""")
        self.assertEqual(result.code, 1, str(result))
        self.assertIn("/dev/full", result.stderr)

    def test_it_gets_the_figures_of_the_result_file(self):
        result = self.summarize(
            """
    local m = result.metrics
    perigee.log("seen %s", require("perigee.json").encode {
      schema = result.schema, seed = result.run.seed, code = result.run.exit_code,
      requests = m.llm_requests.values.count, ttft = m.llm_ttft.values,
      by = m.llm_ttft.by.task.visit.p95, rate = m.iterations.values.rate,
      failed = m.llm_request_failed.values, empty = m.llm_stalls.values,
      threshold = result.thresholds[1], vus = result.options.scenarios.default.vus,
      nothing = m.vu_wait.values.count, p95 = m.vu_wait.values.p95 == nil,
      apart = result.apart == nil, text = result.text,
    })""",
            *["--threshold", "llm_requests count == 3", "--summary", "full"],
        )
        self.assertCode(0, result)
        seen = json.loads(re.search(r"seen (\{.*\})$", result.stderr, re.MULTILINE).group(1))
        self.assertEqual(seen["schema"], "perigee-result")
        self.assertEqual(seen["seed"], result.json["run"]["seed"])
        self.assertEqual(seen["code"], 0)
        self.assertEqual(seen["requests"], 3)
        self.assertEqual(seen["nothing"], 0)
        self.assertTrue(seen["p95"])
        self.assertTrue(seen["apart"])
        self.assertEqual(seen["vus"], 1)
        ttft = result.trend("llm_ttft")
        self.assertEqual(seen["ttft"]["count"], 3)
        self.assertAlmostEqual(seen["ttft"]["p95"], ttft.percentile(95))
        self.assertAlmostEqual(seen["ttft"]["avg"], ttft.avg)
        self.assertAlmostEqual(seen["by"], ttft.percentile(95))
        self.assertAlmostEqual(seen["rate"], 3 / result.json["run"]["judged_s"], places=3)
        self.assertEqual(seen["failed"], {"rate": 0, "count": 0, "total": 3})
        self.assertEqual(seen["empty"]["count"], 0)
        self.assertEqual(seen["threshold"]["verdict"], "passed")
        # Printed by us, as it is nil that summary() returns.
        self.assertEqual(seen["text"].strip(), result.stdout.strip())

    def test_its_error_fails_the_run_and_ours_is_printed(self):
        result = self.summarize('error("no printer")')
        self.assertCode(107, result)
        self.assertIn("latency", result.stdout)
        (error,) = result.json["hook_errors"]
        self.assertEqual(error["hook"], "summary")
        self.assertIn("no printer", error["text"])

    def test_so_does_its_time_out(self):
        flags = ["--summary-timeout", "300ms"]
        result = self.summarize('perigee.sleep "60s"', *flags, timeout=15)
        self.assertCode(107, result)
        self.assertIn("summary() did not end within 300ms", result.stderr)
        self.assertIn("latency", result.stdout)

    def test_it_runs_after_teardown_and_after_a_failed_setup(self):
        fields = """
  setup = function() SETUP end,
  teardown = function() perigee.log("torn down") end,
  summary = function(result) return result.run["end"] .. "\\n" end,
"""
        result = self.run_script(script("", fields.replace("SETUP", "")), "-i", 1, mock=None)
        self.assertCode(0, result)
        self.assertEqual(result.stdout, "finished\n")
        failing = fields.replace("SETUP", 'error("no database")')
        result = self.run_script(script("", failing), "-i", 1, mock=None)
        self.assertCode(107, result)
        self.assertEqual(result.stdout, "setup_failed\n")


class HooksThatNeverWait(LifecycleTest):
    """The watchdog ends what its time-out cannot."""

    def check_it_ends(self, hook):
        script = chat_script(options=f'{hook}_timeout = "1s"').replace(
            "default =", f"{hook} = function() while true do end end, default ="
        )
        result = self.run_script(script, "-i", 1, timeout=60)
        self.assertCode(107, result)
        self.assertLess(result.seconds, 30)
        return result

    def test_setup(self):
        self.assertEqual(self.check_it_ends("setup").counter("iterations"), 0)

    def test_teardown(self):
        self.assertEqual(self.check_it_ends("teardown").counter("iterations"), 1)

    def test_summary(self):
        self.assertEqual(self.check_it_ends("summary").counter("iterations"), 1)

    def test_what_a_stopped_teardown_came_to_is_not_the_summary(self):
        script = chat_script(options='teardown_timeout = "1s"').replace(
            "default =",
            """
            teardown = function() while true do end end,
            summary = function() return "ours" end,
            default =""",
        )
        result = self.run_script(script, "-i", 1, timeout=60)
        self.assertCode(107, result)
        self.assertEqual(result.stdout, "ours\n")


class EndsInSummary(LifecycleTest):
    def run_summary(self, call):
        script = chat_script().replace("default =", f"summary = function() {call} end, default =")
        return self.run_script(script, "-i", 1)

    def test_fail_in_it_fails_the_run(self):
        result = self.run_summary('perigee.fail "bad"')
        self.assertCode(110, result)
        self.assertEqual(result.json["failures"], ["bad"])

    def test_abort_in_it_is_one(self):
        result = self.run_summary('perigee.abort "enough"')
        self.assertCode(108, result)
        self.assertIn("enough", result.stdout)


class WarmUp(LifecycleTest):
    def test_it_is_in_no_metric_and_no_threshold_and_shown_apart(self):
        before = 'local asked = perigee.shared.counter("asked")'
        # The first second's requests fail: a cold server.
        body = """
    local cold = perigee.execution.test.elapsed < 0.8
    perigee.check("warm", not cold)
    asked:add()
    claude:stream { messages = "Hello", max_tokens = cold and 0 or 8 }
    perigee.sleep "50ms"
"""
        teardown = 'teardown = function() perigee.log("asked %d", asked:get()) end'
        options = """vus = 4, duration = "2s", warmup = "1s",
          thresholds = { "checks rate == 100%", "checks{check=warm} rate == 100%",
            "llm_request_failed rate == 0%" }"""
        result = self.run_script(script(body, teardown, options, before), mock=FAST)
        self.assertCode(0, result)
        run = result.json["run"]
        self.assertEqual(run["warmup_s"], 1)
        self.assertAlmostEqual(run["judged_s"], run["elapsed_s"] - 1, places=6)
        trues, total = result.rate("checks")
        self.assertEqual(trues, total)
        self.assertGreater(total, 0)
        asked = int(re.search(r"asked (\d+)", result.stderr).group(1))
        requests = result.counter("llm_requests")
        self.assertEqual(requests + self.apart(result, "llm_requests"), asked)
        self.assertGreater(self.apart(result, "iterations"), 0)
        # What the users were told at their start lies in it, too.
        self.assertEqual(self.apart(result, "started"), 4)
        self.assertEqual(result.counter("started"), 0)
        self.assertEqual(result.counter("stopped"), 4)
        told = re.sub(r"\s+", " ", result.stdout)
        self.assertIn(f"warm-up 1s: {asked - requests:.0f} requests", told)
        self.assertIn("with a warm-up of 1s", told)

    def test_a_threshold_does_not_end_the_test_within_it(self):
        options = """vus = 1, duration = "2500ms", warmup = "2s",
          thresholds = { { "checks rate > 99%", abort_on_fail = true } }"""
        body = """
    perigee.check("warm", perigee.execution.test.elapsed > 1.5)
    perigee.sleep "50ms"
"""
        self.assertCode(0, self.run_script(script(body, "", options), mock=None))

    def test_all_of_the_test_as_warm_up_leaves_nothing_to_judge(self):
        flags = ["-i", 3, "--warmup", "10s", "--threshold", "iteration_duration p(95) < 10s"]
        result = self.run_script(script(), *flags, mock=None)
        self.assertCode(99, result)
        self.assertEqual(result.counter("iterations"), 0)
        self.assertEqual(self.apart(result, "iterations"), 3)


class Execution(LifecycleTest):
    def test_it_says_where_the_vu_stands(self):
        body = """
    local e = perigee.execution
    perigee.check("vu", e.vu.id == user.id and e.vu.iteration == user.iteration - 1)
    perigee.check("workers", e.test.workers == 3)
    perigee.check("seed", e.test.seed == 4711)
    perigee.check("progress", e.scenario.progress == nil or
      (e.scenario.progress >= 0 and e.scenario.progress <= 1))
    local since_scenario = e.scenario.elapsed
    perigee.check("elapsed", since_scenario >= 0 and e.test.elapsed >= since_scenario)
    seen:add(1, { name = e.scenario.name .. "/" .. e.scenario.executor,
      number = e.scenario.iteration_in_test })
    local timed = e.scenario.progress
    if timed then off:add(math.abs(timed - e.scenario.elapsed / 0.5)) end
    perigee.check("timed", (timed ~= nil) == (e.scenario.name == "open"))
"""
        before = 'local seen, off = metrics.counter("seen"), metrics.trend("off")'
        options = """scenarios = {
          shared = { executor = "shared-iterations", vus = 3, iterations = 12 },
          each = { executor = "per-vu-iterations", vus = 2, iterations = 6 },
          open = { executor = "constant-arrival-rate", rate = 24, duration = "500ms",
            start_time = "300ms" },
        }"""
        flags = ["--threads", 3, "--seed", 4711]
        result = self.run_script(script(body, "", options, before), *flags, mock=None)
        self.assertCode(0, result)
        self.assertEqual(result.rate("checks"), (6 * 36, 6 * 36))
        self.assertEqual(
            result.counts_by("seen", "name"),
            {
                "shared/shared-iterations": 12,
                "each/per-vu-iterations": 12,
                "open/constant-arrival-rate": 12,
            },
        )
        # Every number occurs once in each scenario.
        for scenario in "shared", "each", "open":
            for number in range(12):
                count = result.counter("seen", scenario=scenario, number=str(number))
                self.assertEqual(count, 1, (scenario, number))
        self.assertEqual(result.trend("off").count, 12)
        self.assertLess(result.trend("off").max, 0.01)


class HooksOfUsers(LifecycleTest):
    def test_they_run_around_the_load_with_all_others(self):
        fields = """
  setup = function() order:add() end,
  teardown = function() perigee.log("order %d", order:add()) end,
  summary = function() return "done\\n" end,
"""
        before = """
local order = perigee.shared.counter("order")
"""
        for threads in 1, 3:
            with self.subTest(threads=threads):
                flags = ["-u", 5, "-i", 5, "--threads", threads]
                text = script('order:add() perigee.sleep "50ms"', fields, before=before)
                result = self.run_script(text, *flags, mock=None)
                self.assertCode(0, result)
                self.check_hooks_of_users(result, 5)
                self.assertIn("order 7\n", result.stderr)

    def test_users_of_open_executors_have_theirs(self):
        options = """scenarios = { a = { executor = "constant-arrival-rate", rate = 20,
          duration = "500ms", pre_allocated_vus = 4, max_vus = 4 } }"""
        flags = ["--threads", 3]
        result = self.run_script(script("", "", options), *flags, mock=None)
        self.assertCode(0, result)
        self.check_hooks_of_users(result, 4)
        self.assertEqual(result.counter("ran"), 10)


if __name__ == "__main__":
    unittest.main()
