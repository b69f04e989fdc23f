"""Known distributions in, percentiles out: each within 1 % of what the mock's record says."""

import functools
import math
import pathlib
import statistics
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from accuracy_case import SCATTERED, AccuracyCase  # noqa: E402

PERCENTILES = (10, 50, 75, 90, 95, 99, 99.9)
REQUESTS = 3000


def off_by_1_percent(m):
    pairs = {
        "llm_ttft": (m.ttft, m.true_ttft),
        "llm_itl": (m.itl, m.true_gaps),
        "llm_tpot": (m.tpot, m.true_tpot),
        "llm_request_duration": (m.duration, m.true_duration),
    }
    for name, (trend, truth) in pairs.items():
        for p in PERCENTILES:
            error = trend.percentile(p) / (truth.percentile(p) / 1e9) - 1
            if abs(error) >= 0.01:
                yield f"{name}: p{p:g} is off by {100 * error:+.2f} %"


def lognormal(median, sigma):
    return lambda share: median * math.exp(sigma * statistics.NormalDist().inv_cdf(share))


def exponential(mean):
    return lambda share: -mean * math.log(1 - share)


def uniform(low, high):
    return lambda share: low + (high - low) * share


class Distributions(AccuracyCase):
    def check_profile(self, title, ttft, itl, quantile_of_ttft, quantile_of_itl):
        mock = ["--ttft", ttft, "--itl", itl, "--tokens", "uniform:10,60"]
        mock += ["--tokens-per-delta", "1"]
        flags = ["-u", 500, "-i", REQUESTS]
        measure = functools.partial(self.measure, mock, flags, SCATTERED)
        measured = self.check(title, measure, off_by_1_percent)
        # And that the record itself is what was asked for, as far as so many samples can say.
        for p in (25, 50, 75, 90):
            asked = quantile_of_ttft(p / 100)
            self.assertAlmostEqual(measured.ttft.percentile(p) / asked, 1, delta=0.1)
            asked = quantile_of_itl(p / 100)
            self.assertAlmostEqual(measured.itl.percentile(p) / asked, 1, delta=0.1)

    def test_lognormal(self):
        self.check_profile(
            "lognormal",
            "lognormal:400ms,0.5",
            "lognormal:20ms,0.4",
            lognormal(0.4, 0.5),
            lognormal(0.02, 0.4),
        )

    def test_uniform_and_exponential(self):
        self.check_profile(
            "uniform and exponential",
            "uniform:100ms,900ms",
            "exponential:20ms",
            uniform(0.1, 0.9),
            exponential(0.02),
        )


if __name__ == "__main__":
    unittest.main()
