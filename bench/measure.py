"""Processes, what they cost, and the rounds in which peers take turns."""

import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = ROOT / "bench"
BUILD = ROOT / "build/release"
PERIGEE = BUILD / "perigee"
PYTHON = "/usr/bin/python3"  # Debian's own, which has its packages.

BUSY = 0.15  # Cores that other processes may use while something is measured.
TRIES = 3


class Settings:
    """What the command line asked for. `lock` is a file, or None."""

    def __init__(self, quick, rounds, lock):
        self.rounds = rounds or (1 if quick else 3)
        self.window = 1.5 if quick else 2.5  # Seconds.
        self.quick = quick
        self.lock = lock


def clean_environment(extra):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PERIGEE", "ANTHROPIC_", "OPENAI_", "LUA_"))
    }
    return kept | extra


class Running:
    """A process under way, killed at the end of its `with` block."""

    def __init__(self, *arguments, env=None, stdin=subprocess.DEVNULL, **popen):
        self.arguments = [str(argument) for argument in arguments]
        self.errors = tempfile.TemporaryFile("w+", errors="replace")
        self.child = subprocess.Popen(
            self.arguments, env=clean_environment(env or {}), stdin=stdin,
            **({"stdout": subprocess.DEVNULL, "stderr": self.errors} | popen),
        )
        self.pid = self.child.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def pids(self):
        """Its own and its children's."""
        children = pathlib.Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [self.pid, *map(int, children.split())]

    def cpu(self):
        """Seconds of CPU so far, of all its threads and of its children."""
        total = 0
        for pid in self.pids():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(OSError):
                    total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def memory(self):
        """Resident bytes."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def check(self):
        if self.child.poll() is not None:
            self.errors.seek(0)
            raise RuntimeError(
                f"{' '.join(self.arguments)} ended with {self.child.returncode}:\n"
                f"{self.errors.read()[-2000:]}"
            )

    def end(self, timeout=60, how=None):
        """Waits for its end, asking for it by a signal where one is given; returns CPU seconds."""
        if how is not None:
            self.child.send_signal(how)
        deadline = time.monotonic() + timeout
        while True:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > deadline:
                raise RuntimeError(f"{' '.join(self.arguments)} did not end in {timeout} s")
            time.sleep(0.005)
        self.child.returncode = os.waitstatus_to_exitcode(status)
        self.peak_memory = usage.ru_maxrss * 1024
        return usage.ru_utime + usage.ru_stime


def wait_until(condition, timeout, what, *running):
    deadline = time.monotonic() + timeout
    while not condition():
        for process in running:
            process.check()
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {timeout} s in vain for {what}")
        time.sleep(0.05)


def cpu_of_others(*known):
    """Seconds of CPU that all other processes of the machine have used, with their dead children."""
    ignored = {os.getpid(), *known}
    ticks = 0
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        if int(path.parent.name) not in ignored:
            with contextlib.suppress(OSError):
                ticks += sum(map(int, path.read_text().rsplit(")", 1)[1].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


class Window:
    """What a client cost between two moments: `seconds`, `cpu`, `count` of what the server served,
    and `others`, the cores that processes used which take no part in it."""

    def __init__(self, client, server, seconds):
        def look():
            others = cpu_of_others(*client.pids(), *server.pids())
            return time.monotonic(), server.count(), client.cpu(), others

        before = look()
        time.sleep(seconds)
        client.check()
        after = look()
        self.seconds, self.count, self.cpu, others = (b - a for a, b in zip(before, after))
        self.others = others / self.seconds
        self.memory = client.memory()

    @property
    def each_us(self):
        return self.cpu / max(1, self.count) * 1e6

    @property
    def cores(self):
        return self.cpu / self.seconds

    @property
    def rate(self):
        return self.count / self.seconds


@contextlib.contextmanager
def alone(settings):
    """Holds the lock, where one was named, for a round: on a shared machine others then wait."""
    if settings.lock is None:
        yield
        return
    with open(settings.lock, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def in_turns(settings, peers):
    """Runs every peer once in each round; returns the results by peer.

    `peers` is {name: function}. A function returns what it measured; where that has `others` and
    they were too busy, it is measured again.
    """
    results = {name: [] for name in peers}
    for number in range(settings.rounds):
        with alone(settings):
            for name, run in peers.items():
                results[name].append(undisturbed(name, run))
                print(f"  round {number + 1}: {name}: {describe(results[name][-1])}", flush=True)
    return results


def undisturbed(name, run):
    for _ in range(TRIES - 1):
        result = run()
        others = getattr(result, "others", 0)
        if others < BUSY:
            return result
        print(f"  {name}: other processes used {others:.2f} cores, once more", flush=True)
    return run()


def describe(result):
    if isinstance(result, Window):
        return f"{result.each_us:.2f} us, {result.rate:,.0f}/s, others {result.others:.2f}"
    return str(result)


class Spread:
    """Median, lowest and highest of what several rounds gave."""

    def __init__(self, values):
        self.values = sorted(values)
        self.median = statistics.median(self.values)

    def text(self, form="{:.1f}"):
        """As in "4.1 (3.9–4.4)"; a single value stands alone."""
        low, high = form.format(self.values[0]), form.format(self.values[-1])
        middle = form.format(self.median)
        return middle if low == high else f"{middle} ({low}–{high})"


def ratios(values, base):
    """Round by round, so that a drift of the machine's speed cancels."""
    return Spread([a / b for a, b in zip(values, base)])


def perigee(*arguments, env=None, **popen):
    return Running(PERIGEE, *arguments, env=env, **popen)


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="perigee-bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


TERM = signal.SIGTERM
