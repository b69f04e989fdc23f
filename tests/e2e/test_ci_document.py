"""docs/ci.md: its commands run as they stand there, and the suite of the examples passes."""

import os
import pathlib
import re
import subprocess
import textwrap
import unittest

from harness import BINARY, ROOT, EndToEndTest, clean_environment
from junit import Junit

DOCUMENT = (ROOT / "docs/ci.md").read_text()
SUITE = ROOT / "examples/suite"


def section(heading):
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", DOCUMENT, re.M | re.S).group(1)


def commands(heading):
    """Those of a section that run perigee: of its sh blocks, and of the scripts in its YAML."""
    text = section(heading)
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    for yaml in re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S):
        # "run: |" keeps its lines, "- >-" folds them into one.
        for mark, lines in re.findall(r"^ *(?:run: |- )(\||>-)\n((?: {6,}.*\n)+)", yaml, re.M):
            lines = textwrap.dedent(lines)
            blocks.append(lines if mark == "|" else lines.replace("\n", " "))
    return [block for block in blocks if "/perigee " in block]


class Document(EndToEndTest):
    def setUp(self):
        super().setUp()
        (self.folder / "build/release").mkdir(parents=True)
        (self.folder / "build/release/perigee").symlink_to(BINARY)
        (self.folder / "examples").symlink_to(ROOT / "examples")
        self.summary = self.folder / "step_summary.md"

    def run_command(self, command, **env):
        # The variable stands above what the scripts say, so that this does not take long.
        env = {
            "PERIGEE_DURATION": "200ms",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        } | env
        return subprocess.run(
            ["bash", "-euc", command],
            cwd=self.folder,
            env=clean_environment(env),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def assertPassed(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def scripts(self):
        return {suite.name for suite in Junit(self.folder / "results/junit.xml").suites}

    def test_a_suite(self):
        (command,) = commands("A suite")
        done = self.run_command(command)
        self.assertPassed(done)
        self.assertIn("PASSED   3 scripts passed", done.stdout)

    def test_the_shards_of_the_workflow_run_each_script_once(self):
        mocked, real = commands("GitHub Actions")
        seen = []
        for part in (1, 2):
            self.assertPassed(self.run_command(mocked, SHARD=f"{part}/2"))
            seen += self.scripts()
        self.assertEqual(sorted(seen), sorted(f"examples/suite/{p.name}" for p in SUITE.glob("*_test.lua")))
        self.assertEqual(self.summary.read_text().count("## ✅ Suite: "), 2)
        self.assertEqual(len(list((self.folder / "results").glob("*.json"))), 3)
        # No key and no mock here: what it would send is refused, and that alone.
        done = self.run_command(real)
        self.assertEqual(done.returncode, 104)
        self.assertIn("ANTHROPIC_API_KEY", done.stdout)

    def test_the_real_command_against_a_server(self):
        _, real = commands("GitHub Actions")
        server = self.start_mock("--ttft", "10ms", "--itl", "1ms")
        env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "x"}
        done = self.run_command(real.replace("-d 20s", "-d 200ms"), **env)
        self.assertPassed(done)

    def test_gitlab(self):
        (command,) = commands("GitLab")
        self.assertPassed(self.run_command(command, CI_NODE_INDEX="2", CI_NODE_TOTAL="2"))
        self.assertEqual(self.scripts(), {"examples/suite/conversation_test.lua"})
        self.assertIn("## ✅ Suite: 1 script passed", (self.folder / "results/summary.md").read_text())

    def test_a_gate_that_is_shut(self):
        shut, alone = commands("A gate that is shut")
        done = self.run_command(shut)
        self.assertEqual(done.returncode, 99, done.stdout + done.stderr)
        problems = Junit(self.folder / "results/junit.xml").problems
        self.assertEqual({problem[0] for problem in problems}, {"threshold llm_ttft p(95) < 1ms"})
        self.assertEqual(len(problems), 3)
        markdown = (self.folder / "results/summary.md").read_text()
        self.assertEqual(markdown.count("| `llm_ttft p(95) < 1ms` | ❌ |"), 3)
        self.assertPassed(self.run_command(alone))
        again, first = (self.folder / name for name in ("again.md", "models.md"))
        self.assertEqual(again.read_text(), first.read_text())

    def test_the_workflow_names_what_is_there(self):
        for path in re.findall(r"^ *(?:- |run: )(scripts/\S+)$", DOCUMENT, re.M):
            self.assertTrue(os.access(ROOT / path, os.X_OK), path)
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", DOCUMENT):
            self.assertTrue((ROOT / "docs" / link).exists(), link)


class ExampleSuite(unittest.TestCase):
    def test_its_scripts_are_short_and_say_how_to_run_them(self):
        scripts = sorted(SUITE.glob("*.lua"))
        self.assertEqual(len(scripts), 4)
        for script in scripts:
            lines = script.read_text().splitlines()
            self.assertLessEqual(len(lines), 60)
            run = [line for line in lines[:4] if line.startswith("-- Run: perigee test --mock ")]
            self.assertEqual(len(run), 1, script.name)
            path = pathlib.Path(run[0].split()[-1])
            self.assertTrue((ROOT / path).exists(), path)


if __name__ == "__main__":
    unittest.main()
