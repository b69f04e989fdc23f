"""CPU per streamed event: perigee, a bare epoll reader, and a Python program on aiohttp."""

import functools
import time

from measure import BUILD, HERE, PYTHON, Running, Spread, Window, in_turns, perigee, ratios, wait_until
from report import Bar, table
from servers import EventServer

STREAMS = 1000
WHOLE_CORE = 0.95  # A reader that uses more is taken to be saturated.


def perigee_reader(server, streams, threads=1):
    return perigee(
        "run", HERE / "scripts/stream.lua", "-u", streams, "-r", 4000, "-d", "600s",
        "--threads", threads, "--progress", "none", env={"ANTHROPIC_BASE_URL": server.url})


def bare_reader(server, streams):
    return Running(BUILD / "bench/epoll_reader", server.port, streams)


def aiohttp_reader(server, streams):
    return Running(PYTHON, HERE / "aiohttp_reader.py", server.url, streams)


def cost_of(settings, reader, gap_us, streams=STREAMS):
    """A Window over the steady state of a fresh server and a fresh reader."""
    with EventServer(gap_us) as server, reader(server, streams) as client:
        wait_until(lambda: server.streams() >= streams, 60, f"{streams} streams", client, server)
        wait_until_steady(settings)
        return Window(client, server, settings.window)


def wait_until_steady(settings):
    time.sleep(0.5 if settings.quick else 0.8)


READERS = {
    "bare epoll and recv": bare_reader,
    "perigee, 1 worker": perigee_reader,
    "perigee, 2 workers": functools.partial(perigee_reader, threads=2),
    "Python, aiohttp": aiohttp_reader,
}


def measure(settings):
    rows, bars = [], []
    for rate in (50_000, 100_000, 200_000):
        print(f"{STREAMS} streams, {rate} events/s", flush=True)
        gap_us = STREAMS * 1_000_000 // rate
        # aiohttp would need more than one core for more, and the server the other one.
        readers = READERS if rate == 50_000 else dict(list(READERS.items())[:2])
        runs = in_turns(settings, {
            name: functools.partial(cost_of, settings, reader, gap_us)
            for name, reader in readers.items()})
        bare = [run.each_us for run in runs["bare epoll and recv"]]
        for name, windows in runs.items():
            each = [window.each_us for window in windows]
            rows.append([f"{rate:,}", name, Spread(each).text("{:.2f}"),
                         ratios(each, bare).text("{:.2f}"),
                         Spread([window.rate for window in windows]).text("{:,.0f}"),
                         Spread([window.cores for window in windows]).text("{:.2f}")])
        ours = runs["perigee, 1 worker"]
        ratio = ratios([window.each_us for window in ours], bare)
        saturated = Spread([window.cores for window in ours]).median > WHOLE_CORE
        bars.append(Bar(f"CPU per streamed event, {STREAMS:,} streams, {rate:,} events/s",
                        "≤ 1.6 × a bare reader",
                        f"{ratio.text('{:.2f}')} ×{', but saturated' if saturated else ''}",
                        None if saturated else ratio.median <= 1.6))
    header = ["asked events/s", "reader", "µs of CPU per event", "of the bare reader's",
              "events/s in truth", "cores used"]
    note = ("A reader that uses a whole core is saturated: several events then wait for each read, "
            "which makes each cheaper.")
    return f"{table(header, rows)}\n\n{note}", bars
