"""From the start of the process to the first byte of the first request."""

import functools
import socket
import time

from measure import HERE, PYTHON, Running, Spread, in_turns, perigee
from report import Bar, table

CLIENTS = {
    "perigee": lambda url: perigee("run", HERE / "scripts/first.lua", "-i", 1, "--progress", "none",
                                   env={"BENCH_URL": url}),
    "wrk": lambda url: Running("wrk", "-t1", "-c1", "-d1s", url),
    "hey": lambda url: Running("hey", "-n", 1, "-c", 1, url),
    "Locust": lambda url: Running(PYTHON, "-m", "locust", "-f", HERE / "locustfile.py", "--headless",
                                  "-u", 1, "-H", url, "--only-summary"),
}


def to_first_byte(start):
    """In ms."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        began = time.monotonic()
        with start(url):
            link, _ = listener.accept()
            with link:
                link.recv(1)
                return (time.monotonic() - began) * 1e3


def median_of_ten(start):
    return Spread([to_first_byte(start) for _ in range(10)]).median


def measure(settings):
    runs = in_turns(settings, {
        name: functools.partial(median_of_ten, start) for name, start in CLIENTS.items()})
    rows = [[name, Spread(values).text()] for name, values in runs.items()]
    ours = Spread(runs["perigee"])
    bars = [Bar("start-up to the first request", "< 30 ms", f"{ours.text()} ms", ours.median < 30)]
    return table(["", "ms to the first request (median of ten starts)"], rows), bars
