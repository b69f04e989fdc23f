"""Runs the real perigee as a user would, and reads what it left behind.

The binary is the one that the environment variable PERIGEE names, else the dev build. Every process
has a hard time limit, is killed by its own pid and reaped; every test has its own folder.
"""

import json
import math
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ.get("PERIGEE", ROOT / "build/dev/perigee")).resolve()

# A mock that answers at once and is done in about 40 ms.
FAST = "--ttft 20ms --itl 2ms --tokens 10 --tokens-per-delta 1"

SANITIZER_REPORT = re.compile(
    r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|LeakSanitizer"
)


def clean_environment(extra):
    """The caller's environment without what would change a run, and with `extra` on top."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PERIGEE", "ANTHROPIC_", "LUA_")) and name != "NO_COLOR"
    }
    return kept | (extra or {})


def wait_until(condition, timeout, what):
    """Looks every 10 ms; returns the first true value of `condition()`."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s in vain for {what}")
        time.sleep(0.01)


def read_timelines(path, *flags):
    """A file of `--events`: one object for each request, as `perigee events` prints it."""
    command = [str(BINARY), "events", str(path), *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment(None)) as child:
        timelines = [json.loads(line) for line in child.stdout]
    if child.returncode != 0:
        raise AssertionError(f"perigee events {path}: exit code {child.returncode}")
    return timelines


class Process:
    """A perigee under way. Its output goes to files, so that it can be read at any time."""

    def __init__(self, arguments, folder, env=None, name="perigee", **popen):
        self.arguments = [str(argument) for argument in arguments]
        # The developer's own calibration would make runs warn.
        env = {"XDG_CACHE_HOME": str(folder / "cache")} | (env or {})
        self._out_path = folder / f"{name}.stdout"
        self._err_path = folder / f"{name}.stderr"
        with open(self._out_path, "wb") as out, open(self._err_path, "wb") as err:
            popen = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err} | popen
            self._child = subprocess.Popen(
                [str(BINARY), *self.arguments], cwd=folder, env=clean_environment(env), **popen
            )
        self.pid = self._child.pid

    @property
    def stdout(self):
        return self._out_path.read_text(errors="replace")

    @property
    def stderr(self):
        return self._err_path.read_text(errors="replace")

    @property
    def is_running(self):
        return self._child.poll() is None

    def send(self, signal_number):
        self._child.send_signal(signal_number)

    def wait_for_stderr(self, pattern, timeout=20):
        """Waits until the pattern is found; returns the match."""

        def find():
            was_running = self.is_running
            found = re.search(pattern, self.stderr, re.MULTILINE)
            if not found and not was_running:
                raise AssertionError(f"it ended without {pattern!r}: {self.stderr}")
            return found

        return wait_until(find, timeout, f"{pattern!r} on stderr")

    def wait(self, timeout=60):
        """Waits for its end; returns the exit code. Past the time limit it is killed."""
        try:
            return self._child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"perigee {' '.join(self.arguments)} did not end within {timeout} s;"
                f" stderr:\n{self.stderr}"
            ) from None

    def kill(self):
        self._child.kill()
        self._child.wait()


class Result:
    """What a run came to."""

    def __init__(self, code, stdout, stderr, json_path, seconds):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr
        self.seconds = seconds
        self.json = None
        if json_path is not None and json_path.exists():
            self.json = json.loads(json_path.read_text())

    def __str__(self):
        return f"exit code {self.code}\n--- stderr\n{self.stderr}\n--- stdout\n{self.stdout}"

    def _series(self, name, tags):
        for metric in self.json["metrics"]:
            if metric["name"] == name:
                return [
                    series
                    for series in metric["series"]
                    if all(series["tags"].get(key) == value for key, value in tags.items())
                ]
        return []

    def counter(self, name, /, **tags):
        """The sum over all series that have these tags; 0 where there is none."""
        return sum(series["sum"] for series in self._series(name, tags))

    def counts_by(self, name, tag):
        """A counter's sums by a tag's value; "" for series without it."""
        counts = {}
        for series in self._series(name, {}):
            value = series["tags"].get(tag, "")
            counts[value] = counts.get(value, 0) + series["sum"]
        return counts

    def rate(self, name, /, **tags):
        """(trues, total)"""
        series = self._series(name, tags)
        return sum(s["trues"] for s in series), sum(s["total"] for s in series)

    def gauge(self, name, /, **tags):
        series = self._series(name, tags)
        return {"min": min(s["min"] for s in series), "max": max(s["max"] for s in series)}

    def trend(self, name, /, **tags):
        return Trend(self._series(name, tags))

    def threshold(self, source):
        return next(t for t in self.json["thresholds"] if t["source"] == source)

    def table(self, title):
        """A table of the summary: the first cell of each row -> {column: cell}."""
        lines = iter(self.stdout.splitlines())
        for line in lines:
            header = re.split(r"\s{2,}", line.strip())
            if header[0] == title and len(header) > 1:
                break
        else:
            raise AssertionError(f"no table {title!r} in:\n{self.stdout}")
        rows, heading = {}, ""
        for line in lines:
            if not line.strip():
                break
            cells = re.split(r"\s{2,}", line.strip())
            if len(cells) == 1:
                heading = cells[0] + "/"
            else:
                rows[heading + cells[0]] = dict(zip(header[1:], cells[1:]))
        return rows


