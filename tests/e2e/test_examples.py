"""Every example runs against the mock, passes, and has nothing to warn about."""

import signal
import unittest

from harness import ROOT, EndToEndTest

MOCK = "--ttft 50ms --itl 2ms --batch-duration 300ms"
EXAMPLES = sorted((ROOT / "examples").glob("*.lua"))
# These compare two loads of their own, and run with them in test_strategies.py.
STRATEGIES = sorted((ROOT / "examples").glob("2[0-6]_*.lua"))


class Examples(EndToEndTest):
    def test_every_example_passes(self):
        self.assertGreater(len(EXAMPLES), 5)
        for example in EXAMPLES:
            if example in STRATEGIES:
                continue
            with self.subTest(example=example.name):
                # With this seed each task gets its turn in so short a time.
                flags = ["-u", 5, "-d", "2s", "--seed", 1]
                result = self.run_script(example, *flags, mock=MOCK)
                self.assertCode(0, result)
                self.assertGreaterEqual(result.counter("iterations"), 5)
                self.assertEqual(result.json["script_errors"], [])
                self.assertEqual(result.json["warnings"], [])
                self.assertEqual(result.json["failures"], [])
                verdicts = [t["verdict"] for t in result.json["thresholds"]]
                self.assertEqual(verdicts, ["passed"] * len(verdicts))
                passed, checks = result.rate("checks")
                self.assertEqual(passed, checks)

    def test_their_own_load_is_valid(self):
        # Started, seen to run, and stopped: the whole would take too long.
        for name in "01_chat", "03_k6_style":
            with self.subTest(example=name):
                example = ROOT / f"examples/{name}.lua"
                process = self.start_script(example, "--progress", "plain")
                process.wait_for_stderr(r"VUs · [1-9]\d* iterations", 20)
                process.send(signal.SIGINT)
                self.assertCode(105, self.finish(process))

    def test_every_example_says_how_to_run_it(self):
        for example in EXAMPLES:
            first_lines = example.read_text().splitlines()[:3]
            self.assertTrue(
                any(line.startswith("-- Run: perigee run --mock") for line in first_lines),
                example.name,
            )


if __name__ == "__main__":
    unittest.main()
