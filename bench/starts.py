"""What it costs to start a stream on a new connection while more and more are open."""

import functools
import time

from measure import Spread, cpu_of_others, in_turns
from report import Bar, table
from servers import EventServer
from streams import bare_reader, perigee_reader

EDGES = (0, 100, 1000, 3000, 6000, 9000, 12_000, 15_000, 18_000)
SILENT_US = 3_600_000_000  # The streams are open, but nothing comes.


def curve(reader):
    """CPU between the edges, in µs per start. All in one run. perigee's users come 4,000
    a second; the bare reader opens one after the other."""
    marks = {}
    with EventServer(SILENT_US) as server, reader(server, EDGES[-1] + 1000) as client:
        others = cpu_of_others(*client.pids(), *server.pids())
        began = time.monotonic()
        while len(marks) < len(EDGES):
            client.check()
            streams, cpu = server.streams(), client.cpu()
            while len(marks) < len(EDGES) and streams >= EDGES[len(marks)]:
                marks[EDGES[len(marks)]] = (streams, cpu)
            time.sleep(0.01)
        spent = cpu_of_others(*client.pids(), *server.pids()) - others
        result = Curve((marks[b][1] - marks[a][1]) / max(1, marks[b][0] - marks[a][0]) * 1e6
                       for a, b in zip(EDGES, EDGES[1:]))
        result.others = spent / (time.monotonic() - began)
        return result


class Curve(list):
    def __str__(self):
        return " ".join(f"{us:.0f}" for us in self)


def measure(settings):
    runs = in_turns(settings, {
        "bare": functools.partial(curve, bare_reader),
        "perigee": functools.partial(curve, perigee_reader)})
    bare, ours = ([Spread(values) for values in zip(*runs[name])] for name in runs)
    rows = [[f"{a:,} → {b:,}", x.text("{:.0f}"), y.text("{:.0f}")]
            for a, b, x, y in zip(EDGES, EDGES[1:], bare, ours)]
    grown = [steps[-1].median - steps[2].median for steps in (bare, ours)]
    bars = [Bar("CPU per start at 15,000 to 18,000 open streams, above that at 1,000 to 3,000",
                "flat, or explained",
                f"{grown[1]:+.0f} µs (bare sockets {grown[0]:+.0f} µs)",
                grown[1] <= max(0.25 * ours[2].median, 1.25 * grown[0]))]
    header = ["open streams", "µs of CPU per start: bare connect and send", "perigee"]
    return table(header, rows), bars
