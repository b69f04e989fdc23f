"""How exact perigee's clock is: its stamps of a stream's events against when the mock sent them.

Runs on a build as users have it (PERIGEE=build/release/perigee): sanitizers would measure
themselves.
"""

import functools
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from accuracy_case import SCATTERED, AccuracyCase, promise, promise_where_judged  # noqa: E402

TTFT = "100ms"


class Accuracy(AccuracyCase):
    def pace(self, itl, tokens):
        return [
            *["--ttft", f"constant:{TTFT}", "--itl", f"constant:{itl}"],
            *["--tokens", f"constant:{tokens}", "--tokens-per-delta", "1"],
        ]

    def thousand(self, title, itl, tokens, faults_of):
        flags = ["-u", 1000, "-r", 500, "-d", "7s"]
        measure = functools.partial(self.measure, self.pace(itl, tokens), flags, SCATTERED)
        measured = self.check(title, measure, faults_of)
        self.assertEqual(measured.result.json["host"]["stamps"], "kernel")
        self.assertEqual(measured.open_at_once, 1000)
        return measured

    def test_one_user(self):
        flags = ["-u", 1, "-i", 2]
        measure = functools.partial(self.measure, self.pace("20ms", 200), flags)
        measured = self.check("1 user", measure)
        self.assertEqual(measured.result.json["host"]["stamps"], "kernel")
        self.assertAlmostEqual(measured.itl.percentile(50), 0.02, delta=0.001)

    def test_a_thousand_streams_of_50_events_a_second(self):
        measured = self.thousand("1,000 streams x 50/s", "20ms", 200, promise)
        self.assertGreater(measured.events_per_second, 35000)
        self.assertAlmostEqual(measured.itl.percentile(50), 0.02, delta=0.001)

    def test_a_thousand_streams_of_100_events_a_second(self):
        # With the mock beside it this takes two cores whole. Where it takes more, events wait for
        # the client and are read together, and the client must say so.
        self.thousand("1,000 streams x 100/s", "10ms", 400, promise_where_judged)


if __name__ == "__main__":
    unittest.main()
