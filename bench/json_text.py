"""How fast scripts read and write JSON, beside Python's json."""

import functools
import json
import re
import time

from measure import HERE, Spread, in_turns, perigee, ratios
from report import Bar, table

# A request of a long conversation, as a script makes it for each turn.
DOCUMENT = {
    "model": "claude-haiku-4-5", "max_tokens": 1024, "temperature": 0.7, "stream": True,
    "messages": [
        {"role": "user" if i % 2 == 0 else "assistant",
         "content": [{"type": "text", "text": f"Turn {i}: what does f/8 mean, and \"why\"?\n" * 3}]}
        for i in range(20)
    ],
    "metadata": {"user_id": "u1", "numbers": [i / 7 for i in range(20)], "flags": [True, None] * 5},
}
TEXT = json.dumps(DOCUMENT, separators=(",", ":"))


def in_python():
    """MB/s of decoding and of encoding."""
    def speed(work):
        began, rounds = time.monotonic(), 0
        while time.monotonic() - began < 1:
            for _ in range(100):
                work()
            rounds += 100
        return rounds * len(TEXT) / (time.monotonic() - began) / 1e6

    return speed(lambda: json.loads(TEXT)), speed(lambda: json.dumps(DOCUMENT))


def in_perigee():
    with perigee("run", HERE / "scripts/json_text.lua", "-i", 1, "--progress", "none",
                 env={"BENCH_JSON": TEXT}) as client:
        client.end()
        client.errors.seek(0)
        said = re.search(r"decode ([\d.]+) encode ([\d.]+)", client.errors.read())
        return float(said[1]), float(said[2])


def measure(settings):
    runs = in_turns(settings, {"perigee.json": in_perigee, "Python's json": in_python})
    rows, bars = [], []
    for name, each in runs.items():
        rows.append([name, *(Spread(values).text() for values in zip(*each))])
    for i, what in enumerate(("decode", "encode")):
        ratio = ratios([each[i] for each in runs["perigee.json"]],
                       [each[i] for each in runs["Python's json"]])
        bars.append(Bar(f"JSON in scripts, {what}", "≥ Python's json",
                        f"{ratio.text('{:.2f}')} ×", ratio.median >= 1))
    return table(["", "decode, MB/s", "encode, MB/s"], rows), bars
