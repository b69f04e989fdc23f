"""CPU per new TLS connection: TLS 1.3, a P-256 certificate that is verified, nginx; one request on each."""

import functools

from measure import HERE, Running, Spread, Window, folder, in_turns, perigee
from report import Bar, table
from servers import Nginx
from streams import wait_until_steady

USERS = 16


def perigee_client(server):
    return perigee("run", HERE / "scripts/request.lua", "-u", USERS, "-d", "600s", "--threads", 1,
                   "--no-connection-reuse", "--ca-file", server.certificate, "--progress", "none",
                   env={"BENCH_URL": server.url})


def hey_client(server):
    return Running("hey", "-c", USERS, "-z", "600s", "-cpus", 1, "-disable-keepalive", server.url)


def wrk_client(server):
    return Running("wrk", "-t1", f"-c{USERS}", "-d600s", "-H", "Connection: close", server.url)


CLIENTS = {
    ("perigee, 1 worker", "full"): perigee_client,
    ("wrk (does not verify)", "full"): wrk_client,
    ("hey (does not verify)", "full"): hey_client,
    ("perigee, 1 worker", "resumed"): perigee_client,
}


def cost_of(settings, client, tls, path):
    with Nginx(path, tls) as server, client(server) as running:
        wait_until_steady(settings)
        return Window(running, server, settings.window)


def measure(settings):
    with folder() as path:
        runs = in_turns(settings, {
            name: functools.partial(cost_of, settings, client, name[1], path)
            for name, client in CLIENTS.items()})
    rows = []
    for (client, tls), windows in runs.items():
        each = [window.each_us for window in windows]
        rows.append([client, tls, Spread(each).text("{:.0f}"),
                     Spread([1e6 / us for us in each]).text("{:,.0f}"),
                     Spread([window.rate for window in windows]).text("{:,.0f}")])
    ours = Spread([1e6 / window.each_us for window in runs["perigee, 1 worker", "full"]])
    bars = [Bar("new TLS connections per second and core, whole handshakes", "≥ 1,000",
                ours.text("{:,.0f}"), ours.median >= 1000)]
    header = ["client", "handshake", "µs of CPU per connection", "per second of CPU", "per second, 1 core of nginx's beside it"]
    return table(header, rows), bars
