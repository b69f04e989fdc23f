"""How exact perigee's clock is: its stamps of a stream's events against when the mock sent them.

Both write CLOCK_MONOTONIC, so the difference is the client's error and the wire's together. Runs on
a build as users have it (PERIGEE=build/release/perigee): sanitizers would measure themselves.

What else the machine does adds to the error and never takes from it. So a load is measured up to
three times, and the promise is kept if one of them keeps it; all figures are printed.
"""

import collections
import json
import math
import os
import pathlib
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from harness import EndToEndTest, chat_script  # noqa: E402

ATTEMPTS = 3
ITL = 0.020
TTFT = 0.200
TOKENS = 200
CONTENT = "content_block_delta"
SHOWN = (50, 95, 99, 99.9)

SCRIPT = chat_script('claude:stream { messages = "Hello", max_tokens = 1000 }')


def percentile(ordered, p):
    return ordered[max(1, math.ceil(p / 100 * len(ordered))) - 1]


def in_ms(values):
    ordered = sorted(values)
    shown = [f"p{p:g} {percentile(ordered, p) / 1e6:.3f}" for p in SHOWN]
    return f"{' '.join(shown)} max {ordered[-1] / 1e6:.3f} ms"


def in_ms_of(trend):
    shown = [f"p{p:g} {trend.percentile(p) * 1e3:.3f}" for p in SHOWN]
    return f"{' '.join(shown)} max {trend.max * 1e3:.3f} ms"


def read_streams(path):
    """One JSON object for each request, by its id. Read line by line: the files are large."""
    streams = {}
    with open(path) as file:
        for line in file:
            stream = json.loads(line)
            streams[stream["request_id"]] = stream
    return streams


class Measurement:
    """The client's stamps and the mock's record of one run, joined event by event."""

    def __init__(self, result, events_path, record_path):
        self.result = result
        client = read_streams(events_path)
        record = read_streams(record_path)
        self.only_one_side = set(client) ^ set(record)
        self.streams = len(client)
        self.different_counts = []
        self.arrived, self.handled = [], []
        self.true_ttft, self.true_gaps, self.received = [], [], []
        first, last = math.inf, 0
        for request_id in set(client) & set(record):
            ours, truth = client[request_id], record[request_id]
            sent = [event["sent_ns"] for event in truth["events"] if event["name"] == CONTENT]
            if len(sent) != len(ours["events"]) or truth["closed_early"]:
                self.different_counts.append((len(sent), len(ours["events"])))
                continue
            for (arrived, handled), at in zip(ours["events"], sent):
                self.arrived.append(arrived - at)
                self.handled.append(handled - at)
            self.true_gaps += [after - before for before, after in zip(sent, sent[1:])]
            self.true_ttft.append(sent[0] - ours["sending_ns"])
            self.received.append(truth["received_ns"] - ours["sending_ns"])
            first, last = min(first, sent[0]), max(last, sent[-1])
        self.events_per_second = len(self.arrived) / ((last - first) / 1e9)

    def describe(self, title):
        itl, ttft = self.result.trend("llm_itl"), self.result.trend("llm_ttft")
        blurred = self.result.counter("llm_itl_coalesced")
        lines = [
            f"{title}: {self.streams} streams, {len(self.arrived)} events,"
            f" {self.events_per_second:.0f} events/s",
            f"  arrived - sent     {in_ms(self.arrived)}",
            f"  handled - sent     {in_ms(self.handled)}",
            f"  received - sending {in_ms(self.received)} (the mock's own delay)",
            f"  llm_ttft           {in_ms_of(ttft)}",
            f"  in truth           {in_ms(self.true_ttft)}",
            f"  llm_itl            {in_ms_of(itl)},"
            f" {100 * blurred / (blurred + itl.count):.3f} % of the gaps blurred",
            f"  in truth           {in_ms(self.true_gaps)}",
        ]
        return "\n".join(lines)

    def faults(self):
        """What breaks the promise, in words."""
        error = percentile(sorted(self.arrived), 99)
        if error >= 1e6:
            yield f"p99 of arrived - sent is {error / 1e6:.3f} ms"
        yield from self.faults_of("llm_ttft", self.true_ttft, (50, 95), 1e-3)
        yield from self.faults_of("llm_itl", self.true_gaps, (50, 95, 99), 0.5e-3)
        itl = self.result.trend("llm_itl").percentile(50)
        if abs(itl / ITL - 1) > 0.05:
            yield f"p50 of llm_itl is {itl * 1e3:.2f} ms instead of {ITL * 1e3:.0f}"

    def faults_of(self, metric, truth, percentiles, limit):
        ordered = sorted(truth)
        for p in percentiles:
            off = self.result.trend(metric).percentile(p) - percentile(ordered, p) / 1e9
            if abs(off) >= limit:
                yield f"p{p} of {metric} is off by {off * 1e3:+.3f} ms"


