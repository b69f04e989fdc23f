"""A suite: several scripts as one test, with one exit code and one report."""

import json
import re
import signal
import unittest

from harness import FAST, EndToEndTest, Process, chat_script
from junit import Junit

PASSES = chat_script(options="iterations = 3")
FAILS = chat_script(options='iterations = 3, thresholds = { "llm_ttft p(95) < 1ms" }')
BROKEN = "return {\n  default = function( end }\n"
SLOW = chat_script('perigee.log("begun") perigee.sleep "100ms"', options='duration = "30s"')
THREE = {"a_test.lua": PASSES, "b/b_test.lua": FAILS, "c_test.lua": PASSES}


class SuiteTest(EndToEndTest):
    def write_suite(self, scripts):
        for name, text in scripts.items():
            self.write(f"suite/{name}", text)

    def arguments(self, *flags, mock=FAST, paths=("suite",)):
        self.junit_path, self.markdown_path = self.folder / "j.xml", self.folder / "m.md"
        reports = ["--junit", self.junit_path, "--markdown", self.markdown_path]
        return ["test", *paths, "--mock", "--mock-args", mock, *flags, *reports]

    def run_suite(self, scripts, *flags, env=None, **options):
        self.write_suite(scripts)
        result = self.command(*self.arguments(*flags, **options), env=env)
        if result.code != 104 or self.junit_path.exists():
            self.read_reports()
        return result

    def read_reports(self):
        self.junit = Junit(self.junit_path)
        self.markdown = self.markdown_path.read_text()

    def scripts_run(self, result):
        return re.findall(r"^\[\d+/\d+\] suite/(\S+)$", result.stderr, re.M)


class Verdicts(SuiteTest):
    def test_three_scripts_of_which_one_fails(self):
        result = self.run_suite(THREE, "--json", "results")
        self.assertCode(99, result)
        self.assertEqual(self.scripts_run(result), list(THREE))
        self.assertIn("FAILED   2 of 3 scripts passed\n", result.stdout)
        rows = result.table("script")
        self.assertEqual(rows["suite/a_test.lua"]["verdict"], "passed")
        self.assertEqual(rows["suite/b/b_test.lua"]["thresholds"], "1 of 1 failed")
        self.assertEqual(rows["all"]["requests"], "9")
        self.assertRegex(result.stdout, r"\n  ✗ llm_ttft p\(95\) < 1ms: measured ")
        # The summary of the one that failed, and of no other.
        self.assertEqual(re.findall(r"^── (.*)$", result.stdout, re.M), ["suite/b/b_test.lua"])

        self.assertEqual(len(self.junit.suites), 3)
        (problem,) = self.junit.problems
        self.assertEqual(problem[0], "threshold llm_ttft p(95) < 1ms")
        self.assertEqual(self.junit.suite("b/b_test.lua").problems, [problem])
        self.assertIn("## ❌ Suite: 2 of 3 scripts passed\n", self.markdown)
        self.assertIn("| suite/b/b\\_test.lua | ❌ failed | 1 of 1 failed | 3 | 0 |", self.markdown)
        self.assertIn("| `llm_ttft p(95) < 1ms` | ❌ |", self.markdown)

        codes = {}
        for path in (self.folder / "results").rglob("*.json"):
            run = json.loads(path.read_text())["run"]
            codes[str(path.relative_to(self.folder / "results"))] = run["exit_code"]
        self.assertEqual(codes, {"a_test.json": 0, "b/b_test.json": 99, "c_test.json": 0})

    def test_a_suite_that_passes(self):
        result = self.run_suite({"a_test.lua": PASSES, "b_test.lua": PASSES})
        self.assertCode(0, result)
        self.assertTrue(result.stdout.startswith("PASSED   2 scripts passed\n"), result.stdout)
        self.assertEqual(self.junit.problems, [])

    def test_a_script_that_does_not_load_is_its_own_error(self):
        result = self.run_suite({"a_test.lua": BROKEN, "b_test.lua": PASSES})
        self.assertCode(104, result)
        self.assertEqual(self.junit.suite("b_test.lua").problems, [])
        (problem,) = self.junit.suite("a_test.lua").problems
        self.assertEqual(problem[:3], ("the script can be run", "error", "bad_options"))
        self.assertIn("a_test.lua:2:", result.stdout)
        self.assertIn("### ❌ suite/a\\_test.lua: CANNOT RUN", self.markdown)

    def test_the_gravest_exit_code_is_the_suites(self):
        errors = chat_script('error("x")', options="iterations = 1")
        self.assertCode(107, self.run_suite({"a_test.lua": FAILS, "b_test.lua": errors}))


