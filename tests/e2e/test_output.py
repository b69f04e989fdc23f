"""What a run prints where, and the file that it leaves behind."""

import fcntl
import json
import os
import pty
import re
import select
import struct
import termios
import time
import unicodedata
import unittest

from harness import FAST, ROOT, EndToEndTest, Trend, chat_script

ESCAPE = "\x1b"
DOCS = ROOT / "docs"


def documented_fields(heading):
    """The first column of the tables under a heading of docs/result-file.md."""
    text = (DOCS / "result-file.md").read_text()
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.M | re.S).group(1)
    section = section.split("\n### ")[0]
    names = set()
    for cell in re.findall(r"^\| (`[^|]*) \|", section, re.M):
        names |= set(re.findall(r"`([^`]+)`", cell))
    return names


class Streams(EndToEndTest):
    def test_stdout_has_the_summary_and_stderr_the_rest(self):
        body = 'perigee.log("a line of the script") claude:stream { messages = "Hi" }'
        script = chat_script(body)
        result = self.run_script(script, "-i", 1)
        self.assertCode(0, result)
        self.assertTrue(result.stdout.startswith("PASSED"))
        self.assertNotIn("perigee mock", result.stdout)
        self.assertNotIn("a line of the script", result.stdout)
        self.assertIn("perigee mock: http://127.0.0.1:", result.stderr)
        self.assertIn("vu 1: a line of the script\n", result.stderr)
        self.assertNotIn("PASSED", result.stderr)
        self.assertNotIn(ESCAPE, result.stdout + result.stderr)

    def test_progress_is_a_line_every_few_seconds_or_nothing(self):
        line = re.compile(r"^5\.\d+s of 6\.00s · 2 VUs · \d+ iterations · [\d.]+ requests/s", re.M)
        script = chat_script('claude:stream { messages = "Hi" } perigee.sleep "100ms"')
        flags = ["-u", 2, "-d", "6s", "--progress"]
        plain = self.start_script(script, *flags, "plain")
        none = self.start_script(script, *flags, "none")
        plain, none = self.finish(plain), self.finish(none)
        self.assertEqual(len(line.findall(plain.stderr)), 1, plain.stderr)
        self.assertIn("tokens/s", plain.stderr)
        self.assertEqual(none.stderr, "")
        for result in plain, none:
            self.assertCode(0, result)
            self.assertTrue(result.stdout.startswith("PASSED"))

    def test_warnings_and_logs_of_a_script_are_formatted(self):
        body = 'perigee.log("%d%% of %s", 50, "it") perigee.warn("careful: %s", 100 .. "%")'
        result = self.run_script(chat_script(body), "-u", 1, "-i", 1)
        self.assertIn("vu 1: 50% of it\n", result.stderr)
        self.assertRegex(result.stderr, r"(?m)^.*warn.*vu 1: careful: 100%$")

    def test_what_is_logged_while_loading_is_printed(self):
        result = self.run_script(chat_script(before='perigee.log("loading")'), "-i", 1)
        self.assertRegex(result.stderr, r"(?m)^loading$")


