"""Every stamp, gap and count against the record: plain and TLS, one event a write and several.

Half of the streams come as the mock writes them, one event at a time; of the other half each write
has four. An event brings one to three tokens, so a token's time is not an event's.
"""

import functools
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from accuracy_case import SCATTERED, AccuracyCase, promise_where_judged, stamps  # noqa: E402


def promise_of_each(m):
    # A read of several events has one stamp, and where the server sent them together it is right.
    yield from stamps(m)
    yield from promise_where_judged(m)
    for p in (50, 95, 99):
        error = m.tpot.percentile(p) / (m.true_tpot.percentile(p) / 1e9) - 1
        if abs(error) >= 0.01:
            yield f"llm_tpot: p{p} is off by {100 * error:+.2f} %"


class Streams(AccuracyCase):
    def check_streams(self, count, per_second, seconds, spread, *mock_flags, requests=None):
        """So many streams, of so many events a second and so long, that begin within `spread` s."""
        itl = 1 / per_second / 2
        mock_flags = [
            *["--ttft", "lognormal:300ms,0.2", "--itl", f"lognormal:{itl:.6f}s,0.3"],
            *["--tokens", f"constant:{round(seconds / itl)}", "--tokens-per-delta", "uniform:1,3"],
            *["--faults", "coalesce:4=50%", *mock_flags],
        ]
        flags = ["-u", count, "-i", requests or count, "--insecure"]
        script = SCATTERED.replace("101ms", f"{round(1000 * spread)}ms")
        title = f"{count} streams x {per_second}/s{', TLS' * ('--tls' in mock_flags)}"
        measure = functools.partial(self.measure, mock_flags, flags, script)
        measured = self.check(title, measure, promise_of_each)
        self.assertEqual(measured.open_at_once, count)
        # Both kinds were there.
        sent_together = measured.true_gaps.ordered.count(0) / len(measured.true_gaps)
        self.assertGreater(sent_together, 0.1)
        self.assertLess(sent_together, 0.7)

    def test_1(self):
        self.check_streams(1, 50, 1, 0.1, requests=6)

    def test_100(self):
        self.check_streams(100, 50, 3, 1)

    def test_1_000(self):
        self.check_streams(1000, 40, 3, 1)

    def test_5_000(self):
        self.check_streams(5000, 8, 5, 3)

    def test_1_with_tls(self):
        self.check_streams(1, 50, 1, 0.1, "--tls", requests=6)

    def test_100_with_tls(self):
        self.check_streams(100, 50, 3, 1, "--tls")

    def test_1_000_with_tls(self):
        self.check_streams(1000, 20, 4, 2, "--tls")

    def test_5_000_with_tls(self):
        self.check_streams(5000, 5, 11, 8, "--tls")


if __name__ == "__main__":
    unittest.main()