class Selection(SuiteTest):
    def listed(self, *flags):
        return self.command("test", "suite", "--list", *flags).stdout.splitlines()

    def test_list_filter_and_shards(self):
        self.write_suite(THREE | {"suite.lua": "return {}", "helper.lua": "return {}"})
        everything = [f"suite/{name}" for name in THREE]
        self.assertEqual(self.listed(), everything)
        self.assertEqual(self.listed("--filter", "b/"), ["suite/b/b_test.lua"])
        self.assertEqual(self.listed("--filter", "suite/?_test.lua"), [everything[0], everything[2]])
        parts = [self.listed("--shard", f"{part}/2") for part in (1, 2)]
        self.assertEqual(parts, [[everything[0], everything[2]], [everything[1]]])
        self.assertEqual(self.listed("--shard", "4/4"), [])

    def test_an_empty_shard_passes_and_says_so(self):
        result = self.run_suite({"a_test.lua": FAILS}, "--shard", "2/2")
        self.assertCode(0, result)
        self.assertEqual(result.stdout, "PASSED   there was no script to run\n")
        self.assertEqual(self.junit.suites, [])

    def test_what_selects_nothing_or_is_no_selection_is_an_error(self):
        self.write_suite({"a_test.lua": PASSES})
        self.write("empty/notes.lua", "return {}")
        for flags, message in [
            (["empty"], "test: no script found: nothing in or below empty ends in _test.lua"),
            (["gone"], "test: gone: no such folder or script"),
            (["suite", "--filter", "z"], '--filter: none of the 1 scripts has "z" in its path'),
            (["suite", "--shard", "3/2"], '--shard: expected a part such as 2/4'),
            (["suite", "--mock-args", "--itl 1ms"], "--mock-args: goes with --mock"),
            (["suite", "--json", "suite/a_test.lua"], "--json: suite/a_test.lua: expected a folder"),
            (["suite", "--junit", "gone/x.xml"], "--junit: gone/x.xml: No such file or directory"),
            (["suite", "--shrad", "1/2"], 'unknown flag "--shrad" (did you mean "--shard"?)'),
        ]:
            with self.subTest(flags=flags):
                result = self.command("test", *flags)
                self.assertEqual(result.code, 104, str(result))
                self.assertIn(message, result.stderr)

    def test_fail_fast_skips_the_rest(self):
        result = self.run_suite({"a_test.lua": FAILS, "b_test.lua": PASSES}, "--fail-fast")
        self.assertCode(99, result)
        self.assertEqual(self.scripts_run(result), ["a_test.lua"])
        self.assertIn("FAILED   0 of 2 scripts passed, 1 not run\n", result.stdout)
        self.assertEqual(len(self.junit.problems), 1)
        case = self.junit.suite("b_test.lua").cases["the script is run"]
        self.assertIn("--fail-fast", case.find("skipped").get("message"))
        self.assertIn("### ⏭️ suite/b\\_test.lua: not run", self.markdown)