class Accuracy(EndToEndTest):
    def measure(self, *flags):
        attempt = len(list(self.folder.glob("events*")))
        events, record = self.folder / f"events{attempt}", self.folder / f"record{attempt}"
        mock = self.start_mock(
            *["--ttft", f"constant:{TTFT}s", "--itl", f"constant:{ITL}s"],
            *["--tokens", f"constant:{TOKENS}", "--tokens-per-delta", "1", "--record", record],
        )
        result = self.run_script(SCRIPT, *flags, "--events", events, server=mock, timeout=120)
        self.assertCode(0, result)
        self.stop_mock(mock)
        measurement = Measurement(result, events, record)
        os.remove(events)
        os.remove(record)
        return measurement

    def check_complete(self, m):
        """What holds on any machine: nothing failed, nothing is missing, nothing came too early."""
        requests = m.result.counter("llm_requests")
        self.assertEqual(m.result.counts_by("llm_requests", "outcome"), {"completed": requests})
        self.assertEqual(m.streams, requests)
        self.assertEqual(m.only_one_side, set())
        self.assertEqual(collections.Counter(m.different_counts), {})
        self.assertEqual(len(m.arrived), requests * TOKENS)
        gaps = m.result.trend("llm_itl").count + m.result.counter("llm_itl_coalesced")
        self.assertEqual(gaps, requests * (TOKENS - 1))
        # Nothing arrives before it is sent, but for the offset between two clocks of the kernel.
        self.assertGreater(min(m.arrived), -50e3)

    def check(self, title, *flags):
        faults = []
        for attempt in range(ATTEMPTS):
            measurement = self.measure(*flags)
            print(f"\n{measurement.describe(title)}", flush=True)
            self.check_complete(measurement)
            faults.append(list(measurement.faults()))
            if not faults[-1]:
                return measurement
        self.fail(f"{title}: in none of {ATTEMPTS} attempts kept: {faults}")

    def test_one_user(self):
        measurement = self.check("1 user", "-u", 1, "-i", 2)
        self.assertEqual(measurement.result.json["host"]["stamps"], "kernel")

    def test_a_thousand_users_streaming_at_once(self):
        measurement = self.check("1,000 users", "-u", 1000, "-r", 500, "-d", "20s")
        self.assertGreater(measurement.events_per_second, 35000)
        self.assertEqual(measurement.result.json["host"]["stamps"], "kernel")


class Stalls(EndToEndTest):
    """The client is stopped while the server goes on: what it did not see, it does not claim."""

    STALL = 0.25
    USERS = 4

    def run_with_stalls(self, mock, pauses, *flags):
        begun = 'if user.iteration == 1 then perigee.log("begun") end '
        script = SCRIPT.replace("claude:stream", begun + "claude:stream")
        flags = ["-u", self.USERS, "-i", self.USERS, *flags]
        process = self.start_script(script, *flags, mock=mock)
        process.wait_for_stderr(f"(begun(.|\\n)*){{{self.USERS}}}")
        for pause in pauses:
            time.sleep(pause)
            process.send(signal.SIGSTOP)
            time.sleep(self.STALL)
            process.send(signal.SIGCONT)
        return self.finish(process)

    def test_the_kernel_saw_a_first_token_arrive_that_the_client_slept_over(self):
        mock = "--ttft 300ms --itl 800ms --tokens 2 --tokens-per-delta 1"
        flags = ["--threshold", "llm_ttft max < 10s"]
        result = self.run_with_stalls(mock, [0.2], *flags)
        self.assertCode(0, result)
        ttft = result.trend("llm_ttft")
        self.assertEqual(ttft.count, self.USERS)
        self.assertAlmostEqual(ttft.percentile(50), 0.3, delta=0.02)
        # It was handled when the client went on: about 0.15 s later.
        self.assertGreater(result.trend("client_lag").max, 0.08)

    def test_gaps_that_were_not_seen_are_counted_apart_and_not_judged(self):
        # A stall that ends within 1 ms of an event's arrival passes for a prompt wake (see
        # docs/metrics.md): one in twenty here. Three runs in a row with one are not to be expected.
        longest = [self.check_stalls_are_counted_apart()]
        while longest[-1] >= self.STALL / 2 and len(longest) < 3:
            longest.append(self.check_stalls_are_counted_apart())
        # All true gaps are 20 ms.
        self.assertLess(longest[-1], self.STALL / 2, longest)

    def check_stalls_are_counted_apart(self):
        mock = "--ttft 100ms --itl 20ms --tokens 100 --tokens-per-delta 1"
        source = "llm_itl p(95) < 10s"
        result = self.run_with_stalls(mock, [0.3, 0.3, 0.3], "--threshold", source)
        self.assertCode(98, result)
        itl = result.trend("llm_itl")
        blurred = result.counter("llm_itl_coalesced")
        self.assertEqual(itl.count + blurred, self.USERS * 99)
        self.assertEqual(result.threshold(source)["verdict"], "not_judged")
        self.assertIn("blurred", result.threshold(source)["reason"])
        # About twelve events waited in each stall; one stall of the three may have gone unseen.
        self.assertGreater(blurred, self.USERS * 2 * 8)
        return itl.max


if __name__ == "__main__":
    unittest.main()
