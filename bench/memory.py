"""Resident memory per open stream: the slope between few and many streams, all in steady state."""

import functools
import os

from measure import HERE, PYTHON, Running, Spread, folder, in_turns, perigee, wait_until
from report import Bar, table
from servers import Mock, make_certificate
from streams import wait_until_steady

FEW, MANY = 1000, 9000
EVENTS_PER_SECOND = 20_000


def perigee_reader(mock, streams, certificate):
    flags = ["--ca-file", certificate] if certificate else []
    return perigee("run", HERE / "scripts/stream.lua", "-u", streams, "-r", 1500, "-d", "600s",
                   "--threads", 1, "--progress", "none", *flags,
                   env={"ANTHROPIC_BASE_URL": mock.url})


def aiohttp_reader(mock, streams, _):
    return Running(PYTHON, HERE / "aiohttp_reader.py", mock.url, streams)


def memory_with(settings, reader, streams, pem):
    itl = f"constant:{streams * 1000 / EVENTS_PER_SECOND:g}ms"
    certificate = ["--cert", pem[1], "--key", pem[0]] if pem else []
    with Mock("--ttft", "constant:100ms", "--itl", itl, "--tokens", "constant:60000",
              "--tokens-per-delta", "1", *certificate) as mock:
        with reader(mock, streams, pem[1] if pem else None) as client:
            wait_until(lambda: sockets(client) >= streams, 90, f"{streams} streams", client, mock)
            wait_until_steady(settings)
            return client.memory()


def sockets(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def slope(settings, reader, pem):
    few = memory_with(settings, reader, FEW, pem)
    return (memory_with(settings, reader, MANY, pem) - few) / (MANY - FEW) / 1024


def measure(settings):
    with folder() as path:
        pem = make_certificate(path)
        runs = in_turns(settings, {
            "perigee, http": functools.partial(slope, settings, perigee_reader, None),
            "perigee, https": functools.partial(slope, settings, perigee_reader, pem),
            "Python, aiohttp, http": functools.partial(slope, settings, aiohttp_reader, None),
        })
    rows = [[name, Spread(values).text()] for name, values in runs.items()]
    bars = []
    for name, limit in (("http", 32), ("https", 100)):
        value = Spread(runs[f"perigee, {name}"])
        bars.append(Bar(f"memory per open stream, user and script included, {name}",
                        f"≤ {limit} KB", f"{value.text()} KB", value.median <= limit))
    return table(["reader", f"KB per stream, {FEW:,} → {MANY:,} streams"], rows), bars