class SharedOptions(SuiteTest):
    COUNTS = chat_script('claude:stream { messages = perigee.env("WHO", "?") }')

    def test_a_suite_has_options_that_its_scripts_override(self):
        scripts = {
            "suite.lua": 'return { iterations = 4, thresholds = { "llm_ttft p(95) < 1ms" } }',
            "a_test.lua": self.COUNTS,
            "b_test.lua": chat_script(options='thresholds = { "llm_requests count > 1" }'),
            "c/suite.lua": "return { iterations = 2 }",
            "c/c_test.lua": self.COUNTS,
            "d_test.lua": chat_script(options="iterations = 1"),
        }
        result = self.run_suite(scripts)
        self.assertCode(99, result)
        rows = result.table("script")
        requests = {name[6]: row["requests"] for name, row in rows.items() if name != "all"}
        self.assertEqual(requests, {"a": "4", "b": "4", "c": "2", "d": "1"})
        self.assertEqual(len(self.junit.problems), 2)  # a and d.

    def test_flags_hold_for_every_script(self):
        flags = ["-i", 2, "--threshold", "llm_requests count == 2", "-e", "WHO=me"]
        result = self.run_suite({"a_test.lua": self.COUNTS, "b_test.lua": FAILS}, *flags)
        self.assertCode(99, result)
        rows = result.table("script")
        self.assertEqual(rows["suite/a_test.lua"]["thresholds"], "1 passed")
        self.assertEqual(rows["suite/b_test.lua"]["thresholds"], "1 of 2 failed")

    def test_config_takes_their_place(self):
        self.write("own.json", '{ "iterations": 5 }')
        scripts = {"suite.lua": "return { iterations = 2 }", "a_test.lua": self.COUNTS}
        result = self.run_suite(scripts, "--config", "own.json")
        self.assertEqual(result.table("script")["suite/a_test.lua"]["requests"], "5")

    def test_a_mistake_in_them_is_an_error_that_names_the_file(self):
        for text, message in [
            ("return { durration = 3 }", 'suite/suite.lua: unknown field "durration"'),
            ("return 3", "suite/suite.lua: "),
            ("return {", "suite/suite.lua:1: "),
        ]:
            with self.subTest(text=text):
                result = self.run_suite({"suite.lua": text, "a_test.lua": PASSES})
                self.assertCode(104, result)
                self.assertIn(message, self.junit.problems[0][3])


class Interrupted(SuiteTest):
    def test_ctrl_c_stops_the_script_and_the_rest_is_not_run(self):
        self.write_suite({"a_test.lua": PASSES, "b_test.lua": SLOW, "c_test.lua": PASSES})
        process = self.start(self.arguments())
        process.wait_for_stderr("begun")
        process.send(signal.SIGINT)
        result = self.finish_suite(process)
        self.assertCode(105, result)
        self.assertIn("INTERRUPTED   1 of 3 scripts passed, 1 not run\n", result.stdout)
        self.assertEqual(
            [problem[:3] for problem in self.junit.problems],
            [
                ("the run comes to its end", "error", "interrupted"),
                ("the script is run", "error", "not_run"),
            ],
        )

    def test_also_where_the_load_is_over(self):
        teardown = 'teardown = function() perigee.log("cleaning") perigee.sleep "300ms" end'
        script = PASSES.replace("default =", f"{teardown},\n  default =")
        self.write_suite({"a_test.lua": script, "b_test.lua": PASSES})
        process = self.start(self.arguments())
        process.wait_for_stderr("cleaning")
        process.send(signal.SIGINT)
        result = self.finish_suite(process)
        self.assertCode(105, result)
        self.assertIn("INTERRUPTED   1 of 2 scripts passed, 1 not run\n", result.stdout)

    def start(self, arguments):
        process = Process(arguments, self.folder, name=self._name())
        self.addCleanup(process.kill)
        return process

    def finish_suite(self, process):
        result = self._result(process, None, 0, 20)
        self.read_reports()
        return result


class Github(SuiteTest):
    def test_annotations_name_the_script(self):
        result = self.run_suite(THREE, env={"GITHUB_ACTIONS": "true"})
        errors = [line for line in result.stdout.splitlines() if line.startswith("::error ")]
        self.assertEqual(len(errors), 1)
        self.assertTrue(errors[0].startswith("::error file=suite/b/b_test.lua,title=Threshold failed::"))


if __name__ == "__main__":
    unittest.main()