class Summary(EndToEndTest):
    def test_thresholds_come_with_mark_and_value(self):
        script = chat_script(
            'perigee.check("fine", claude:stream({ messages = "Hi" }).ok) seen:add(7)',
            before='local seen = metrics.trend("seen")',
        )
        sources = {
            "llm_ttft p(95) < 10s": "✓",
            "llm_ttft{task=default} med < 1ms": "✗",
            "seen max < 8": "✓",
            "seen avg > 7": "✗",
            "checks{check=fine} rate >= 100%": "✓",
            "llm_requests count >= 20": "✓",
        }
        flags = [word for source in sources for word in ("--threshold", source)]
        result = self.run_script(script, "-i", 20, *flags)
        self.assertCode(99, result)
        self.assertTrue(result.stdout.startswith("FAILED   2 of 6 thresholds failed\n"))
        for source, mark in sources.items():
            line = next(x for x in result.stdout.splitlines() if source in x)
            self.assertTrue(line.startswith(f"  {mark} {source} "), line)
        self.assertRegex(result.stdout, r"(?m)^  ✗ llm_ttft\{task=default\} med < 1ms +2\d\.\dms")
        values = {t["source"]: t["value"] for t in result.json["thresholds"]}
        self.assertEqual(values["seen max < 8"], 7)
        self.assertEqual(values["checks{check=fine} rate >= 100%"], 1)
        self.assertEqual(values["llm_requests count >= 20"], 20)
        self.assertAlmostEqual(values["llm_ttft p(95) < 10s"], 0.02, delta=0.02)

    def test_checks_are_counted_by_name(self):
        body = """
    perigee.check("always", true)
    perigee.check("every second", user.iteration % 2 == 0)
    perigee.check(7, { ["is seven"] = function(n) return n == 7 end, ["is a lie"] = false })
  """
        result = self.run_script(chat_script(body), "-u", 1, "-i", 10)
        self.assertCode(0, result)
        self.assertRegex(result.stdout, r"(?m)^  ✓ always +10 of 10$")
        self.assertRegex(result.stdout, r"(?m)^  ✗ every second +5 of 10 +50%$")
        self.assertRegex(result.stdout, r"(?m)^  ✓ is seven +10 of 10$")
        self.assertRegex(result.stdout, r"(?m)^  ✗ is a lie +0 of 10 +0%$")
        self.assertEqual(result.rate("checks"), (25, 40))

    def test_a_scripts_own_metrics_are_shown(self):
        before = """
local pages, heat = metrics.counter("pages"), metrics.gauge("heat")
local hits, wait = metrics.rate("hits"), metrics.trend("wait_time", { unit = "s" })
"""
        body = 'pages:add(2) heat:set(user.iteration) wait:add("250ms") '
        body += "hits:add(user.iteration > 5)"
        result = self.run_script(chat_script(body, before=before), "-u", 1, "-i", 20)
        self.assertCode(0, result)
        self.assertRegex(result.stdout, r"(?m)^  pages +40 · ")
        self.assertRegex(result.stdout, r"(?m)^  heat +20 · min 1 · max 20$")
        self.assertRegex(result.stdout, r"(?m)^  hits +75% · 15 of 20$")
        self.assertRegex(result.stdout, r"(?m)^  wait_time +avg 250ms · med 250ms · ")
        self.assertEqual(result.counter("pages"), 40)
        self.assertEqual(result.trend("wait_time").count, 20)
        self.assertAlmostEqual(result.trend("wait_time").avg, 0.25)

    def test_plain_http_has_a_table_by_name(self):
        script = """
local perigee = require "perigee"
local http = require "perigee.http"
local base = perigee.env "ANTHROPIC_BASE_URL"
return { default = function()
  http.get(base .. "/echo?page=1", { name = "search" })
  http.get(base .. "/status/503", { name = "broken" })
end }
"""
        result = self.run_script(script, "-i", 10, "--summary", "full")
        self.assertCode(0, result)
        table = result.table("http")
        self.assertEqual((table["search"]["requests"], table["search"]["failed"]), ("10", "0%"))
        self.assertEqual((table["broken"]["requests"], table["broken"]["failed"]), ("10", "100%"))
        self.assertEqual((table["all"]["requests"], table["all"]["failed"]), ("20", "50%"))
        self.assertIn("http phases", result.stdout)
        self.assertRegex(result.stdout, r"(?m)^status +200 10 · 503 10$")
        self.assertNotIn("llm_", result.stdout)
        self.assertIn("20 HTTP requests (10 failed, 0 censored)", result.stdout)

    def test_a_model_without_a_price_is_a_warning_and_no_cost(self):
        script = chat_script().replace("claude-haiku-4-5", "house-model-1")
        result = self.run_script(script, "-i", 2)
        self.assertCode(0, result)
        self.assertIn("cost unknown", result.stdout)
        warnings = result.json["warnings"]
        self.assertEqual(len(warnings), 1)
        self.assertIn('"house-model-1"', warnings[0])
        self.assertRegex(result.stdout, r"(?m)^warning +no price is known")

    def test_several_models_have_a_table(self):
        script = chat_script('claude:stream { messages = "Hi", model = perigee.pick(names) }')
        script = script.replace(
            "return {", 'local names = { "claude-haiku-4-5", "claude-sonnet-4-5" }\nreturn {', 1
        )
        result = self.run_script(script, "-i", 30, "--seed", 1)
        table = result.table("model")
        self.assertEqual(len(table), 3, table)
        self.assertEqual(sum(int(row["requests"]) for row in table.values()), 60)


