"""`perigee limits`: which tier an account has, and what its limits really are."""

import json
import unittest

from harness import EndToEndTest


class Tiers(EndToEndTest):
    def limits(self, mock, *flags):
        path = self.folder / "limits.json"
        result = self.command(
            "limits", "--mock", "--mock-args", mock, "--json", path, *flags, timeout=120
        )
        self.assertCode(0, result)
        return result, json.loads(path.read_text())

    def test_headers_name_the_preset(self):
        result, found = self.limits("--limits tier-2 --ttft 20ms")
        self.assertEqual(found["presets"], ["tier-2"])
        requests = found["headers"][0]
        self.assertEqual((requests["bucket"], requests["limit_per_min"]), ("requests", 1000))
        self.assertAlmostEqual(requests["refill_by_clock_per_min"], 1000, delta=150)
        self.assertIn("these are the limits of tier-2", result.stdout)

    def test_an_account_without_limits(self):
        result, found = self.limits("--ttft 20ms")
        self.assertEqual(found["headers"], [])
        self.assertIn("no header tells of a limit", result.stdout)

    def test_probe_finds_rate_and_burst(self):
        _, found = self.limits(
            "--limits rpm=300,itpm=60000,otpm=20000,burst=10s --ttft 20ms", "--probe", "--after", "8s"
        )
        self.assertEqual(found["presets"], [])
        requests, tokens = found["probes"]
        for probe, rate, burst in [(requests, 300, 50), (tokens, 60_000, 10_000)]:
            self.assertAlmostEqual(probe["rate_per_min"] / rate, 1, delta=0.02, msg=probe)
            self.assertAlmostEqual(probe["burst"] / burst, 1, delta=0.02, msg=probe)
            self.assertGreater(probe["refused"], 10)
            self.assertGreater(probe["recovered_s"], 0)

    def test_a_limit_that_is_not_reached(self):
        result, found = self.limits(
            "--limits rpm=100000,itpm=100000000,otpm=20000000 --ttft 20ms",
            "--probe", "--longest", "1s", "--after", "1s", "--users", "2",
        )  # fmt: skip
        self.assertNotIn("burst", found["probes"][0])
        self.assertIn("were not enough to be refused by it", result.stdout)

    def test_failures_that_are_no_limits(self):
        result = self.command("limits", "--mock", "--mock-args", "--fail 500=100%", timeout=60)
        self.assertCode(104, result)
        self.assertIn("does not answer as it should: server_error", result.stderr)

    def test_mistakes(self):
        result = self.command("limits", "--mock", "--after", "0s")
        self.assertCode(104, result)
        self.assertIn("--after: at least 1s", result.stderr)


if __name__ == "__main__":
    unittest.main()
