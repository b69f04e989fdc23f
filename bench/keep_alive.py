"""CPU per request over kept connections: a small JSON answer from nginx, 64 connections."""

import functools

from measure import HERE, PYTHON, Running, Spread, Window, folder, in_turns, perigee, ratios
from report import Bar, table
from servers import Nginx
from streams import wait_until_steady

CONNECTIONS = 64
K6_US = 72  # Measured apart: Debian has no k6.


def perigee_client(url):
    return perigee("run", HERE / "scripts/request.lua", "-u", CONNECTIONS, "-d", "600s",
                   "--threads", 1, "--progress", "none", env={"BENCH_URL": url})


def locust_client(url):
    return Running(PYTHON, "-m", "locust", "-f", HERE / "locustfile.py", "--headless",
                   "-u", CONNECTIONS, "-r", CONNECTIONS, "-H", url, "--only-summary")


CLIENTS = {
    "perigee, 1 worker: the answer parsed and checked": perigee_client,
    "wrk, 1 thread": lambda url: Running("wrk", "-t1", f"-c{CONNECTIONS}", "-d600s", url),
    "h2load, HTTP/1.1": lambda url: Running(
        "h2load", "--h1", "-t1", f"-c{CONNECTIONS}", "-D600", url),
    "hey": lambda url: Running("hey", "-c", CONNECTIONS, "-z", "600s", "-cpus", 1, url),
    "Locust, FastHttpUser: the answer parsed and checked": locust_client,
}


def cost_of(settings, client, path):
    with Nginx(path) as server, client(server.url) as running:
        wait_until_steady(settings)
        wait_until_steady(settings)  # Python takes its time to start.
        return Window(running, server, settings.window)


def measure(settings):
    with folder() as path:
        runs = in_turns(settings, {
            name: functools.partial(cost_of, settings, client, path)
            for name, client in CLIENTS.items()})
    us = {name: [window.each_us for window in windows] for name, windows in runs.items()}
    ours, hey = us["perigee, 1 worker: the answer parsed and checked"], us["hey"]
    rows = [[name, Spread(each).text(), ratios(each, ours).text("{:.2f}"),
             Spread([window.rate for window in runs[name]]).text("{:,.0f}")]
            for name, each in us.items()]
    rows.append(["k6 (not in Debian: measured once, apart from this)", K6_US, "–", "–"])
    to_hey = ratios(ours, hey)
    bars = [
        Bar("CPU per keep-alive request through a Lua user", f"≤ 1/3 of k6's {K6_US} µs",
            f"{Spread(ours).text()} µs", Spread(ours).median <= K6_US / 3),
        Bar("the same beside hey", "≤ hey's", f"{to_hey.text('{:.2f}')} ×", to_hey.median <= 1),
    ]
    return table(["client", "µs of CPU per request", "of perigee's", "requests/s"], rows), bars
