"""What an event and a kept connection's request cost as there are more of them, at the same rate."""

import functools

from measure import HERE, Window, folder, in_turns, perigee, wait_until
from measure import Spread
from report import Bar, table
from servers import Nginx
from streams import bare_reader, cost_of, perigee_reader, wait_until_steady

COUNTS = (10, 100, 1000, 10_000, 19_000)
EVENTS_PER_SECOND = 20_000
REQUESTS_PER_SECOND = 4_000


def request_cost(settings, users, path):
    """Users who take turns: each thinks for so long that together they keep the rate."""
    think = f"{users / REQUESTS_PER_SECOND:g}s"
    with Nginx(path) as server:
        client = perigee(
            "run", HERE / "scripts/request.lua", "-u", users, "-r", 4000, "-d", "600s",
            "--threads", 1, "--progress", "none",
            env={"BENCH_URL": server.url, "BENCH_THINK_TIME": think})
        with client:
            wait_until(lambda: server.count() > 1.5 * users, 60, "the requests", client, server)
            wait_until_steady(settings)
            return Window(client, server, settings.window)


def measure(settings):
    counts = COUNTS[:4] if settings.quick else COUNTS
    with folder() as path:
        peers = {}
        for count in counts:
            gap = count * 1_000_000 // EVENTS_PER_SECOND
            peers["bare", count] = functools.partial(cost_of, settings, bare_reader, gap, count)
            peers["event", count] = functools.partial(cost_of, settings, perigee_reader, gap, count)
            peers["request", count] = functools.partial(request_cost, settings, count, path)
        runs = in_turns(settings, peers)
    us = {key: Spread([window.each_us for window in windows]) for key, windows in runs.items()}
    rows = [[f"{count:,}", us["bare", count].text("{:.2f}"), us["event", count].text("{:.2f}"),
             us["request", count].text()] for count in counts]
    grown = us["event", counts[-1]].median / us["event", 1000].median
    bare = us["bare", counts[-1]].median / us["bare", 1000].median
    requests = us["request", counts[-1]].median / us["request", 1000].median
    bars = [
        Bar(f"CPU per event at {counts[-1]:,} streams, of that at 1,000", "flat, or explained",
            f"{grown:.2f} × (bare reader {bare:.2f} ×)", grown <= max(1.25, bare)),
        Bar(f"CPU per keep-alive request at {counts[-1]:,} connections, of that at 1,000",
            "flat, or explained", f"{requests:.2f} ×", requests <= 1.25),
    ]
    header = ["streams or connections", f"µs per event, bare reader, {EVENTS_PER_SECOND:,} events/s",
              "µs per event, perigee", f"µs per request, perigee, {REQUESTS_PER_SECOND:,} requests/s"]
    return table(header, rows), bars
