"""Writes tables into README.md, between the markers <!-- begin NAME --> and <!-- end NAME -->."""

import datetime
import os
import pathlib
import platform
import re
import subprocess

from measure import HERE, ROOT

README = HERE / "README.md"


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    kernel = re.match(r"[\d.]+", platform.release())[0]
    return f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, Linux {kernel}"


def version():
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    return told.stdout.strip() or "unknown"


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def replace_between(text, name, content):
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    if begin not in text or end not in text:
        raise RuntimeError(f"{README}: expected the markers {begin} and {end}")
    before, rest = text.split(begin, 1)
    return f"{before}{begin}\n{content}\n{end}{rest.split(end, 1)[1]}"


def between(text, name):
    return text.split(f"<!-- begin {name} -->", 1)[1].split(f"<!-- end {name} -->", 1)[0]


class Bar:
    """Something to reach: what, how much at most (in words), what was measured, and whether that is
    met; None where the measurement cannot tell."""

    def __init__(self, what, limit, measured, met):
        words = {True: "met", False: "**not met**", None: "not judged"}
        self.cells = [what, limit, measured, words[met]]


def write(section, content, bars, settings):
    """The section's table, and its lines in the table of bars."""
    today = datetime.date.today().isoformat()
    rounds = f"{settings.rounds} rounds" if settings.rounds > 1 else "1 round"
    facts = f"{today}, `scripts/bench {section}`, {rounds}; {machine()}; perigee {version()}."
    text = README.read_text()
    text = replace_between(text, section, f"{facts}\n\n{content}")
    rows = {}
    for line in between(text, "bars").strip().splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        rows[cells[0]] = cells
    for bar in bars:
        rows[bar.cells[0]] = bar.cells
    header = ["what", "bar", "measured", ""]
    text = replace_between(text, "bars", table(header, rows.values()))
    README.write_text(text)
