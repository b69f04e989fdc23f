"""The HTML report: what it says without scripts, and in Chromium what its scripts make of it."""

import html.parser
import json
import re
import shutil
import unittest

from browser import Browser
from harness import FAST, EndToEndTest, chat_script, whole_of

CHROMIUM = shutil.which("chromium")
NAUGHTY = "</script><script>document.title='broken'</script><!--"

SCRIPT = f"""
local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local claude = anthropic.client {{ model = "claude-haiku-4-5", max_tokens = 64 }}
local User = perigee.user {{ name = "visitor", think_time = "10ms" }}
User:task("plain", function()
  perigee.check("answered", claude:stream {{ messages = "Hello" }}.ok)
end)
User:task([[{NAUGHTY}]], function()
  claude:stream {{ messages = "Hello" }}
end)
return {{
  users = {{ User }},
  options = {{ vus = 4, duration = "3s", thresholds = {{ "llm_ttft p(95) < 5s", "llm_request_failed rate < 0.1%" }} }},
}}
"""


class Page(html.parser.HTMLParser):
    """The parts of a report that a test asks for."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.words = []
        self.data = None
        self._inside = []
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag in ("script", "style"):
            self._inside.append(dict(attributes).get("id", tag))

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._inside.pop()

    def handle_data(self, data):
        if not self._inside:
            self.words.append(data)
        elif self._inside[-1] == "report-data":
            self.data = json.loads(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def chart(self, name):
        return next(chart for chart in self.data["charts"] if chart["id"] == name)


class ReportTest(EndToEndTest):
    def run_with_report(self, *flags, mock=FAST, script=SCRIPT):
        path = self.folder / "report.html"
        result = self.run_script(script, "--html", path, *flags, mock=mock)
        return result, path, Page(path.read_text())



class Report(ReportTest):
    def test_it_has_the_numbers_of_the_result_file(self):
        result, _, page = self.run_with_report(mock=FAST + " --fail 529=20%")
        self.assertCode(99, result)
        requests = int(result.counter("llm_requests"))
        failed, total = result.rate("llm_request_failed")
        self.assertIn("FAILED", page.text)
        self.assertIn("llm_request_failed rate < 0.1%: was", page.text)
        self.assertIn(f"Requests {requests:,}", page.text)
        self.assertIn(f"{100 * failed / total:.2f}".rstrip("0").rstrip(".") + "%", page.text)
        self.assertIn(f"overloaded {failed:,}", page.text)
        ttft = result.trend("llm_ttft")
        bars = page.chart("ttft-bars")["series"][0]["values"]
        self.assertEqual(sum(bars), ttft.count)
        whole = page.chart("ttft-percentiles")
        median = whole["series"][0]["values"][
            min(range(len(whole["shares"])), key=lambda i: abs(whole["shares"][i] - 0.5))
        ]
        self.assertAlmostEqual(median, ttft.percentile(50), delta=0.02 * median)
        course = page.chart("time-requests")
        widths = [to - since for since, to in zip(course["edges"]["from"], course["edges"]["to"])]
        drawn = sum(w * v for w, v in zip(widths, course["series"][0]["values"]))
        self.assertAlmostEqual(drawn, result.json["intervals"]["llm_requests"][-1], delta=0.5)

    def test_its_course_has_the_failures_and_times_of_the_result_file(self):
        result, _, page = self.run_with_report(mock=FAST + " --fail 529=20%")
        stored = result.json["intervals"]
        failures = page.chart("time-failures")
        self.assertEqual({s["label"] for s in failures["series"]}, set(stored["failures"]))
        edges = failures["edges"]
        widths = [to - since for since, to in zip(edges["from"], edges["to"])]
        for series in failures["series"]:
            drawn = sum(w * v for w, v in zip(widths, series["values"]))
            self.assertAlmostEqual(drawn, stored["failures"][series["label"]][-1], delta=0.5)
        ttft = page.chart("time-ttft")
        self.assertEqual([s["label"] for s in ttft["series"]], ["median", "p95", "p99"])
        medians = [value for value in ttft["series"][0]["values"] if value is not None]
        self.assertGreater(len(medians), 1)
        whole = result.trend("llm_ttft")
        # A chart's values have five digits.
        self.assertLessEqual(whole.min * 0.9999, min(medians))
        self.assertGreaterEqual(whole.max * 1.0001, max(medians))

    def test_it_has_the_findings_that_diagnose_has(self):
        _, _, page = self.run_with_report(mock=FAST + " --fail 529=20%")
        told = self.command("diagnose", "--json", self.folder / "process1.json")
        findings = json.loads(told.stdout)["findings"]
        self.assertIn("overload", [finding["rule"] for finding in findings])
        for finding in findings:
            for words in (finding["title"], *finding["evidence"], *finding["advice"]):
                self.assertIn(" ".join(words.split()), page.text)

    def test_a_stored_run_gives_the_same_page(self):
        result, path, _ = self.run_with_report()
        again = self.folder / "again.html"
        told = self.command("report", self.folder / "process1.json", "--html", again)
        self.assertCode(0, told)
        self.assertEqual(told.stdout, "")
        # The file keeps six digits of what the charts over time are made of.
        drawn = re.compile(r"<figure.*?</figure>|<script type=.*?</script>", re.DOTALL)
        first, second = (drawn.split(page.read_text()) for page in (path, again))
        self.assertEqual(second, first)
        self.assertGreater(len(first), 10)

    def test_an_older_file_has_what_can_be_drawn(self):
        self.run_with_report()
        stored = json.loads((self.folder / "process1.json").read_text())
        stored["schema_version"] = 1
        for name in ("trends", "rates", "failures", "input_tokens"):
            stored["intervals"].pop(name, None)
        old = self.write("old.json", json.dumps(stored))
        self.assertCode(0, self.command("report", old, "--html", self.folder / "old.html"))
        page = Page((self.folder / "old.html").read_text())
        self.assertIn("earlier perigee", page.text)
        self.assertTrue(page.chart("time-requests"))

    def test_it_has_the_findings_of_diagnose(self):
        script = SCRIPT.replace("3s\", thresholds", "2s\", thresholds")
        _, _, page = self.run_with_report(mock=FAST + " --limits rpm=20", script=script)
        told = self.command("diagnose", self.folder / "process1.json", "--json")
        findings = json.loads(told.stdout)["findings"]
        self.assertIn("rate_limit", [finding["rule"] for finding in findings])
        for finding in findings:
            for text in (finding["title"], *finding["evidence"], *finding["advice"]):
                self.assertIn(" ".join(text.split()), page.text)

    def test_shares_and_selected_parts_are_drawn_over_time(self):
        script = SCRIPT.replace(
            '"llm_ttft p(95) < 5s"', '"llm_ttft{task=plain} p(90) < 5s", "checks rate > 10%"'
        )
        result, _, page = self.run_with_report(mock=FAST + " --fail 529=20%", script=script)
        charts = {chart["title"]: chart for chart in page.data["charts"]}
        stored = {(r["metric"], r["selector"]): r for r in result.json["intervals"]["rates"]}
        for title, metric in (
            ("Requests that failed", "llm_request_failed"),
            ("Checks that held", "checks"),
        ):
            values = [v for v in charts[title]["series"][0]["values"] if v is not None]
            share = stored[metric, ""]["trues"][-1] / stored[metric, ""]["totals"][-1]
            self.assertLessEqual(min(values), share)
            self.assertGreaterEqual(max(values), share)
        selected = charts["Time to first token: by selector"]["series"]
        self.assertEqual([s["label"] for s in selected], ["{task=plain} p90"])

    def test_names_stay_text(self):
        _, path, page = self.run_with_report()
        self.assertNotIn(NAUGHTY, path.read_text())
        self.assertIn(NAUGHTY, page.text)
        self.assertEqual(len(page.all("script")), 3)

    def test_it_is_one_small_file_that_a_screen_reader_can_follow(self):
        _, path, page = self.run_with_report()
        self.assertLess(path.stat().st_size, 1_000_000)
        for tag in ("link", "img", "iframe", "base"):
            self.assertEqual(page.all(tag), [])
        for tag in ("header", "nav", "main", "footer", "h1"):
            self.assertEqual(len(page.all(tag)), 1, tag)
        self.assertEqual(len(page.all("caption")), len(page.all("table")))
        self.assertEqual(len(page.all("figcaption")), len(page.all("figure")))
        self.assertTrue(all("scope" in head for head in page.all("th")))
        identities = [a["id"] for _, a in page.elements if "id" in a]
        self.assertEqual(len(identities), len(set(identities)))
        for link in page.all("a"):
            self.assertIn(link["href"].lstrip("#"), identities)

    def test_files_that_cannot_be_written_are_refused_before_the_run(self):
        script = self.write("script.lua", chat_script())
        for path, why in (
            (self.folder / "none" / "x.html", "No such file"),
            (script, "is the script itself"),
        ):
            refused = self.command("run", script, "--html", path)
            self.assertCode(104, refused)
            self.assertRegex(refused.stderr, f"--html: .*{why}")
        both = self.folder / "both"
        refused = self.command("run", script, "--json", both, "--html", both)
        self.assertCode(104, refused)
        self.assertIn("--html", refused.stderr)
        refused = self.command("report", self.write("x.json", "{}"), "--html", self.folder / "x.json")
        self.assertCode(104, refused)
        self.assertIn("is the result file itself", refused.stderr)


@unittest.skipUnless(CHROMIUM, "needs Debian's chromium")
class InChromium(ReportTest):
    def setUp(self):
        super().setUp()
        self.browser = Browser(CHROMIUM, self.folder / "chromium")
        self.addCleanup(self.browser.close)

    def open(self, path, width, dark):
        """Returns what the root element says of the page; see page.js."""
        self.browser.open(f"file://{path}#selftest", width, dark=dark)
        self.assertEqual(self.browser.complaints, [])
        self.assertEqual([url for url in self.browser.requested if not url.startswith("file:")], [])
        return json.loads(self.browser.value("JSON.stringify(document.documentElement.dataset)"))

    def test_every_chart_is_drawn_at_every_width(self):
        result, path, page = self.run_with_report(mock=FAST + " --limits tier-1 --fail 529=20%")
        self.assertCode(99, result)
        described = len(page.data["charts"])
        self.assertGreater(described, 9)
        for width in (380, 900, 1400):
            for dark in (False, True):
                with self.subTest(width=width, dark=dark):
                    told = self.open(path, width, dark)
                    self.assertEqual(told["blank"], "")
                    self.assertEqual(told["charts"], str(described))
                    self.assertEqual(told["drawn"], str(described))
                    self.assertEqual(told["overflow"], "no")

    def test_its_button_changes_the_theme_and_its_tables_have_the_charts_numbers(self):
        _, path, page = self.run_with_report()
        self.open(path, 900, dark=False)
        background = "getComputedStyle(document.body).backgroundColor"
        light = self.browser.value(background)
        self.browser.value("document.getElementById('theme').click()")
        self.assertNotEqual(self.browser.value(background), light)
        self.browser.value("tellOfItself()")
        self.assertEqual(self.browser.value("document.documentElement.dataset.blank"), "")
        cells = self.browser.value("""
            new Promise((done) => {
              const details = document.querySelector('#ttft-bars details');
              details.addEventListener('toggle', () => done(
                [...details.querySelectorAll('td')].map((cell) => cell.textContent)));
              details.open = true;
            })""")
        values = page.chart("ttft-bars")["series"][0]["values"]
        self.assertEqual([whole_of(cell) for cell in cells], values)

    def test_it_prints_light_and_whole(self):
        _, path, _ = self.run_with_report(mock=FAST + " --fail 529=20%")
        self.open(path, 1300, dark=True)
        self.assertTrue(self.browser.pdf().startswith(b"%PDF"))
        self.assertEqual(self.browser.value("document.documentElement.className"), "")
        # A printer does not wait until charts have noticed how wide the paper is.
        self.browser.value("dispatchEvent(new Event('beforeprint'))")
        self.browser.value("drawn.forEach(({ plotted }) => (plotted.resize = () => {}))")
        self.browser.show_as_print(width=700)  # A4 less its margins.
        self.assertEqual(
            self.browser.value("getComputedStyle(document.body).backgroundColor"),
            "rgb(255, 255, 255)",
        )
        self.assertEqual(
            self.browser.value("getComputedStyle(document.querySelector('nav')).display"), "none"
        )
        self.browser.value("tellOfItself()")
        self.assertEqual(self.browser.value("document.documentElement.dataset.overflow"), "no")
        self.assertEqual(self.browser.value("document.documentElement.dataset.blank"), "")
        outside = self.browser.value("""
            [...document.querySelectorAll('figure')].filter((figure) => {
              const outer = figure.getBoundingClientRect();
              const inner = figure.querySelector('canvas').getBoundingClientRect();
              return inner.right > outer.right || inner.bottom > outer.bottom
                || inner.width < 0.8 * outer.width;
            }).map((figure) => figure.id).join(" ")""")
        self.assertEqual(outside, "")


if __name__ == "__main__":
    unittest.main()
