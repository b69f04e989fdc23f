"""Whether a search finds the knee of a server whose capacity is known.

Runs on a build as users have it (PERIGEE=build/release/perigee): the mock has 10 places and answers in 50 ms, so 200
calls a second are what it holds.
"""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from harness import EndToEndTest  # noqa: E402

CAPACITY = 10 / 0.050
MOCK = (
    "--ttft constant:10ms --itl constant:5ms --tokens constant:9 --tokens-per-delta 1 --slots 10"
)
SCRIPT = """
local claude = require "perigee.anthropic".client { model = "claude-haiku-4-5", max_tokens = 64 }
return { default = function() claude:stream { messages = "Why?" } end }
"""


class Search(EndToEndTest):
    def search(self, *flags):
        script = self.write("script.lua", SCRIPT)
        path = self.folder / "search.json"
        result = self.command(
            "search", script, "--mock", "--mock-args", MOCK, "--min-step", "3s",
            "--max-step", "10s", "--objective", "llm_request_failed rate < 1%", "--json", path, *flags, timeout=240,
        )  # fmt: skip
        self.assertCode(0, result)
        found = json.loads(path.read_text())
        self.assertLessEqual(len(found["steps"]), 12)
        self.assertIsNone(found["stopped_by"], str(result))
        return found, result

    def test_even_arrivals(self):
        found, result = self.search("--from", 64, "--objective", "llm_ttft p(95) < 100ms")
        self.assertAlmostEqual(found["held"] / CAPACITY, 1, delta=0.05, msg=str(result))
        self.assertRegex(result.stdout, r"knee +\d+(\.\d)?/s held; \d+(\.\d)?/s did not")

    def test_random_arrivals(self):
        found, result = self.search(
            "--from", 100, "--arrival", "poisson", "--objective", "llm_ttft p(95) < 1s", "--seed", 7
        )
        self.assertAlmostEqual(found["held"] / CAPACITY, 1, delta=0.10, msg=str(result))


if __name__ == "__main__":
    unittest.main()
