"""What users cost who do nothing."""

import functools
import time

from measure import HERE, Spread, in_turns, perigee
from report import Bar, table

FEW, MANY = 1000, 20_000


def waiting(settings, users, asleep):
    """Resident bytes, and the share of a core, once all users wait."""
    with perigee("run", HERE / "scripts/idle.lua", "-u", users, "-r", 20_000, "-d", "600s",
                 "--threads", 1, "--progress", "none",
                 env={"BENCH_ASLEEP": "1" if asleep else "0"}) as client:
        time.sleep(3)
        client.check()
        cpu = client.cpu()
        time.sleep(settings.window)
        return client.memory(), (client.cpu() - cpu) / settings.window


def costs(settings, asleep):
    few, _ = waiting(settings, FEW, asleep)
    many, cpu = waiting(settings, MANY, asleep)
    return (many - few) / (MANY - FEW), many / 1e6, 100 * cpu


def measure(settings):
    runs = in_turns(settings, {
        "between iterations": functools.partial(costs, settings, False),
        "asleep within one": functools.partial(costs, settings, True)})
    rows = []
    for name, each in runs.items():
        user, total, cpu = (Spread(values) for values in zip(*each))
        rows.append([name, user.text("{:,.0f}"), total.text(), cpu.text("{:.2f}")])
    cpu = Spread([each[2] for each in runs["between iterations"]])
    bars = [Bar("20,000 idle users", "< 1 % of a core", f"{cpu.text('{:.2f}')} %", cpu.median < 1)]
    header = ["20,000 users", "bytes each", "resident in all, MB", "% of a core"]
    return table(header, rows), bars
