"""Capacity plans from numbers; those from runs are in tests/accuracy."""

import json
import unittest

from harness import EndToEndTest


class Plan(EndToEndTest):
    def plan(self, *flags, code=0):
        path = self.folder / "plan.json"
        result = self.command("plan", *flags, "--json", path)
        self.assertCode(code, result)
        return result, json.loads(path.read_text()) if code == 0 else None

    def test_three_workloads(self):
        for rate, stream, streams, places in [
            ("0.05/s", "42s", 2.1, 4),
            ("2.5/s", "12s", 30, 45),
            ("8/s", "12s", 96, 144),
        ]:
            result, plan = self.plan("--rate", rate, "--stream", stream)
            self.assertAlmostEqual(plan["concurrency"]["streams"], streams)
            self.assertEqual(plan["concurrency"]["places"], places)
            self.assertIn(f"provide {places} ", result.stdout)

    def test_whole_plan(self):
        markdown = self.folder / "plan.md"
        result, plan = self.plan(
            "--rate", "150/min", "--stream", "12s", "--input", 500, "--output", 200,
            "--model", "claude-haiku-4-5", "--tier", "tier-2", "--spike", "8/s:3m",
            "--shared-prefix", 400, "--markdown", markdown,
        )  # fmt: skip
        self.assertEqual(plan["binds_first"], "output tokens/min")
        self.assertAlmostEqual(plan["highest_calls_per_s"], 7.5)
        self.assertEqual(plan["tier_needed"], "tier-2")
        self.assertEqual(plan["queue"]["depth"], 37)
        self.assertAlmostEqual(plan["spike"]["longest_queue"], 765)
        self.assertAlmostEqual(plan["spike"]["worst_wait_s"], 204)
        self.assertAlmostEqual(plan["cost_of_call_usd"], 0.0015)
        self.assertIn("$0.0015 a call", result.stdout)
        self.assertIn("the last of them waits 3m24s", result.stdout)
        # In the spike 45 streams answer 3.75 calls a second.
        self.assertIn("| output tokens/min | 30,000 | 45,000 | 45,000 | 90,000 | 33.33% |", markdown.read_text())
        self.assertAlmostEqual(plan["limits"][0]["need_in_spike"], 225)
        self.assertAlmostEqual(plan["spike"]["cost_usd"], 2.16)
        self.assertIn("a spike of 1,440 calls $2.16", " ".join(result.stdout.split()))
        self.assertIn("memory is not known; --measure", result.stdout)

    def test_mistakes(self):
        for flags, message in [
            (["--rate", "8"], '--rate: expected a rate above zero such as "2.5/s"'),
            (["--spike", "8/s:3m"], "it is what arrives before and after the spike"),
            (["--rate", "8/s"], "--stream: give it, or the file"),
            (["--rate", "8/s", "--stream", "3x"], "--stream: expected a duration"),
            (["--rate", "8/s", "--stream", "3s", "--spike", "8"], '"8/s:3m"'),
            (["--rate", "8/s", "--stream", "3s", "--tier", "tier-9"], "--tier: expected none,"),
            (["--rate", "8/s", "--stream", "3s", "--pid", "1"], "--pid: goes with --measure"),
            (["--rate", "8/s", "--stream", "3s", "--input", 5, "--cached", 9], "--cached: 9 tokens"),
            ([self.write("none.json", "{}")], "none.json"),
        ]:
            result, _ = self.plan(*flags, code=104)
            self.assertIn(message, result.stderr)


if __name__ == "__main__":
    unittest.main()