class Trend:
    """Series of a trend put together as docs/result-file.md says: histograms are added."""

    def __init__(self, series):
        self.values = _Histogram(s["values"] for s in series)
        self.lower_bounds = _Histogram(s["lower_bounds"] for s in series if s["lower_bounds"])
        self._all = _Histogram(h for s in series for h in (s["values"], s["lower_bounds"]) if h)
        self.count = self._all.count

    @property
    def avg(self):
        return self._all.sum / self._all.count

    @property
    def min(self):
        return self._all.min

    @property
    def max(self):
        return self._all.max

    def percentile(self, p):
        return self._all.percentile(p)


class _Histogram:
    def __init__(self, parts):
        self.count, self.sum, self.zeros = 0, 0.0, 0
        self.min, self.max = math.inf, -math.inf
        self.buckets = {}
        for part in parts:
            if part["count"] == 0:
                continue
            self.count += part["count"]
            self.sum += part["sum"]
            self.zeros += part["zeros"]
            self.min, self.max = min(self.min, part["min"]), max(self.max, part["max"])
            self.scale = part["scale"]
            index = 0
            for delta, count in zip(part["index_deltas"], part["counts"]):
                index += delta
                self.buckets[index] = self.buckets.get(index, 0) + count

    def percentile(self, p):
        rank = max(1, math.ceil(p / 100 * self.count))
        seen = self.zeros
        if seen >= rank:
            return min(max(0, self.min), self.max)
        for index, count in sorted(self.buckets.items()):
            seen += count
            if seen >= rank:
                low, high = (2 ** (i / 2**self.scale) for i in (index, index + 1))
                return min(max(2 * low * high / (low + high), self.min), self.max)
        raise AssertionError("an empty trend has no percentile")


def seconds_of(text):
    """A time of the summary, such as "721ms~" or "≥1.2s", in seconds."""
    number, unit = re.fullmatch(r"≥?([\d.,]+)(ns|us|ms|s)~?", text).groups()
    return float(number.replace(",", "")) * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[unit]


def whole_of(text):
    """A count of the summary, such as "21,493"."""
    return int(text.replace(",", ""))


class Mock(Process):
    """`perigee mock`, on a free port where the flags name none, once it listens."""

    def __init__(self, flags, folder, name):
        ready, tell_ready = os.pipe()
        try:
            port = () if "--port" in flags else ("--port", "0")
            arguments = ["mock", *port, "--ready-fd", tell_ready, *flags]
            super().__init__(arguments, folder, name=name, pass_fds=[tell_ready])
        finally:
            os.close(tell_ready)
        with os.fdopen(ready) as pipe:
            line = pipe.readline()  # Ends at the latest when the process does.
        if not line:
            code = self.wait(10)
            raise AssertionError(f"the mock did not start: {code} {self.stderr}")
        self.port = int(line)
        self.url = f"http://127.0.0.1:{self.port}"


class EndToEndTest(unittest.TestCase):
    """A test with a folder of its own, and with processes that never outlive it."""

    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="perigee-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self._started = 0

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def _name(self):
        self._started += 1
        return f"process{self._started}"

    def command(self, *arguments, env=None, timeout=30):
        """Runs perigee with exactly these arguments to its end."""
        began = time.monotonic()
        process = Process(arguments, self.folder, env, self._name())
        self.addCleanup(process.kill)
        return self._result(process, None, began, timeout)

    def _result(self, process, json_path, began, timeout):
        code = process.wait(timeout)
        took = time.monotonic() - began
        result = Result(code, process.stdout, process.stderr, json_path, took)
        self.assertNotRegex(result.stderr, SANITIZER_REPORT)
        return result

    def start_script(self, script, *flags, mock=FAST, server=None, env=None, **popen):
        """Starts `perigee run` with a script: a path, or its text.

        `mock` are the flags of a mock beside the run, None for no mock; a `server` takes its place.
        """
        name = self._name()
        if isinstance(script, str):
            script = self.write(f"{name}/script.lua", script)
        arguments = ["run", script, *flags]
        env = dict(env or {})
        if server is not None:
            env["ANTHROPIC_BASE_URL"] = server.url
        elif mock is not None:
            arguments += ["--mock", "--mock-args", mock]
        json_path = self.folder / f"{name}.json"
        arguments += ["--json", json_path]
        process = Process(arguments, self.folder, env, name, **popen)
        process.json_path = json_path
        process.began = time.monotonic()
        self.addCleanup(process.kill)
        return process

    def finish(self, process, timeout=60):
        """Waits for a started script's end."""
        return self._result(process, process.json_path, process.began, timeout)

    def run_script(self, script, *flags, timeout=60, **options):
        """Runs a script to its end; see start_script."""
        return self.finish(self.start_script(script, *flags, **options), timeout)

    def start_mock(self, *flags):
        mock = Mock(flags, self.folder, self._name())
        self.addCleanup(mock.kill)
        return mock

    def stop_mock(self, mock):
        """Ends it as its users do; what it records is on disk then."""
        mock.send(signal.SIGTERM)
        code = mock.wait(20)
        self.assertNotRegex(mock.stderr, SANITIZER_REPORT)
        self.assertEqual(code, 0, mock.stderr)

    def assertCode(self, expected, result):
        self.assertEqual(result.code, expected, str(result))
        if result.json is not None:
            self.assertEqual(result.json["run"]["exit_code"], expected)


def chat_script(body="", options="", before=""):
    """A script with one default function, whose client is `claude`."""
    return f"""
local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local metrics = require "perigee.metrics"
local claude = anthropic.client {{ model = "claude-haiku-4-5", max_tokens = 64 }}
{before}
return {{
  options = {{ {options} }},
  default = function(user)
    {body or 'claude:stream { messages = "Hello" }'}
  end,
}}
"""
