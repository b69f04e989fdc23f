"""Whether a plan from a small run foretells a larger one, and what a service takes.

Runs on a build as users have it (PERIGEE=build/release/perigee): memory under a sanitizer is not that of users.
"""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from harness import EndToEndTest  # noqa: E402

# So many streams a second, from the first number to the second, and then at the third.
RAMP = """
local anthropic = require "perigee.anthropic"
local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 64 }
return {
  options = { scenarios = { load = {
    executor = "ramping-arrival-rate", start_rate = %d, time_unit = "1s",
    pre_allocated_vus = 0, max_vus = 2000, graceful_stop = "5s",
    stages = { { target = %d, duration = "%s" }, { target = %d, duration = "%s" } },
  } } },
  default = function() claude:stream { messages = "Why?" } end,
}
"""
ONE_STREAM = """
local claude = require "perigee.anthropic".client { model = "claude-haiku-4-5", max_tokens = 64 }
return { default = function() claude:stream { messages = "Why?" } end }
"""
MOCK = "--ttft constant:500ms --itl constant:50ms --tokens constant:30 --tokens-per-delta 1"


class Plan(EndToEndTest):
    def test_larger_run_is_foretold(self):
        small = self.start_script(RAMP % (5, 40, "5s", 40, "4s"), mock=MOCK)
        self.assertCode(0, self.finish(small))
        path = self.folder / "plan.json"
        planned = self.command(
            "plan", small.json_path, "--rate", "120/s", "--headroom", 1, "--json", path
        )
        self.assertCode(0, planned)
        plan = json.loads(path.read_text())
        large = self.run_script(RAMP % (120, 120, "3s", 120, "6s"), mock=MOCK)
        self.assertCode(0, large)
        intervals = large.json["intervals"]
        # Once the first streams have ended, until the last ones begin.
        steady = [i for i, t in enumerate(intervals["elapsed_s"]) if 3.5 <= t <= 8.9]
        vus = sum(intervals["vus"][i] for i in steady) / len(steady)
        memory = max(intervals["client"]["client_memory"][i] for i in steady)
        self.assertAlmostEqual(plan["concurrency"]["streams"] / vus, 1, delta=0.1)
        self.assertAlmostEqual(plan["memory"][0]["bytes"] / memory, 1, delta=0.1)

    def test_memory_of_a_service(self):
        mock = self.start_mock(*MOCK.split())
        script = self.write("load.lua", ONE_STREAM)
        path = self.folder / "plan.json"
        result = self.command(
            "plan", "--rate", "8/s", "--stream", "2s", "--measure", "--pid", mock.pid,
            "--script", script, "--users", 400, "--json", path,
            env={"ANTHROPIC_BASE_URL": mock.url, "ANTHROPIC_API_KEY": "none"}, timeout=60,
        )  # fmt: skip
        self.assertCode(0, result)
        memory = json.loads(path.read_text())["memory"][0]
        self.assertEqual(memory["of"], f"process {mock.pid}")
        self.assertGreater(memory["base_bytes"], 1e6)
        self.assertGreater(memory["stream_bytes"], 1e3)
        self.assertLess(memory["stream_bytes"], 1e6)



if __name__ == "__main__":
    unittest.main()
