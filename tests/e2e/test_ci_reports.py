"""What CI systems are told of a run: JUnit XML, Markdown, annotations."""

import re
import signal
import unittest

from harness import EndToEndTest, chat_script
from junit import Junit

ONE_OF_EACH = {
    "rate_limited": ["429"] * 3,
    "server_error": ["500", "502"],
    "overloaded": ["529"] * 4,
    "invalid_request": ["400"],
    "auth": ["401", "403"],
    "not_found": ["404"],
    "too_large": ["413"],
    "truncated": ["eof:event=4"] * 2,
    "reset": ["reset:event=4"],
    "timeout": ["stall:9s:event=4"],
    "refused": ["refusal"],
}
KINDS = {kind: len(faults) for kind, faults in ONE_OF_EACH.items()}

SCRIPT = chat_script().replace("max_tokens = 64 }", 'max_tokens = 64, timeouts = { silence = "1s" } }')


def faults():
    every = [fault for faults in ONE_OF_EACH.values() for fault in faults]
    return ",".join(f"{fault}#{number}" for number, fault in enumerate(every, 1))


def markdown_table(text, header):
    """The rows below the header's first cell: first cell -> the others."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(f"| {header} |"):
            break
    else:
        raise AssertionError(f"no table {header!r} in:\n{text}")
    rows = {}
    for line in lines:
        if not line.startswith("| "):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows[cells[0].replace("\\_", "_")] = cells[1:]
    rows.pop("---", None)
    return rows


class ReportTest(EndToEndTest):
    def run_reported(self, script, *flags, env=None, **options):
        self.junit_path = self.folder / "junit.xml"
        self.markdown_path = self.folder / "summary.md"
        flags = [*flags, "--junit", self.junit_path, "--markdown", self.markdown_path]
        result = self.run_script(script, *flags, env=env, **options)
        self.read_reports()
        return result

    def read_reports(self):
        self.junit = Junit(self.junit_path)
        self.markdown = self.markdown_path.read_text()

    def assertProblem(self, code, case, tag, kind):
        """Exactly this one, and the exit code beside it."""
        (problem,) = self.junit.problems
        self.assertEqual(problem[:3], (case, tag, kind))
        self.assertEqual(self.junit.suites[0].properties["exit_code"], str(code))
        return problem[3]


class Failures(ReportTest):
    def test_each_injected_kind_is_there_with_its_count(self):
        mock = f"--ttft 5ms --itl 1ms --tokens 10 --tokens-per-delta 1 --faults {faults()}"
        result = self.run_reported(SCRIPT, "-u", 4, "-i", 40, mock=mock)
        self.assertCode(0, result)
        kinds = result.counts_by("llm_requests", "error")
        kinds.pop("")
        self.assertEqual(kinds, KINDS)
        suite = self.junit.suites[0]
        self.assertEqual(suite.failures_by_kind(), KINDS)
        self.assertEqual(suite.properties["llm_requests"], "40")
        self.assertEqual(suite.properties["llm_requests.failed"], str(sum(KINDS.values())))
        self.assertEqual(self.junit.problems, [])
        rows = markdown_table(self.markdown, "failed with")
        self.assertEqual({kind: int(cells[0]) for kind, cells in rows.items()}, KINDS)

    def test_and_those_that_need_no_server(self):
        env = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1", "ANTHROPIC_API_KEY": "x"}
        self.assertCode(0, self.run_reported(SCRIPT, "-i", 7, mock=None, env=env))
        self.assertEqual(self.junit.suites[0].failures_by_kind(), {"connect": 7})
        rows = markdown_table(self.markdown, "failed with")
        self.assertEqual(rows, {"connect": ["7", "100%"]})

    def test_of_plain_http_as_well(self):
        script = """