class ResultFile(EndToEndTest):
    SCRIPT = chat_script(
        """
    claude:stream { messages = "Hello" }
    perigee.check("fine", true)
    if user.iteration == 1 then error("mistake") end
  """
    )

    shared = None

    @property
    def result(self):
        """One run, which several tests look at."""
        if ResultFile.shared is None:
            flags = ["-u", 2, "-d", "1500ms", "--threshold", "llm_ttft p(95) < 5s", "--seed", 77]
            ResultFile.shared = self.run_script(self.SCRIPT, *flags)
            self.assertCode(107, ResultFile.shared)
        return ResultFile.shared

    def test_it_has_the_documented_fields_and_no_others(self):
        file = self.result.json
        self.assertEqual(set(file), documented_fields("Top level"))
        self.assertEqual(set(file["run"]), documented_fields("`run`"))
        self.assertEqual(set(file["thresholds"][0]), documented_fields("`thresholds`"))
        self.assertEqual(set(file["intervals"]), documented_fields("`intervals`"))
        self.assertEqual(set(file["script_errors"][0]), {"text", "count"})
        fields = {
            "counter": {"sum"},
            "gauge": {"last", "min", "max", "count"},
            "rate": {"trues", "total", "own_trues", "share"},
            "trend": {"count", "avg", "min", "max", "p50", "p90", "p95", "p99"}
            | {"at_least", "values", "lower_bounds", "errors"},
        }
        for metric in file["metrics"]:
            self.assertEqual(set(metric), {"name", "type", "unit", "of", "series"})
            for series in metric["series"]:
                self.assertEqual(set(series), {"tags"} | fields[metric["type"]], metric["name"])

    def test_it_says_what_was_run(self):
        file = self.result.json
        self.assertEqual((file["schema"], file["schema_version"]), ("perigee-result", 2))
        self.assertEqual(file["run"]["seed"], 77)
        self.assertTrue(file["run"]["script"].endswith("script.lua"))
        self.assertRegex(file["run"]["started_at"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(file["options"]["scenarios"]["default"]["vus"], 2)
        self.assertIn(file["host"]["stamps"], ("kernel", "loop"))

    def test_every_metric_is_documented_with_its_type_and_unit(self):
        text = (DOCS / "metrics.md").read_text()
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|", text, re.M)
        documented = {name: (kind, unit.strip()) for name, kind, unit in rows}
        for metric in self.result.json["metrics"]:
            unit = {"share": "%"}.get(metric["unit"], metric["unit"])
            self.assertEqual(documented[metric["name"]], (metric["type"], unit))

    def test_intervals_are_columns_of_running_totals(self):
        intervals = dict(self.result.json["intervals"])
        client = intervals.pop("client")  # Of each interval alone: no totals.
        trends = {(t["metric"], t["selector"]): t for t in intervals.pop("trends")}
        rates = {(r["metric"], r["selector"]): r for r in intervals.pop("rates")}
        intervals |= {f"failures {kind}": c for kind, c in intervals.pop("failures").items()}
        intervals |= {f"{name} {c}": r[c] for name, r in rates.items() for c in ("trues", "totals")}
        columns = [*intervals.values(), *client.values(), *(t["histograms"] for t in trends.values())]
        lengths = {len(column) for column in columns}
        self.assertEqual(len(lengths), 1)
        self.assertGreaterEqual(lengths.pop(), 1)
        histograms = [h for h in trends["llm_ttft", ""]["histograms"] if h]
        ttft = self.result.trend("llm_ttft")
        self.assertEqual(sum(h["count"] for h in histograms), ttft.count)
        self.assertAlmostEqual(sum(h["sum"] for h in histograms) / ttft.count, ttft.avg, places=5)
        self.assertEqual(rates["checks", ""]["totals"][-1], self.result.rate("checks")[1])
        shares = {name for name in intervals if name.endswith("_used")}
        for name in set(intervals) - {"vus"} - shares:
            self.assertEqual(intervals[name], sorted(intervals[name]), name)
        self.assertLessEqual(intervals["llm_requests"][-1], self.result.counter("llm_requests"))

    def test_the_documents_own_percentile_gives_the_files_figures(self):
        code = re.search(r"```python\n(.*?)```", (DOCS / "result-file.md").read_text(), re.S)
        names = {}
        exec(code.group(1), names)  # The document promises that it works.
        checked = 0
        for metric in self.result.json["metrics"]:
            for series in metric["series"] if metric["type"] == "trend" else []:
                self.assertEqual(series["count"], sum_of_counts(series), metric["name"])
                if series["lower_bounds"]:
                    continue
                for p in (50, 90, 95, 99):
                    value = names["percentile"](series["values"], p)
                    self.assertAlmostEqual(value, series[f"p{p}"], delta=1e-9 + value * 1e-9)
                    self.assertAlmostEqual(Trend([series]).percentile(p), value)
                    checked += 1
        self.assertGreater(checked, 20)

    def test_keys_are_nowhere(self):
        with_key = 'anthropic.client { api_key = perigee.env "KEY",'
        script = chat_script().replace("anthropic.client {", with_key)
        result = self.run_script(script, "-i", 1, "-e", "KEY=sk-ant-secret", "--progress", "plain")
        self.assertCode(0, result)
        self.assertNotIn("sk-ant-secret", json.dumps(result.json) + result.stdout + result.stderr)

    def test_it_appears_whole_or_not_at_all(self):
        path = self.write("results/result.json", "of an earlier run")
        script = self.write("script.lua", chat_script())
        flags = ["--mock", "--mock-args", FAST, "--json", path]
        self.assertEqual(self.command("run", script, "-i", 1, *flags).code, 0)
        self.assertEqual(json.loads(path.read_text())["schema"], "perigee-result")
        self.assertEqual([entry.name for entry in path.parent.iterdir()], ["result.json"])

    def test_dev_null_takes_it(self):
        script = self.write("null.lua", chat_script())
        flags = ["--mock", "--mock-args", FAST, "--json", "/dev/null"]
        self.assertEqual(self.command("run", script, "-i", 1, *flags).code, 0)
        self.assertTrue(os.path.exists("/dev/null") and not os.path.isfile("/dev/null"))


def sum_of_counts(series):
    return sum(
        histogram["zeros"] + sum(histogram["counts"])
        for histogram in (series["values"], series["lower_bounds"])
        if histogram
    )


class Terminal(EndToEndTest):
    """The same under a terminal of 90 columns."""

    def run_in_terminal(self, script, *flags, env=None, columns=90, stdout_too=True):
        """Returns the process' result and all that the terminal got."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        popen = {"stderr": theirs} | ({"stdout": theirs} if stdout_too else {})
        process = self.start_script(script, *flags, env=env, **popen)
        os.close(theirs)
        shown, deadline = b"", time.monotonic() + 30
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 0.2)[0]:
                continue
            try:
                part = os.read(ours, 65536)
            except OSError:  # All its writers are gone.
                break
            if not part:
                break
            shown += part
        return self.finish(process, 20), shown.decode().replace("\r\n", "\n")

    BODY = """
    claude:stream { messages = "Hi" }
    perigee.sleep "50ms"
    if user.iteration == 15 then perigee.log("said in between") end
  """

    def test_progress_is_redrawn_and_the_summary_is_intact(self):
        flags = ["-u", 1, "-d", "3500ms"]
        result, shown = self.run_in_terminal(chat_script(self.BODY), *flags)
        self.assertCode(0, result)
        draws = re.findall(r"running  (\d\.\d\ds) of 3\.50s  1/1 VUs", shown)
        self.assertEqual(len(draws), 3 + 1, shown)  # One again below the script's line.
        self.assertRegex(shown, ESCAPE + r"\[\d+F" + ESCAPE + r"\[J")
        self.assertEqual(shown.count(f"said in between{ESCAPE}[K\n"), 1)
        # What was drawn last is erased; the summary stands by itself.
        self.assertEqual(screen_of(shown).count("running  "), 0)
        lines = screen_of(shown).splitlines()
        self.assertIn("vu 1: said in between", lines)
        self.assertIn("PASSED   no thresholds were set", lines)
        self.assertTrue(any(line.startswith("task ") for line in lines))
        self.assertLessEqual(max(map(len, lines[1:])), 90)
        self.assertIn(f"{ESCAPE}[", shown.split("no thresholds were set")[0].splitlines()[-1])

    def test_no_color_takes_the_colours_away(self):
        flags = ["-u", 1, "-d", "1500ms"]
        env = {"NO_COLOR": "1"}
        result, shown = self.run_in_terminal(chat_script(self.BODY), *flags, env=env)
        self.assertCode(0, result)
        self.assertIn("\nPASSED   no thresholds were set\n", screen_of(shown))
        self.assertNotRegex(shown, ESCAPE + r"\[[\d;]*m")

    def test_a_summary_that_goes_to_a_file_has_no_colours(self):
        flags = ["-u", 1, "-d", "1500ms"]
        script = chat_script(self.BODY)
        result, shown = self.run_in_terminal(script, *flags, stdout_too=False)
        self.assertCode(0, result)
        self.assertIn("running  ", shown)
        self.assertNotIn(ESCAPE, result.stdout)
        self.assertTrue(result.stdout.startswith("PASSED   no thresholds were set\n"))

    def test_no_line_is_wider_than_the_terminal(self):
        """Under the C locale, and with names of wide glyphs, of marks, and of one long word."""
        script = """
local perigee = require "perigee"
local claude = require("perigee.anthropic").client { model = "claude-haiku-4-5", max_tokens = 64 }
local metrics = require "perigee.metrics"
local many = metrics.counter("a_counter_whose_name_is_" .. ("long_"):rep(12) .. "indeed")
local User = perigee.user { name = "user" }
for _, name in ipairs { ("長い名前🚀"):rep(12), ("x"):rep(200), ("e\u0301"):rep(90) } do
  User:task(name, function()
    claude:stream { messages = "Hi" }
    perigee.check(name, false)
    many:add(1)
    error(name)
  end)
end
return {
  options = { allow_script_errors = true, thresholds = {
    "llm_ttft{task=" .. ("長い名前🚀"):rep(12) .. "} p(95) < 2s",
  } },
  users = { User },
}
"""
        env = {"NO_COLOR": "1", "LC_ALL": "C"}
        flags = ["-u", 2, "-i", 12, "--allow-unjudged", "--summary", "full", "--as", "k6",
                 "--progress", "none"]
        result, shown = self.run_in_terminal(script, *flags, env=env, columns=60)
        self.assertCode(0, result)
        summary = shown[shown.index("PASSED") :]
        self.assertIn("長い", summary)
        self.assertIn("xxxx…xxx", summary)
        for line in summary.splitlines():
            self.assertLessEqual(columns_of(line), 60, line)

    def test_progress_plain_stays_plain(self):
        flags = ["-i", 3, "--progress", "plain"]
        _, shown = self.run_in_terminal(chat_script(), *flags, env={"NO_COLOR": "1"})
        self.assertNotIn(ESCAPE, shown)


def columns_of(line):
    def width(char):
        if unicodedata.combining(char):
            return 0
        return 2 if unicodedata.east_asian_width(char) in "WF" else 1

    return sum(map(width, line))


def screen_of(shown):
    """What a terminal shows in the end, colours taken away. Knows the three sequences in use."""
    lines = [""]
    for part in re.split(ESCAPE + r"\[(\d*[A-Za-z]|[\d;]*m)", shown):
        match = re.fullmatch(r"(\d*)([FJK])", part)
        if match and match.group(2) == "F":
            del lines[len(lines) - 1 - int(match.group(1)) :]
            lines.append("")
        elif not match and not re.fullmatch(r"[\d;]*m", part):
            first, *rest = part.split("\n")
            lines[-1] += first
            lines += rest
    return "\n".join(lines)


class Help(EndToEndTest):
    def test_help_names_the_commands_and_flags(self):
        result = self.command("--help")
        self.assertEqual(result.code, 0)
        self.assertIn("run ", result.stdout)
        self.assertIn("mock ", result.stdout)
        for command, flags in {
            "run": ["--vus", "--duration", "--iterations", "--stage", "--threshold", "--mock"],
            "mock": ["--port", "--ttft", "--itl", "--fail", "--record"],
        }.items():
            result = self.command(command, "--help")
            self.assertEqual((result.code, result.stderr), (0, ""))
            for flag in flags:
                self.assertIn(flag, result.stdout)

    def test_version_is_a_number(self):
        result = self.command("--version")
        self.assertEqual(result.code, 0)
        self.assertRegex(result.stdout, r"^\d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    unittest.main()
