"""What `perigee search` tries and says; whether its knee is right is in tests/accuracy."""

import json
import re
import shutil
import signal
import unittest

from browser import Browser
from harness import FAST, EndToEndTest, Process, chat_script

FAILING = FAST + " --fail 529=50%"
OBJECTIVE = ["--objective", "llm_request_failed rate < 5%"]
CHROMIUM = shutil.which("chromium")


def value_of(estimate):
    return None if estimate is None else estimate["value"]


class Search(EndToEndTest):
    def search(self, *flags, mock=FAST, code=0, shortest="1s"):
        script = self.write("script.lua", chat_script())
        path = self.folder / "search.json"
        result = self.command(
            "search", script, "--mock", "--mock-args", mock, "--min-step", shortest, "--max-step", "2s",
            "--json", path, *flags, timeout=90,
        )  # fmt: skip
        self.assertCode(code, result)
        return result, json.loads(path.read_text()) if path.exists() else None

    def test_all_holds(self):
        result, found = self.search(*OBJECTIVE, "--by", "users", "--from", 2, "--to", 4)
        self.assertEqual(found["held"], 4)
        self.assertIsNone(found["failed"])
        self.assertEqual([step["load"] for step in found["steps"]], [2, 4])
        self.assertIn("4 users held, and more was not tried", result.stdout)

    def test_nothing_holds(self):
        result, found = self.search(*OBJECTIVE, "--from", 20, mock=FAILING, code=99)
        self.assertIsNone(found["held"])
        self.assertIn("not even 20/s held: llm_request_failed rate < 5%: ", result.stdout)

    def test_steps_are_bounded(self):
        result, found = self.search(*OBJECTIVE, "--max-steps", 1, "--from", 5)
        self.assertEqual(len(found["steps"]), 1)
        self.assertIn("by the 1 steps that --max-steps allows", result.stdout)

    def test_budget_is_for_all_steps(self):
        result, found = self.search(*OBJECTIVE, "--from", 20, "--budget", "0.008")
        self.assertEqual(found["stopped_by"], "the budget")
        self.assertLessEqual(sum(step["cost_usd"] for step in found["steps"]), 0.008)

    def test_stopped_by_a_signal(self):
        script = self.write("script.lua", chat_script('perigee.log("a call") claude:stream { messages = "Hi" }'))
        process = Process(
            ["search", script, "--mock", "--mock-args", FAST, *OBJECTIVE], self.folder
        )
        self.addCleanup(process.kill)
        process.wait_for_stderr("a call")
        process.send(signal.SIGINT)
        self.assertEqual(process.wait(40), 105)
        self.assertIn("by a signal", process.stdout)

    def test_mistakes(self):
        for flags, message in [
            ([], "--objective: at least one is needed"),
            (["--objective", "llm_ttft p(95) < 2"], "--objective: "),
            ([*OBJECTIVE, "-u", 5], "perigee search chooses vus itself"),
            ([*OBJECTIVE, "--from", 5, "--to", 2], "--to: 2 is less than --from, 5"),
            ([*OBJECTIVE, "--html", self.folder / "none" / "x.html"], "--html: "),
            ([*OBJECTIVE, "--html", self.folder / "search.json"], "is the file of --json"),
            ([*OBJECTIVE, "--html", self.folder / "script.lua"], "is the script itself"),
        ]:
            result, _ = self.search(*flags, code=104)
            self.assertIn(message, result.stderr)
        result, _ = self.search(*OBJECTIVE, shortest="9s", code=104)
        self.assertIn("--max-step: 2s is shorter than --min-step, 9s", result.stderr)

    def page_of_a_knee(self):
        """A mock of two places that answers in 30 ms holds 66 calls a second: the page and the JSON."""
        path = self.folder / "search.html"
        _, found = self.search(
            "--objective", "llm_ttft p(50) < 80ms", *OBJECTIVE, "--from", 20, "--max-steps", 4, "--html", path,
            mock="--ttft constant:10ms --itl constant:5ms --tokens constant:5 --tokens-per-delta 1 --slots 2",
        )  # fmt: skip
        text = path.read_text()
        data = json.loads(re.search(r'id="report-data">(.*?)</script>', text, re.DOTALL)[1])
        return path, text, {chart["id"]: chart for chart in data["charts"]}, found

    def assertPoints(self, series, values):
        self.assertEqual(len(series["values"]), len(values))
        for drawn, value in zip(series["values"], values):
            if value is None:
                self.assertIsNone(drawn)
            else:
                self.assertAlmostEqual(drawn, value, delta=1e-4 * abs(value))

    def test_page_has_the_figures_of_the_json(self):
        path, text, charts, found = self.page_of_a_knee()
        steps = sorted(found["steps"], key=lambda step: step["load"])
        self.assertGreater(len(steps), 2)
        for chart in charts.values():
            self.assertPoints({"values": chart["loads"]}, [step["load"] for step in steps])
            self.assertAlmostEqual(chart["marks"][0]["value"], found["held"])
            outcomes = {True: "held", False: "did not hold", None: "not known"}
            self.assertEqual(chart["outcomes"], [outcomes[step["held"]] for step in steps])
        self.assertEqual(charts["objective-1"]["limits"][0]["value"], 0.08)
        for i in range(2):
            measured = [value_of(step["objectives"][i]["measured"]) for step in steps]
            self.assertPoints(charts[f"objective-{i + 1}"]["series"][0], measured)
        for name, index in (("ttft_p50_s", 0), ("ttft_p95_s", 1), ("duration_p95_s", 2)):
            self.assertPoints(charts["times"]["series"][index], [value_of(step[name]) for step in steps])
        self.assertPoints(charts["goodput"]["series"][0], [step["goodput_per_s"] for step in steps])
        self.assertPoints(charts["goodput"]["series"][1], [step["answered_per_s"] for step in steps])
        self.assertIn("did not", text)
        if CHROMIUM:
            self.assertDrawn(path, len(charts), [step["load"] for step in steps])

    def assertDrawn(self, path, charts, loads):
        browser = Browser(CHROMIUM, self.folder / "chromium")
        self.addCleanup(browser.close)
        for width, dark in ((1100, False), (400, True)):
            browser.open(f"file://{path}#selftest", width, dark=dark)
            self.assertEqual(browser.complaints, [])
            self.assertEqual([url for url in browser.requested if not url.startswith("file:")], [])
            told = json.loads(browser.value("JSON.stringify(document.documentElement.dataset)"))
            self.assertEqual((told["drawn"], told["blank"], told["overflow"]), (str(charts), "", "no"))
        drawn = browser.value("""
            drawn.get("objective-1").plotted.getDatasetMeta(0).data.map((point) => point.x)""")
        self.assertEqual(len(drawn), len(loads))
        # Points stand where their loads are on the axis.
        self.assertEqual(drawn, sorted(drawn))
        share = (drawn[1] - drawn[0]) / (drawn[-1] - drawn[0])
        self.assertAlmostEqual(share, (loads[1] - loads[0]) / (loads[-1] - loads[0]), delta=0.01)


if __name__ == "__main__":
    unittest.main()
