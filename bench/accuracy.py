"""How true the time stamps are: the client's stamp of each event minus when the mock sent it.

The mock writes down when it handed each event to the kernel (`--record`), the clients when they
saw it, all on CLOCK_MONOTONIC; the two are joined by `request-id`.
"""

import functools
import json
import math
import statistics
import subprocess

from measure import HERE, PERIGEE, PYTHON, TERM, Running, Spread, folder, in_turns, perigee
from report import Bar, table
from servers import Mock

CONTENT = "content_block_delta"
RATE = 50_000
MANY = 19_000


def read_events(path):
    """{request id: (sending_ns, arrived_ns of each event, handled_ns of each)} of `--events`."""
    streams = {}
    command = [str(PERIGEE), "events", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        for line in child.stdout:
            stream = json.loads(line)
            arrived = [event[0] for event in stream["events"]]
            handled = [event[1] for event in stream["events"]]
            streams[stream["request_id"]] = (stream["sending_ns"], arrived, handled)
    if child.returncode != 0:
        raise RuntimeError(f"perigee events {path}: exit code {child.returncode}")
    return streams


def read_python_events(path):
    """The same of aiohttp_reader.py, which knows user space's time alone."""
    with open(path) as file:
        streams = map(json.loads, file)
        return {s["request_id"]: (s["sending_ns"], s["events"], s["events"]) for s in streams}


def read_record(path):
    """{request id: sent_ns of each content event}, of the streams that were sent whole."""
    with open(path) as file:
        streams = map(json.loads, file)
        return {s["request_id"]: [e["sent_ns"] for e in s["events"] if e["name"] == CONTENT]
                for s in streams if not s["closed_early"]}


def percentile(ordered, p):
    return ordered[max(1, math.ceil(p / 100 * len(ordered))) - 1]


def gaps(stamps):
    return [b - a for a, b in zip(stamps, stamps[1:])]


class Error:
    """How far a client's stamps are from the record, in ms."""

    def __init__(self, client, record):
        off = {"arrived": [], "handled": []}
        ours, truth, our_ttft, true_ttft = [], [], [], []
        self.lost = len(client.keys() ^ record.keys())  # Streams that one side alone knows whole.
        for request_id in client.keys() & record.keys():
            sending, arrived, handled = client[request_id]
            sent = record[request_id]
            if len(sent) != len(arrived):
                self.lost += 1
                continue
            off["arrived"] += [a - b for a, b in zip(arrived, sent)]
            off["handled"] += [a - b for a, b in zip(handled, sent)]
            ours += gaps(arrived)
            truth += gaps(sent)
            our_ttft.append(arrived[0] - sending)
            true_ttft.append(sent[0] - sending)
        self.events = len(off["arrived"])
        self.off = {name: self._percentiles(values, (50, 95, 99, 99.9))
                    for name, values in off.items()}
        self.itl = self._difference(ours, truth, (50, 95, 99))
        self.ttft = self._difference(our_ttft, true_ttft, (50, 95, 99))

    @staticmethod
    def _percentiles(values, which):
        ordered = sorted(values)
        return {p: percentile(ordered, p) / 1e6 for p in which}

    def _difference(self, ours, truth, which):
        """The largest of the percentiles' errors."""
        a, b = self._percentiles(ours, which), self._percentiles(truth, which)
        return max(abs(a[p] - b[p]) for p in which)

    def __str__(self):
        return f"{self.events} events, {self.lost} streams lost, p99 {self.off['arrived'][99]:.3f} ms off"


def run_perigee(mock, streams, seconds, path):
    """One stream of each user: the load's time is over before the first one ends."""
    spawn_rate = max(1000, streams // 4)
    with perigee("run", HERE / "scripts/stream.lua", "-u", streams, "-r", spawn_rate, "-d", "5s",
                 "--graceful-stop", "60s", "--events", path, "--progress", "none",
                 env={"ANTHROPIC_BASE_URL": mock.url}) as client:
        client.end(timeout=seconds * 4 + 60)
    return read_events(path)


def run_python(mock, streams, seconds, path):
    with Running(PYTHON, HERE / "aiohttp_reader.py", mock.url, streams, path, seconds) as client:
        client.end(timeout=seconds * 4 + 60)
    return read_python_events(path)


def error_of(settings, run, streams, path):
    seconds = 6 if settings.quick else 8
    gap_ms = streams * 1000 / RATE
    tokens = int(seconds * 1000 / gap_ms)
    record = path / "record.jsonl"
    with Mock("--ttft", "constant:500ms", "--itl", f"constant:{gap_ms:g}ms", "--tokens",
              f"constant:{tokens}", "--tokens-per-delta", "1", "--record", record) as mock:
        client = run(mock, streams, seconds + 3, path / "events")
        mock.end(how=TERM)
    return Error(client, read_record(record))


def measure(settings):
    with folder() as path:
        runs = in_turns(settings, {
            ("perigee", 1000): functools.partial(error_of, settings, run_perigee, 1000, path),
            ("Python, aiohttp", 1000): functools.partial(error_of, settings, run_python, 1000, path),
            ("perigee", MANY): functools.partial(error_of, settings, run_perigee, MANY, path),
        })
    rows = []
    for (name, streams), errors in runs.items():
        kinds = {"arrived": "kernel's stamp", "handled": "user space"}
        for kind, words in kinds.items():
            if name != "perigee" and kind == "arrived":
                continue
            rows.append([f"{streams:,}", name, words,
                         *(Spread([e.off[kind][p] for e in errors]).text("{:.3f}")
                           for p in (50, 95, 99, 99.9))])
    bars = []
    for streams in (1000, MANY):
        errors = runs["perigee", streams]

        def of(value):
            return Spread([value(error) for error in errors])

        p99, itl, ttft = of(lambda e: e.off["arrived"][99]), of(lambda e: e.itl), of(lambda e: e.ttft)
        at = f"{streams:,} streams, {RATE:,} events/s"
        bars += [
            Bar(f"p99 of stamp − sent, {at}", "< 0.5 ms", f"{p99.text('{:.3f}')} ms", p99.median < 0.5),
            Bar(f"ITL's p50, p95, p99, {at}: the farthest from the truth", "within 0.5 ms",
                f"{itl.text('{:.3f}')} ms", itl.median < 0.5),
            Bar(f"TTFT's p50, p95, p99, {at}: the farthest from the truth", "within 1 ms",
                f"{ttft.text('{:.3f}')} ms", ttft.median < 1),
        ]
    events = statistics.median([error.events for errors in runs.values() for error in errors])
    header = ["streams", "reader", "stamp", "p50, ms", "p95", "p99", "p99.9"]
    return (table(header, rows) + f"\n\nAbout {events:,.0f} events in each run. What other processes "
            "do adds to it and never takes from it."), bars
