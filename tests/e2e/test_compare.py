"""perigee compare: runs of a mock set against one another."""

import json
import pathlib
import re
import unittest

from harness import EndToEndTest, chat_script

TTFT_MS, SECONDS = 40, 12
SCRIPT = chat_script(options=f'vus = 4, duration = "{SECONDS}s"')


def mock_flags(ttft_ms=TTFT_MS):
    return f"--ttft {ttft_ms}ms --itl 1ms --tokens 4 --tokens-per-delta 1"


class Compare(EndToEndTest):
    shared = None

    def setUp(self):
        super().setUp()
        if Compare.shared is None:
            Compare.shared = self.make_runs()
        for name, text in Compare.shared.items():
            self.write(name, text)

    def make_runs(self):
        """Three runs side by side: two alike and one with 1.3 times the time to first token."""
        factors = {"base.json": 1, "same.json": 1, "slow.json": 1.3}
        script = self.write("chat.lua", SCRIPT)
        started = {
            name: self.start_script(script, mock=mock_flags(TTFT_MS * factor))
            for name, factor in factors.items()
        }
        runs = {}
        for name, process in started.items():
            self.assertCode(0, self.finish(process))
            runs[name] = process.json_path.read_text()
        return runs

    def changed(self, name, source, change):
        """A copy of a run's file after `change(document)`."""
        document = json.loads(Compare.shared[source])
        change(document)
        self.write(name, json.dumps(document))
        return name

    def compare(self, *arguments):
        return self.command("compare", *arguments)

    def verdict(self, result, figure):
        for line in result.stdout.splitlines():
            if line.startswith(figure + " "):
                return re.split(r"\s{2,}", line)[-1]
        raise AssertionError(f"no row {figure!r} in:\n{result.stdout}")

    def test_equal_runs_give_no_evidence(self):
        gate = "llm_ttft med worse by 5%"
        result = self.compare("base.json", "same.json", "--fail-if", gate)
        self.assertCode(0, result)
        self.assertIn("PASSED   the gate passed", result.stdout)
        self.assertIn("within-run evidence only", result.stdout)
        self.assertIn("nothing of how runs of the same thing differ", " ".join(result.stdout.split()))
        self.assertIn(f"✓ {gate}", result.stdout)

    def test_a_slower_server_fails_the_gate(self):
        result = self.compare(
            *("base.json", "slow.json", "--fail-if", "llm_ttft p(95) worse by 5%"),
            *("--fail-if", "llm_request_failed rate worse by 1%"),
            *("--markdown", "out.md", "--html", "out.html", "--json", "out.json"),
        )
        self.assertCode(99, result)
        self.assertIn("FAILED   1 of 2 gates failed", result.stdout)
        self.assertIn("✗ llm_ttft p(95) worse by 5%", result.stdout)
        self.assertIn("✓ llm_request_failed rate worse by 1%", result.stdout)
        self.assertEqual(self.verdict(result, "llm_ttft med"), "worse")
        self.assertEqual(self.verdict(result, "llm_requests rate"), "worse")
        self.check_documents()
        # Turned round it is better, which no gate minds.
        turned = self.compare("slow.json", "base.json", "--fail-if", "llm_ttft p(95) worse")
        self.assertCode(0, turned)
        self.assertEqual(self.verdict(turned, "llm_ttft p(95)"), "better")

    def check_documents(self):
        document = json.loads((self.folder / "out.json").read_text())
        self.assertEqual(document["schema"], "perigee-comparison")
        self.assertEqual(document["evidence"], "within_run")
        self.assertEqual(document["exit_code"], 99)
        figure = next(f for f in document["figures"] if f["figure"] == "llm_ttft p(95)")
        self.assertEqual(figure["verdict"], "worse")
        self.assertAlmostEqual(figure["change"], 0.3, delta=0.1)
        self.assertLess(figure["interval"]["low"], figure["change"])
        self.assertEqual([g["verdict"] for g in document["gates"]], ["failed", "passed"])
        markdown = (self.folder / "out.md").read_text()
        self.assertIn("| `llm_ttft p(95) worse by 5%` | failed |", markdown)
        self.assertRegex(markdown, r"(?m)^\| llm\\_ttft med \|.*\| worse \|$")
        html = (self.folder / "out.html").read_text()
        self.assertIn("<td>llm_ttft med</td>", html)
        self.assertNotRegex(html, r"<script|src=|href=")

    def test_several_runs_a_side_are_run_to_run_evidence(self):
        sides = ["--base", "base.json", "--base", "same.json", "--new", "slow.json"]
        result = self.compare(*sides, "--json", "out.json")
        self.assertCode(0, result)
        self.assertIn("run to run: 2 runs on the base's side, 1 run on the new one", result.stdout)
        self.assertNotIn("within-run", result.stdout)
        document = json.loads((self.folder / "out.json").read_text())
        figure = next(f for f in document["figures"] if f["figure"] == "llm_ttft med")
        self.assertEqual(len(figure["base"]), 2)
        self.assertEqual(figure["degrees_of_freedom"], 1)

    def test_another_load_or_model_is_not_comparable(self):
        def more_users(document):
            document["options"]["scenarios"]["default"]["vus"] = 8

        self.changed("more.json", "same.json", more_users)
        gate = ["--fail-if", "llm_ttft med worse"]
        result = self.compare("base.json", "more.json", *gate)
        self.assertCode(98, result)
        self.assertIn(
            "load: scenarios.default.vus is 4 in base.json and 8 in more.json", result.stdout
        )
        self.assertEqual(self.verdict(result, "llm_ttft med"), "not comparable")
        self.assertIn("NOT JUDGED", result.stdout)
        self.assertCode(0, self.compare("base.json", "more.json"))
        across = self.compare("base.json", "more.json", "--across", "load")
        self.assertNotIn("NOT COMPARABLE", across.stdout)
        self.assertIn("caution", across.stdout)

    def test_a_file_of_schema_version_1_says_what_it_lacks(self):
        def make_old(document):
            document["schema_version"] = 1
            for name in ("trends", "rates", "failures", "input_tokens"):
                document["intervals"].pop(name, None)

        old = self.changed("old.json", "base.json", make_old)
        older = self.changed("older.json", "same.json", make_old)
        result = self.compare(old, "slow.json", "--fail-if", "llm_ttft med worse")
        self.assertCode(98, result)
        words = " ".join(result.stdout.split())
        self.assertIn("old.json: a file of schema version 1 does not have the run's course", words)
        # Several runs a side need no course.
        several = self.compare("--base", old, "--base", older, "--new", "slow.json")
        self.assertCode(0, several)
        self.assertNotIn("schema version 1", several.stdout)

    def test_bad_flags_and_files_are_refused(self):
        self.write("notes.json", '{"a": 1}')
        for arguments, words in [
            (["base.json", "notes.json"], "notes.json: is no result file"),
            (["base.json", "absent.json"], "cannot read absent.json"),
            (["base.json"], "expected two files, base and new"),
            ([], "what to compare is missing"),
            (["--base", "base.json"], "--new is missing"),
            (["base.json", "base.json"], "base.json is given twice"),
            (["base.json", "same.json", "--fail-if", "llm_tft med worse"], 'mean "llm_ttft"'),
            (
                ["base.json", "same.json", "--fail-if", "llm_ttft worse by 5%"],
                '--fail-if "llm_ttft worse by 5%": expected an aggregate',
            ),
            (["base.json", "same.json", "--across", "laod"], 'did you mean "load"'),
            (["base.json", "same.json", "--html", "no/such.html"], "--html: no/such.html"),
            (["base.json", "same.json", "--fail", "x"], 'unknown flag "--fail"'),
        ]:
            with self.subTest(arguments=arguments):
                result = self.compare(*arguments)
                self.assertCode(104, result)
                self.assertIn(words, result.stderr)
                self.assertEqual(result.stdout, "")
                self.assertFalse(pathlib.Path(self.folder / "no").exists())


if __name__ == "__main__":
    unittest.main()
