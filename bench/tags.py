"""What distinct tag sets cost: a whole run with its summary and result file, of always as many samples."""

import functools
import time

from measure import HERE, Spread, folder, in_turns, perigee
from report import Bar, table

SETS = (10, 100, 1000, 9000)


def whole_run(path, sets):
    """CPU and wall time in ms, memory in MB, result file in MB."""
    began = time.monotonic()
    with perigee("run", HERE / "scripts/tags.lua", "-i", 1, "--threads", 1, "--progress", "none",
                 "--json", path / "result.json", env={"BENCH_TAG_SETS": str(sets)}) as client:
        cpu = client.end()
    wall = time.monotonic() - began
    return (cpu * 1e3, wall * 1e3, client.peak_memory / 1e6,
            (path / "result.json").stat().st_size / 1e6)


def measure(settings):
    with folder() as path:
        runs = in_turns(settings, {
            sets: functools.partial(whole_run, path, sets) for sets in SETS})
    columns = {sets: [Spread(values) for values in zip(*each)] for sets, each in runs.items()}
    rows = [[f"{sets:,}", *(spread.text() for spread in columns[sets])] for sets in SETS]

    def each_us(sets):
        return (columns[sets][0].median - columns[10][0].median) / (sets - 10) * 1e3

    grown = each_us(SETS[-1]) / each_us(1000)
    bars = [Bar("CPU per tag set at 9,000 sets, of that at 1,000", "flat, or explained",
                f"{grown:.2f} × ({each_us(SETS[-1]):.0f} µs each)", grown <= 1.25)]
    header = ["tag sets", "CPU of the run, ms", "wall, ms", "peak memory, MB", "result file, MB"]
    return table(header, rows), bars
