"""What a run writes for other tools says the same as its result file, failures of every kind among it."""

import collections
import csv
import json
import os
import re
import threading
import time
import unittest
import urllib.request

import raw_server
from harness import ROOT, EndToEndTest, chat_script
from junit import Junit
from prometheus import Prometheus, check_metrics
from test_ci_reports import markdown_table

# Every kind of docs/metrics.md.
KINDS = {
    "timeout", "connect", "dns", "tls", "reset", "protocol", "rate_limited", "overloaded",
    "server_error", "invalid_request", "auth", "not_found", "too_large", "truncated",
    "stream_error", "refused", "other",
}

FAULTS = (
    "400=4%,401=4%,404=4%,413=4%,429=4%,500=4%,529=4%,stream-error:api_error:event=6=4%,"
    "eof:event=7=4%,reset:event=7=4%,stall:5s:event=6=4%,refusal=4%"
)

# What the mock does not do to one request in so many is done by going elsewhere.
EVERY_KIND = """
local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local http = require "perigee.http"
local metrics = require "perigee.metrics"
local mock = perigee.env("MOCK_URL")
local function client(url)
  return anthropic.client {
    base_url = url, api_key = "x", model = "claude-haiku-4-5", max_tokens = 64,
    timeouts = { silence = "400ms" }, retries = { max = 1, base = "5ms", cap = "5ms" },
  }
end
local claude = client(mock)
local elsewhere = {
  client("http://127.0.0.1:1"),                   -- connect
  client("http://no-such-host.invalid"),          -- dns
  client((mock:gsub("^http:", "https:"))),        -- tls
  client(perigee.env("RAW_URL")),                 -- protocol
}
local Chat = perigee.user { name = "chat" }
Chat:task("ask", 8, function()
  perigee.check("answered", claude:stream({ messages = "Hello" }).ok)
end)
Chat:task("page", function(user)
  http.get(mock .. "/echo", { name = "/echo" })
  http.get(mock .. "/echo", { name = "/echo", expected_statuses = { 204 } })   -- other
end)
local Lost = perigee.user { name = "lost" }
Lost:task("ask elsewhere", function()
  for _, other in ipairs(elsewhere) do other:create { messages = "Hello" } end
  error("lost")
end)
return {
  options = {
    scenarios = {
      chat = { executor = "constant-vus", vus = 12, duration = "4s", graceful_stop = "0s", exec = "chat" },
      lost = { executor = "per-vu-iterations", vus = 1, iterations = 2, exec = "lost" },
    },
    allow_script_errors = true,
  },
  users = { Chat, Lost },
  teardown = function() perigee.sleep "3s" end,
}
"""


def kinds_of(result, metric):
    kinds = result.counts_by(metric, "error")
    kinds.pop("", None)
    return kinds


