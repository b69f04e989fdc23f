"""The two sides of a run, joined event by event: what the client saw, and what the mock recorded.

Both write CLOCK_MONOTONIC, so the difference is the client's error and the wire's together. All
times are nanoseconds where they are integers, and seconds where they are metrics of a result.
"""

import json
import math

from harness import read_timelines

CONTENT = "content_block_delta"
HISTOGRAM_ERROR = 0.0028
SHOWN = (50, 95, 99, 99.9)


def read_record(path):
    """Of each stream by its request-id: what the mock wrote down."""
    with open(path, "rb") as lines:
        return {stream["request_id"]: stream for stream in map(json.loads, lines)}


class Values:
    """Sorted once, for percentiles as docs/metrics.md defines them."""

    def __init__(self, values):
        self.ordered = sorted(values)

    def __len__(self):
        return len(self.ordered)

    def percentile(self, p):
        return self.ordered[max(1, math.ceil(p / 100 * len(self.ordered))) - 1]

    @property
    def min(self):
        return self.ordered[0]

    @property
    def max(self):
        return self.ordered[-1]

    @property
    def sum(self):
        return sum(self.ordered)

    def __str__(self):
        shown = [f"p{p:g} {self.percentile(p) / 1e6:.3f}" for p in SHOWN]
        return f"{' '.join(shown)} max {self.max / 1e6:.3f} ms"


def in_ms(trend):
    shown = [f"p{p:g} {trend.percentile(p) * 1e3:.3f}" for p in SHOWN]
    return f"{' '.join(shown)} max {trend.max * 1e3:.3f} ms"


def gaps_of(times):
    """None is negative, though stamps follow the wall clock and one may fall behind another."""
    return [max(0, after - before) for before, after in zip(times, times[1:])]


class Joined:
    """The client's stamps and the mock's record of one run."""

    def __init__(self, result, events_path, record_path):
        self.result = result
        client = {timeline["request_id"]: timeline for timeline in read_timelines(events_path)}
        record = read_record(record_path)
        self.only_one_side = set(client) ^ set(record)
        self.streams = len(client)
        self.different_counts = []
        late, handled, received, seen_gaps, true_gaps, gap_errors = [], [], [], [], [], []
        seen_ttft, true_ttft, first_late, seen_tpot, true_tpot = [], [], [], [], []
        true_duration, begins, ends = [], [], []
        self.tokens = 0
        for request_id in set(client) & set(record):
            ours, truth = client[request_id], record[request_id]
            content = [event for event in truth["events"] if event["name"] == CONTENT]
            sent = [event["sent_ns"] for event in content]
            arrived = [event[0] for event in ours["events"]]
            if len(sent) != len(arrived) or truth["closed_early"] or not sent:
                self.different_counts.append((len(sent), len(arrived)))
                continue
            late += [a - s for a, s in zip(arrived, sent)]
            handled += [event[1] - s for event, s in zip(ours["events"], sent)]
            received.append(truth["received_ns"] - ours["sending_ns"])
            seen, true = gaps_of(arrived), gaps_of(sent)
            seen_gaps += seen
            true_gaps += true
            gap_errors += [abs(a - b) for a, b in zip(seen, true)]
            seen_ttft.append(arrived[0] - ours["sending_ns"])
            true_ttft.append(sent[0] - ours["sending_ns"])
            first_late.append(abs(arrived[0] - sent[0]))
            true_duration.append(truth["events"][-1]["sent_ns"] - ours["sending_ns"])
            self.tokens += truth["output_tokens"]
            steps = truth["output_tokens"] - 1
            if steps > 0 and len(sent) > 1:
                seen_tpot.append((arrived[-1] - arrived[0]) // steps)
                true_tpot.append((sent[-1] - sent[0]) / steps)
            begins.append(sent[0])
            ends.append(sent[-1])
        self.late, self.handled, self.received = Values(late), Values(handled), Values(received)
        self.seen_gaps, self.true_gaps = Values(seen_gaps), Values(true_gaps)
        self.gap_errors, self.first_late = Values(gap_errors), Values(first_late)
        self.seen_ttft, self.true_ttft = Values(seen_ttft), Values(true_ttft)
        self.seen_tpot, self.true_tpot = Values(seen_tpot), Values(true_tpot)
        self.true_duration = Values(true_duration)
        self.open_at_once = most_at_once(begins, ends)
        self.events_per_second = len(late) / ((max(ends) - min(begins)) / 1e9)
        self.itl, self.ttft = result.trend("llm_itl"), result.trend("llm_ttft")
        self.tpot = result.trend("llm_tpot")
        self.duration = result.trend("llm_request_duration")
        self.lag = result.trend("client_lag")
        self.blurred = result.counter("llm_itl_coalesced")

    @property
    def late_99(self):
        """The 99th percentile of |arrived - sent|."""
        return Values(map(abs, self.late.ordered)).percentile(99)

    def describe(self, title):
        lines = [
            f"{title}: {self.streams} streams, {self.open_at_once} at once,"
            f" {len(self.late)} events, {self.events_per_second:.0f} events/s",
            f"  arrived - sent     {self.late}",
            f"  handled - sent     {self.handled}",
            f"  received - sending {self.received} (the mock's own delay)",
            f"  llm_ttft           {in_ms(self.ttft)}",
            f"  in truth           {self.true_ttft}",
            f"  llm_itl            {in_ms(self.itl)},"
            f" {100 * self.blurred / max(1, len(self.seen_gaps)):.3f} % of the gaps blurred",
            f"  in truth           {self.true_gaps}",
            f"  error of each gap  {self.gap_errors}",
            f"  llm_tpot           {in_ms(self.tpot)}",
            f"  in truth           {self.true_tpot}",
            f"  client_lag         {in_ms(self.lag)}",
        ]
        return "\n".join(lines)

    def off(self, trend, truth, percentiles, limit):
        """Each percentile of the trend that is off by `limit` seconds or more, in words.

        Beyond what a histogram's buckets cost, that is: see docs/metrics.md.
        """
        for p in percentiles:
            true = truth.percentile(p) / 1e9
            error = trend.percentile(p) - true
            if abs(error) >= limit + HISTOGRAM_ERROR * true:
                yield f"p{p:g} is off by {error * 1e3:+.3f} ms"


def most_at_once(begins, ends):
    steps = sorted([(at, 1) for at in begins] + [(at, -1) for at in ends])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most
