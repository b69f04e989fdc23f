"""How much a machine can do is found out, kept, and said before a run asks for more."""

import json
import os
import pathlib
import re
import signal
import unittest

from harness import EndToEndTest, Process, chat_script, wait_until

SHORT = ["--max-streams", 20, "--step", "1s", "--time", "9s"]
LIMITS = {"client", "mock", "cores", "time", "range"}


class Calibrate(EndToEndTest):
    def saved_path(self):
        return self.folder / "cache/perigee/calibration.json"

    def save(self, host_of, **changed):
        """Saves a calibration for the host that a real one was saved for, with small ceilings."""
        saved = json.loads(host_of)
        one = saved["calibrations"][0]
        one["streams"] = {"value": 3, "limit": "client"}
        one["requests_per_s"] = {"value": 10, "limit": "client"}
        one["calibrated_at"] = "2026-01-02T03:04:05Z"
        one.update(changed)
        self.saved_path().write_text(json.dumps(saved))

    def test_a_short_calibration_is_printed_saved_and_heeded(self):
        result = self.command("calibrate", *SHORT, "--json", "out.json", timeout=60)
        self.assertCode(0, result)
        self.check_printed(result)
        saved = self.saved_path().read_text()
        self.check_saved(json.loads(saved), json.loads((self.folder / "out.json").read_text()))
        self.check_warnings(saved)

    def check_printed(self, result):
        self.assertIn("with the mock beside the client on the same", result.stdout)
        for name in "streams", "events/s", "requests/s":
            self.assertRegex(result.stdout, rf"(?m)^{name} +(≥ )?[\d,]+  ")
        self.assertRegex(result.stdout, r"(?m)^memory per stream +(-|[\d.]+ k?B)$")
        self.assertIn(f"saved in {self.saved_path()}", result.stdout)
        self.assertRegex(result.stderr, r"(?m)^ +streams +gap +events/s .* memory$")
        self.assertRegex(result.stderr, r"(?m)^ +10 +20\.0ms ")
        self.assertNotIn("perigee mock: http", result.stdout + result.stderr)

    def check_saved(self, saved, run):
        self.assertEqual(saved["schema"], "perigee-calibration")
        (one,) = saved["calibrations"]
        self.assertEqual(run["calibration"], one)
        self.assertEqual(one["cpus"], os.cpu_count())
        self.assertGreaterEqual(one["threads"], 1)
        for name in "streams", "events_per_s", "requests_per_s":
            self.assertIn(one[name]["limit"], LIMITS)
        self.assertEqual(one["requests_per_s"]["value"] > 0, True)
        streams = [step for step in run["steps"] if step["kind"] == "streams"]
        self.assertEqual(streams[0]["users"], 10)
        self.assertAlmostEqual(streams[0]["mock_pace"], 1, delta=0.2)
        self.assertGreater(streams[0]["events_per_s"], 100)
        self.assertGreater(streams[0]["client_memory_bytes"], 1e6)

    def check_warnings(self, saved):
        self.save(saved)
        script = chat_script("claude:stream { messages = 'Hi' }")
        for flags, wanted in [
            (["-u", 4, "-i", 4], r"4 VUs are more than the 3 streams"),
            (["-u", 3, "-i", 3], None),
        ]:
            self.check_warning(self.run_script(script, *flags), wanted)
        open_scenario = """scenarios = { s = { executor = "constant-arrival-rate", rate = 600,
          time_unit = "1m", duration = "200ms", exec = "default" } }"""
        self.check_warning(self.run_script(chat_script(options=open_scenario)), None)
        faster = open_scenario.replace("600", "1200")
        self.check_warning(
            self.run_script(chat_script(options=faster)),
            r"20\.0 iterations/s are more than the 10 requests/s",
        )
        flags = ["-u", 4, "-i", 4]
        self.save(saved, cpu="another")
        self.check_warning(self.run_script(script, *flags), None)
        self.save(saved, perigee="0.0.1")
        self.check_warning(self.run_script(script, *flags), None)
        self.saved_path().write_text("{")
        self.check_warning(
            self.run_script(script, *flags),
            rf"the saved calibration is ignored: {re.escape(str(self.saved_path()))}: not a"
            " calibration .* delete it, or write it anew with `perigee calibrate`",
        )

    def check_warning(self, result, wanted):
        self.assertCode(0, result)
        warnings = [line for line in result.json["warnings"] if "calibrat" in line]
        if wanted is None:
            self.assertEqual(warnings, [])
            self.assertNotIn("calibrat", result.stderr)
            return
        self.assertEqual(len(warnings), 1, result.json["warnings"])
        self.assertRegex(warnings[0], wanted)
        self.assertIn(f"warning: {warnings[0]}\n", result.stderr)


class Ended(EndToEndTest):
    def test_an_interruption_leaves_nothing_behind(self):
        temporary = self.folder / "tmp"
        temporary.mkdir()
        environment = {"TMPDIR": str(temporary)}
        process = Process(["calibrate", *SHORT], self.folder, environment)
        self.addCleanup(process.kill)
        logs = lambda: list(temporary.glob("perigee-calibrate-*/record0"))  # noqa: E731
        wait_until(logs, 20, "a mock's record")
        children = wait_until(lambda: self.children_of(process.pid, 2), 20, "two children")
        process.send(signal.SIGINT)
        self.assertEqual(process.wait(20), 105, process.stderr)
        self.assertIn("interrupted by a signal", process.stderr)
        self.assertEqual(list(temporary.iterdir()), [])
        for child in children:
            self.assertFalse(pathlib.Path(f"/proc/{child}").exists(), child)
        self.assertFalse((self.folder / "cache").exists())

    def children_of(self, pid, count):
        try:
            text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except FileNotFoundError:
            raise AssertionError("calibrate ended too soon") from None
        return text.split() if len(text.split()) >= count else None

    def test_bad_flags_are_refused(self):
        for flags, words in [
            (["--step", "0.2s"], "--step: at least 1s, got 0.2s"),
            (["--time", "soon"], "--time: expected a duration"),
            (["--max-streams", 0], "--max-streams: at least 1, got 0"),
            (["--json", "no/such/file.json"], "--json: no/such/file.json"),
            (["--threads", 0], "--threads"),
            (["--stpe", "1s"], 'unknown flag "--stpe" (did you mean "--step"?)'),
        ]:
            with self.subTest(flags=flags):
                result = self.command("calibrate", *flags)
                self.assertCode(104, result)
                self.assertIn(words, result.stderr)
                self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    unittest.main()