def read_requests(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def read_csv(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class Failures:
    """Kind -> how many failed with it, of requests to models and of all, as an export says.

    Of all: None where the export says it of requests to models alone.
    """

    def __init__(self, llm, all_requests=None):
        self.llm = dict(llm)
        self.all = None if all_requests is None else dict(all_requests)


def failures_in_requests(path):
    lines = [line for line in read_requests(path) if line.get("error") and not line["apart"]]
    return Failures(
        collections.Counter(line["error"] for line in lines if line["type"] == "llm"),
        collections.Counter(line["error"] for line in lines),
    )


def failures_in_csv(prefix):
    llm, both = collections.Counter(), collections.Counter()
    for row in read_csv(f"{prefix}_failures.csv"):
        both[row["Error"]] += int(row["Occurrences"])
        if row["Method"] == "llm":
            llm[row["Error"]] += int(row["Occurrences"])
    return Failures(llm, both)


def failures_in_prometheus(prometheus):
    def by_kind(metric):
        last = f'last_over_time({metric}{{outcome="failed"}}[1m])'
        return {labels["error"]: value for labels, value in prometheus.query(f"sum by (error) ({last})")}

    return Failures(by_kind("perigee_llm_requests_total"), by_kind("perigee_http_reqs_total"))


def counts_in(words):
    """{"timeout": 2} of "timeout 2 · reset 1"."""
    return {kind: int(count.replace(",", "")) for kind, count in re.findall(r"([a-z_]+) ([\d,]+)", words)}


def failures_in_summary(text):
    """Of what follows a title, down to the next line that is not indented as deep."""

    def titled(title):
        return counts_in(re.search(rf"^{title} +(.*(?:\n {{12}}.*)*)", text, re.MULTILINE).group(1))

    return Failures(titled("failures"), titled("of all HTTP"))


def failures_in_html(path):
    page = path.read_text()

    def titled(title):
        words = re.search(rf"<dt>{title}</dt><dd>(.*?)</dd>", page, re.DOTALL).group(1)
        return counts_in(re.sub(r"<[^>]*>", " ", words))

    return Failures(titled("failures"), titled("of all HTTP"))


class EveryKindOfFailure(EndToEndTest):
    def run_with_exports(self):
        """Runs with all exports; returns the result and what each export says of failures.

        Another export wants its flag here, and a function that makes a Failures of what it wrote.
        """
        mock = self.start_mock("--ttft", "10ms", "--itl", "1ms", "--tokens", "30",
                               "--tokens-per-delta", "2", "--seed", "11", "--faults", FAULTS)
        raw = raw_server.RawServer(b"hello, I am no server\r\n\r\n")
        self.addCleanup(raw.close)
        process = self.start_script(
            EVERY_KIND, "--requests", "run.jsonl", "--csv", "run", "--prometheus", "0",
            "--summary", "full", "--junit", "run.xml", "--markdown", "run.md", "--html", "run.html",
            mock=None, env={"MOCK_URL": mock.url, "RAW_URL": raw.url},
        )
        url = process.wait_for_stderr(r"Prometheus metrics at (http://127\.0\.0\.1:\d+)").group(1)
        self.prometheus = Prometheus(self.folder, url.removeprefix("http://"))
        self.addCleanup(self.prometheus.close)
        self.prometheus.wait_until_it_has("perigee_run_elapsed_seconds > 2")
        with urllib.request.urlopen(f"{url}/metrics", timeout=10) as answer:
            self.page = answer.read().decode()
        result = self.finish(process)
        exports = {
            "requests": failures_in_requests(self.folder / "run.jsonl"),
            "csv": failures_in_csv(self.folder / "run"),
            "prometheus": failures_in_prometheus(self.prometheus),
            "html": failures_in_html(self.folder / "run.html"),
        } | self.failures_in_reports("run", result.stdout) | self.failures_in_reports(
            "again", self.report_of_the_file(process.json_path)
        )
        return result, exports

    def report_of_the_file(self, json_path):
        """What perigee report prints; it writes the same files as the run, beside them."""
        result = self.command(
            "report", json_path, "--summary", "full", "--junit", self.folder / "again.xml",
            "--markdown", self.folder / "again.md",
        )
        self.assertEqual(result.code, 0, result.stderr)
        return result.stdout

    def failures_in_reports(self, name, summary):
        suite = Junit(self.folder / f"{name}.xml").suites[0]
        rows = markdown_table((self.folder / f"{name}.md").read_text(), "failed with")
        return {
            f"{name}: summary": failures_in_summary(summary),
            f"{name}: junit": Failures(suite.failures_by_kind(), suite.failures_by_kind("http_reqs")),
            f"{name}: markdown": Failures({kind: int(cells[0]) for kind, cells in rows.items()}),
        }

    def test_it_is_in_every_export_as_often_as_in_the_result_file(self):
        result, exports = self.run_with_exports()
        self.assertCode(0, result)
        llm, both = kinds_of(result, "llm_requests"), kinds_of(result, "http_reqs")
        self.assertEqual(set(both), KINDS)
        self.assertEqual(set(llm), KINDS - {"other"})
        for name, failures in exports.items():
            with self.subTest(export=name):
                self.assertEqual(failures.llm, llm)
                if failures.all is not None:
                    self.assertEqual(failures.all, both)
        self.check_requests(result)
        self.check_csv(result)
        self.check_prometheus(result)

    def check_requests(self, result):
        """Every request has a line, the unfinished ones too."""
        lines = read_requests(self.folder / "run.jsonl")
        end = lines.pop()
        llm = [line for line in lines if line["type"] == "llm"]
        http = [line for line in lines if line["type"] == "http"]
        self.assertEqual([line["type"] for line in lines[:2]], ["run", "load"])
        self.assertEqual(end, {"type": "end", "llm": len(llm), "http": len(http), "dropped": 0})
        self.assertEqual(len(llm), result.counter("llm_requests"))
        self.assertEqual(len(llm) + len(http), result.counter("http_reqs"))
        outcomes = collections.Counter(line["outcome"] for line in llm)
        self.assertEqual(dict(outcomes), result.counts_by("llm_requests", "outcome"))
        self.assertGreater(outcomes["censored"], 0)
        retries = sum(line["attempt"] > 0 for line in llm)
        self.assertEqual(retries, result.counter("llm_retries"))
        self.assertGreater(retries, 0)
        self.assertAlmostEqual(
            sum(line["cost_usd"] or 0 for line in llm), result.counter("llm_cost"), places=9
        )
        tokens = sum(line["usage"]["output_tokens"] for line in llm)
        self.assertEqual(tokens, result.counter("llm_output_tokens"))
        ttfts = sorted(line["ttft_s"] for line in llm if line["ttft_s"] is not None)
        ttft = result.trend("llm_ttft").values
        self.assertEqual(len(ttfts), ttft.count)
        self.assertAlmostEqual(sum(ttfts), ttft.sum, places=6)

    def check_csv(self, result):
        stats = read_csv(self.folder / "run_stats.csv")
        rows = {(row["Type"], row["Name"]): row for row in stats}
        self.assertEqual(
            set(rows),
            {("llm", "ask"), ("llm", "ask elsewhere"), ("GET", "/echo"), ("", "Aggregated")},
        )
        for column, expected in [
            ("Request Count", result.counter("http_reqs")),
            ("Failure Count", result.rate("http_req_failed")[0]),
        ]:
            self.assertEqual(int(rows["", "Aggregated"][column]), expected)
        ask = rows["llm", "ask"]
        self.assertEqual(int(ask["Request Count"]), result.counter("llm_requests", task="ask"))
        duration = result.trend("llm_request_duration", task="ask")
        self.assertAlmostEqual(float(ask["95%"]), duration.percentile(95) * 1000, delta=0.001)
        self.assertAlmostEqual(float(ask["100%"]), duration.max * 1000, delta=0.001)
        self.assertAlmostEqual(
            float(ask["Average Response Time"]), duration.avg * 1000, delta=0.001
        )
        history = read_csv(self.folder / "run_stats_history.csv")
        self.assertEqual({row["Name"] for row in history}, {"Aggregated"})
        self.assertIn(len(history), range(4, 8))
        totals = [int(row["Total Request Count"]) for row in history]
        self.assertEqual(totals, sorted(totals))
        self.assertEqual(totals[-1], result.counter("http_reqs"))
        self.assertIn(12, {int(row["User Count"]) for row in history})
        errors = read_csv(self.folder / "run_exceptions.csv")
        self.assertEqual(sum(int(row["Count"]) for row in errors), result.counter("script_errors"))
        self.assertTrue(all("lost" in row["Message"] for row in errors), errors)
        self.assertTrue(all("traceback" in row["Traceback"] for row in errors), errors)

    def check_prometheus(self, result):
        self.assertEqual(check_metrics(self.page), "")

        def last(metric, labels=""):
            return self.prometheus.value(f"sum(last_over_time({metric}{labels}[1m]))")

        for name, metric in [
            ("perigee_iterations_total", "iterations"),
            ("perigee_llm_output_tokens_total", "llm_output_tokens"),
            ("perigee_data_received_bytes_total", "data_received"),
            ("perigee_llm_retries_total", "llm_retries"),
        ]:
            self.assertEqual(last(name), result.counter(metric), name)
        self.assertEqual(
            (last("perigee_checks_true_total"), last("perigee_checks_of_total")),
            result.rate("checks"),
        )
        ttft = result.trend("llm_ttft")
        self.assertEqual(last("perigee_llm_ttft_seconds_count"), ttft.count)
        query = "sum by (le) (last_over_time(perigee_llm_ttft_seconds_bucket[1m]))"
        buckets = {float(labels["le"]): count for labels, count in self.prometheus.query(query)}
        self.assertEqual(len(buckets), 46)
        for bound, count in buckets.items():
            # A bucket ends at 2^((i+1)/128): exactly at the bounds.
            expected = sum(
                number for i, number in ttft.values.buckets.items()
                if 2 ** ((i + 1) / 128) <= bound * (1 + 1e-9)
            ) + ttft.values.zeros
            if bound == float("inf"):
                expected = ttft.count
            self.assertEqual(count, expected, bound)


class RequestsFile(EndToEndTest):
    def run_with(self, script, *flags, code=0, **options):
        path = self.folder / "run.jsonl"
        result = self.run_script(script, "--requests", path, *flags, **options)
        self.assertCode(code, result)
        return result, read_requests(path)

    def test_the_document_has_the_fields_of_the_file(self):
        script = """
local http = require "perigee.http"
local claude = require("perigee.anthropic").client { model = "claude-haiku-4-5", max_tokens = 64 }
return { default = function()
  claude:stream { messages = "Hello" }
  http.get(require("perigee").env("ANTHROPIC_BASE_URL") .. "/echo")
end }
"""
        _, lines = self.run_with(script, "-i", 1)
        by_type = {line["type"]: line for line in lines}
        text = (ROOT / "docs/requests-file.md").read_text()
        documented = collections.defaultdict(set)
        for title, table in re.findall(r"^(\*\*.*?\*\*.*?)\n\n((?:\|.*\n)+)", text, re.MULTILINE):
            for cell in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE):
                for kind in re.findall(r"\*\*(\w+)\*\*", title):
                    documented[kind] |= set(re.findall(r"`(\w+)`", cell))
        self.assertEqual(set(documented), set(by_type))
        for kind, line in by_type.items():
            self.assertEqual(documented[kind], set(line) - {"type"}, kind)
        usage = re.search(r"^\| `usage` \| (.*) \|$", text, re.MULTILINE).group(1)
        fields = set(re.findall(r"`(\w+)`", usage)) - {"null"}
        self.assertEqual(fields, set(by_type["llm"]["usage"]))

    def test_what_is_counted_apart_is_marked(self):
        script = """
local http = require "perigee.http"
local perigee = require "perigee"
local function get() http.get(perigee.env("ANTHROPIC_BASE_URL") .. "/echo") end
return {
  options = { vus = 2, duration = "1500ms", warmup = "700ms" },
  setup = get, teardown = get,
  default = function() get() perigee.sleep "20ms" end,
}
"""
        result, lines = self.run_with(script)
        requests = [line for line in lines if line["type"] == "http"]
        apart = [line for line in requests if line["apart"]]
        self.assertEqual(len(requests) - len(apart), result.counter("http_reqs"))
        counted_apart = next(m for m in result.json["apart"] if m["name"] == "http_reqs")
        self.assertEqual(len(apart), sum(s["sum"] for s in counted_apart["series"]))
        self.assertGreater(len(apart), 20)
        start = lines[2]["start_s"]  # After setup's request.
        self.assertEqual(lines[2], {"type": "load", "start_s": start, "warmup_s": 0.7})
        self.assertLess(lines[1]["ended_s"], start)
        during_warmup = [line for line in apart[1:-1]]
        self.assertTrue(all(start <= line["ended_s"] <= start + 0.75 for line in during_warmup))

    def test_a_slow_reader_does_not_hold_up_the_load(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        process = self.start_script(chat_script(), "--requests", pipe, "-u", 5, "-d", "1s")
        lines = []

        def read():
            with open(pipe) as file:
                time.sleep(2.5)  # Until the load is over.
                lines.extend(json.loads(line) for line in file)

        reader = threading.Thread(target=read)
        reader.start()
        result = self.finish(process)
        reader.join()
        self.assertCode(0, result)
        self.assertLess(result.json["run"]["elapsed_s"], 2)
        self.assertEqual(lines[-1]["llm"], result.counter("llm_requests"))
        self.assertEqual(lines[-1]["dropped"], 0)

    def test_a_full_disk_is_told_and_spoils_nothing_else(self):
        result = self.run_script(chat_script(), "-i", 3, "--requests", "/dev/full")
        self.assertEqual(result.code, 1)
        self.assertEqual(result.json["run"]["exit_code"], 0)
        self.assertEqual(result.counter("llm_requests"), 3)
        problem = "--requests: the file could not be written whole: No space left on device"
        self.assertIn(f"perigee: {problem}", result.stderr)
        self.assertIn(problem, result.json["warnings"])


class Refusals(EndToEndTest):
    def assertRefused(self, message, *flags):
        script = self.write("script.lua", chat_script())
        env = {"ANTHROPIC_API_KEY": "x", "ANTHROPIC_BASE_URL": "http://127.0.0.1:1"}
        result = self.command("run", script, "-i", "1", *flags, env=env)
        self.assertEqual(result.code, 104)
        self.assertIn(message, result.stderr)

    def test_what_cannot_be_written_is_told_before_the_load(self):
        gone = "/no/such/folder/x"
        missing = "No such file or directory"
        self.assertRefused(f"--requests: cannot write {gone}: {missing}", "--requests", gone)
        self.assertRefused(f"--csv: cannot write {gone}_stats.csv: {missing}", "--csv", gone)
        self.assertRefused("--csv-full-history: goes with --csv", "--csv-full-history")
        self.assertRefused(f"--requests: {self.folder}/script.lua is the script", "--requests",
                           self.folder / "script.lua")

    def test_an_address_for_prometheus(self):
        self.assertRefused('--prometheus: expected a port or HOST:PORT, as in 9464, 0.0.0.0:9464 or '
                           '[::1]:9464, got "x"', "--prometheus", "x")
        mock = self.start_mock()
        self.assertRefused(f"--prometheus: cannot listen on 127.0.0.1:{mock.port}: Address already "
                           "in use", "--prometheus", mock.port)


class Quick(EndToEndTest):
    def test_it_has_the_same_exports(self):
        result = self.command("quick", "--mock", "--prompt", "Hello", "-i", "2", "--requests", "q.jsonl",
                              "--csv", "q", "--csv-full-history", "--prometheus", "0")
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual(read_requests(self.folder / "q.jsonl")[-1]["llm"], 2)
        row = read_csv(self.folder / "q_stats.csv")[0]
        self.assertEqual((row["Type"], row["Name"], row["Request Count"]), ("llm", "default", "2"))
        self.assertEqual(read_csv(self.folder / "q_stats_history.csv")[-2]["Name"], "default")
        self.assertIn("Prometheus metrics at http://127.0.0.1:", result.stderr)


if __name__ == "__main__":
    unittest.main()