local http = require "perigee.http"
return { default = function() http.get("/none") end }
"""
        self.assertCode(0, self.run_reported(script, "-i", 3))
        self.assertEqual(self.junit.suites[0].failures_by_kind("http_reqs"), {"not_found": 3})
        self.assertEqual(markdown_table(self.markdown, "failed with")["not_found"], ["3", "100%"])


class EveryExitCode(ReportTest):
    """What ends a run with a code other than 0 is a failure or an error; else there is none."""

    def test_passed(self):
        result = self.run_reported(chat_script(), "-i", 3, "--threshold", "llm_requests count > 1")
        self.assertCode(0, result)
        self.assertEqual(self.junit.problems, [])
        suite = self.junit.suites[0]
        self.assertIn("threshold llm_requests count > 1", suite.cases)
        self.assertIn("PASSED   the threshold passed", suite.output)
        self.assertTrue(self.markdown.startswith("## ✅ "), self.markdown)
        self.assertNotIn("::error", result.stdout)

    def test_a_threshold_failed(self):
        result = self.run_reported(chat_script(), "-i", 3, "--threshold", "llm_ttft p(95) < 1ms")
        self.assertCode(99, result)
        message = self.assertProblem(99, "threshold llm_ttft p(95) < 1ms", "failure", "threshold")
        self.assertRegex(message, r"^measured \d+.*ms")
        self.assertEqual(markdown_table(self.markdown, "threshold")["`llm_ttft p(95) < 1ms`"][0], "❌")

    def test_a_threshold_was_not_judged(self):
        flags = ["-d", "1s", "--graceful-stop", "0s", "--threshold", "llm_ttft p(95) < 60s"]
        result = self.run_reported(chat_script(), *flags, mock="--ttft 30s")
        self.assertCode(98, result)
        self.assertProblem(98, "threshold llm_ttft p(95) < 60s", "error", "not_judged")

    def test_a_script_error(self):
        result = self.run_reported(chat_script('error("boom <&> \\"x\\" \\27")'), "-i", 2)
        self.assertCode(107, result)
        message = self.assertProblem(107, "no script errors", "error", "script_error")
        self.assertRegex(message, r'2 × .*script.lua:\d+: boom <&> "x" ')
        self.assertIn('boom <&> "x"', self.markdown)

    def test_setup_and_teardown(self):
        for hook, code, case, kind in [
            ("setup", 107, "the run comes to its end", "setup_failed"),
            ("teardown", 107, "teardown() succeeds", "teardown"),
        ]:
            with self.subTest(hook=hook):
                script = f'return {{ default = function() end, {hook} = function() error("gone") end }}'
                self.assertCode(code, self.run_reported(script, "-i", 1))
                self.assertIn("gone", self.assertProblem(code, case, "error", kind))

    def test_abort_and_fail(self):
        for call, code, case, tag, kind in [
            ("abort", 108, "the run comes to its end", "error", "aborted"),
            ("fail", 110, "not marked as failed", "failure", "marked_as_failed"),
        ]:
            with self.subTest(call=call):
                script = chat_script(f'perigee.{call}("enough")')
                self.assertCode(code, self.run_reported(script, "-i", 1))
                self.assertEqual(self.assertProblem(code, case, tag, kind), "enough")

    def test_an_interruption(self):
        self.junit_path, self.markdown_path = self.folder / "j.xml", self.folder / "m.md"
        script = chat_script('perigee.log("begun") perigee.sleep "100ms"')
        flags = ["-d", "30s", "--junit", self.junit_path, "--markdown", self.markdown_path]
        process = self.start_script(script, *flags)
        process.wait_for_stderr("begun")
        process.send(signal.SIGINT)
        self.assertCode(105, self.finish(process, 20))
        self.read_reports()
        self.assertProblem(105, "the run comes to its end", "error", "interrupted")
        self.assertTrue(self.markdown.startswith("## ⚠️ "), self.markdown)

    def test_a_script_that_does_not_load(self):
        result = self.run_reported("return {\n  default = function( end }\n")
        self.assertEqual(result.code, 104)
        (problem,) = self.junit.problems
        self.assertEqual(problem[:3], ("the script can be run", "error", "bad_options"))
        self.assertIn("script.lua:2:", problem[3])
        self.assertIn("CANNOT RUN", self.markdown)

    def test_a_result_file_that_could_not_be_written(self):
        script = self.write("script.lua", "return { default = function() end }")
        path = self.folder / "junit.xml"
        result = self.command("run", script, "--json", "/dev/full", "--junit", path)
        self.assertEqual(result.code, 1)
        (problem,) = Junit(path).problems
        self.assertEqual(problem[:3], ("exit code 1", "error", "internal_error"))

    def test_a_failed_check_alone_fails_nothing(self):
        script = chat_script('perigee.check("a <b>|`c` & \\1", false)')
        self.assertCode(0, self.run_reported(script, "-i", 2))
        self.assertEqual(self.junit.problems, [])
        (name,) = (name for name in self.junit.suites[0].cases if name.startswith("check "))
        self.assertEqual(name, "check a <b>|`c` & \N{REPLACEMENT CHARACTER}")
        row = "| a &lt;b&gt;&#124;&#96;c&#96; &amp; ? | ❌ | 0 | 2 |"
        self.assertIn(row, self.markdown)


class Files(ReportTest):
    def test_what_could_not_be_written_is_said_before_the_run(self):
        script = self.write("script.lua", "return { default = function() end }")
        for flag in "--junit", "--markdown":
            result = self.command("run", script, flag, self.folder / "none" / "x")
            self.assertEqual(result.code, 104)
            self.assertRegex(result.stderr, rf"perigee: {flag}: .*none/x: No such file or directory")
            result = self.command("run", script, flag, script)
            self.assertEqual(result.code, 104)
            self.assertIn("is the script itself", result.stderr)
        result = self.command("run", script, "--junit", "x", "--markdown", "x")
        self.assertEqual(result.code, 104)
        self.assertIn("perigee: --markdown: x is the file of --junit", result.stderr)

    def test_a_job_summary_is_added_to_and_other_files_are_overwritten(self):
        script = self.write("script.lua", "return { default = function() end }")
        for name, variable, kept in [("step.md", True, True), ("own.md", False, False)]:
            path = self.write(name, "# before\n")
            env = {"GITHUB_STEP_SUMMARY": str(path)} if variable else {}
            self.assertEqual(self.command("run", script, "--markdown", path, env=env).code, 0)
            self.assertEqual(path.read_text().startswith("# before\n## ✅ "), kept)
            self.assertIn("## ✅ ", path.read_text())

    def test_a_report_of_a_result_file_says_the_same(self):
        threshold = ["--threshold", "llm_ttft p(95) < 1ms"]
        result = self.run_reported(chat_script(), "-i", 5, *threshold)
        again, markdown = self.folder / "again.xml", self.folder / "again.md"
        files = ["--junit", again, "--markdown", markdown]
        json_path = self.folder / "process1.json"
        report = self.command("report", json_path, *files)
        self.assertEqual(report.code, 0, str(report))
        self.assertEqual(Junit(again).problems, self.junit.problems)
        self.assertEqual(markdown.read_text(), self.markdown)
        self.assertEqual(again.read_text(), self.junit_path.read_text())

    def test_quick_writes_them_too(self):
        path = self.folder / "quick.xml"
        flags = ["--mock", "--prompt", "Hello", "-i", 3, "--junit", path]
        self.assertEqual(self.command("quick", *flags).code, 0)
        self.assertEqual(Junit(path).suites[0].properties["llm_requests"], "3")


class Annotations(EndToEndTest):
    def annotations(self, result):
        return [line for line in result.stdout.splitlines() if line.startswith("::")]

    def test_only_github_is_told(self):
        result = self.run_script(chat_script('error("x")'), "-i", 1)
        self.assertEqual(self.annotations(result), [])

    def test_what_failed_is_an_error_on_one_line(self):
        body = 'claude:stream { messages = "Hello" } error("50% of this: no,\\nnone")'
        env = {"GITHUB_ACTIONS": "true"}
        flags = ["-i", 1, "--threshold", "llm_ttft p(95) < 1ms"]
        result = self.run_script(chat_script(body), *flags, env=env)
        self.assertCode(107, result)
        errors = [line for line in self.annotations(result) if line.startswith("::error ")]
        self.assertEqual(len(errors), 2)
        path = str(self.folder / "process1/script.lua")
        self.assertRegex(
            errors[0],
            rf"^::error file={re.escape(path)},line=\d+,title=Script error::"
            r"1 × .*: 50%25 of this: no,%0Anone%0A",
        )
        self.assertRegex(errors[1], r",title=Threshold failed::llm_ttft p\(95\) < 1ms: measured ")

    def test_what_could_not_be_judged_is_a_warning(self):
        flags = ["-d", "1s", "--graceful-stop", "0s", "--threshold", "llm_ttft p(95) < 60s"]
        env = {"GITHUB_ACTIONS": "true"}
        result = self.run_script(chat_script(), *flags, mock="--ttft 30s", env=env)
        self.assertCode(98, result)
        (line,) = self.annotations(result)
        self.assertRegex(line, r"^::warning file=.*,title=Threshold not judged::llm_ttft p\(95\) < 60s")

    def test_a_script_that_does_not_load_points_to_its_line(self):
        env = {"GITHUB_ACTIONS": "true"}
        result = self.run_script("return {\n  default = function( end }\n", env=env)
        self.assertEqual(result.code, 104)
        (line,) = self.annotations(result)
        self.assertRegex(line, r"^::error file=.*/script.lua,line=2,title=Not run::")


if __name__ == "__main__":
    unittest.main()
