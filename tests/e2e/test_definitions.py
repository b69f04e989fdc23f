"""One run as other tools would report it, against a server whose times are known."""

import json
import re
import unittest

import raw_server
from harness import EndToEndTest, chat_script, seconds_of, whole_of

TOKENS, TTFT, GAP = 10, 0.2, 0.02
LAST = TTFT + (TOKENS - 1) * GAP
# The headers, the role, ten tokens, the finish, the end.
HEADERS, ROLE, FINISH, END = 0.02, 0.05, LAST + 0.01, LAST + 0.02
PROFILES = ["vllm", "aiperf", "guidellm", "inference-perf", "mlperf", "k6"]


def paced_answer():
    def chunk(data):
        return b"%x\r\n%s\r\n" % (len(data), data)

    finish = raw_server.event(
        '{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},'
        '"usage":{"output_tokens":%d}}' % TOKENS
    )
    stop = raw_server.event('{"type":"message_stop"}')
    pieces = [
        (HEADERS, raw_server.chunked()),
        (ROLE, chunk(raw_server.MESSAGE_START + raw_server.BLOCK_START)),
    ]
    pieces += [(TTFT + i * GAP, chunk(raw_server.text_delta("word "))) for i in range(TOKENS)]
    return pieces + [(FINISH, chunk(finish)), (END, chunk(stop) + raw_server.END)]


class Definitions(EndToEndTest):
    shared = None

    def run_known(self, *flags):
        server = raw_server.RawServer(paced_answer())
        self.addCleanup(server.close)
        result = self.run_script(chat_script(), "-i", 5, *flags, server=server)
        self.assertCode(0, result)
        return result

    def setUp(self):
        super().setUp()
        if Definitions.shared is None:
            Definitions.shared = self.run_known("--as", ",".join(PROFILES))
        self.result = Definitions.shared

    def definition(self, profile):
        return next(d for d in self.result.json["definitions"] if d["profile"] == profile)

    def figure(self, profile, name):
        return next(f for f in self.definition(profile)["figures"] if f["name"] == name)

    def check(self, profile, name, statistic, expected, delta=0.006):
        figure = self.figure(profile, name)
        self.assertEqual(figure["unit"], "s")
        self.assertAlmostEqual(figure["values"][statistic], expected, delta=delta, msg=name)

    def test_vllm_takes_the_role_for_the_first_token(self):
        self.check("vllm", "TTFT", "mean", ROLE)
        self.check("vllm", "E2EL", "median", FINISH)
        self.check("vllm", "TPOT", "mean", (FINISH - ROLE) / (TOKENS - 1), 0.001)
        self.check("vllm", "ITL", "median", GAP, 0.001)
        self.check("vllm", "ITL", "p99", TTFT - ROLE)
        self.assertEqual(self.figure("vllm", "ITL")["count"], 5 * (TOKENS + 1))
        self.assertEqual(self.figure("vllm", "Successful requests")["value"], 5)

    def test_aiperf_has_one_inter_token_latency_a_request(self):
        self.check("aiperf", "Time to First Token", "avg", TTFT)
        self.check("aiperf", "Time to Second Token", "avg", GAP, 0.002)
        self.check("aiperf", "Request Latency", "p50", LAST)
        self.check("aiperf", "Inter Token Latency", "avg", GAP, 0.001)
        self.assertEqual(self.figure("aiperf", "Inter Token Latency")["count"], 5)
        self.assertEqual(self.figure("aiperf", "Inter Chunk Latency")["count"], 5 * (TOKENS - 1))
        per_user = self.figure("aiperf", "Output Token Throughput Per User")
        self.assertAlmostEqual(per_user["values"]["avg"], 1 / GAP, delta=2)

    def test_guidellm_has_the_first_token_in_time_per_output_token(self):
        self.check("guidellm", "time_to_first_token_ms", "mean", TTFT)
        self.check("guidellm", "inter_token_latency_ms", "mean", GAP, 0.001)
        self.check("guidellm", "time_per_output_token_ms", "mean", LAST / TOKENS, 0.001)
        self.check("guidellm", "request_latency", "median", END)

    def test_inference_perf_normalizes_by_all_tokens(self):
        self.check("inference-perf", "time_to_first_token", "mean", TTFT)
        self.check("inference-perf", "time_per_output_token", "mean", GAP, 0.001)
        self.check("inference-perf", "normalized_time_per_output_token", "mean", END / TOKENS, 0.001)

    def test_mlperf_ends_with_the_answer(self):
        self.check("mlperf", "latency", "p50", END)
        self.check("mlperf", "First Token latency", "mean", TTFT)
        self.check("mlperf", "Time to Output Token", "mean", (END - TTFT) / (TOKENS - 1), 0.001)

    def test_k6_knows_the_headers_alone(self):
        self.check("k6", "http_req_waiting", "med", HEADERS)
        self.check("k6", "http_req_duration", "med", END)
        # message_start and the block's start, the tokens, the finish, the end.
        self.assertEqual(self.figure("k6", "sse_event")["value"], 5 * (TOKENS + 4))
        self.assertEqual(self.figure("k6", "iterations")["value"], 5)

    def test_the_summary_has_them_named_and_explained(self):
        for profile in PROFILES:
            definition = self.definition(profile)
            rows = self.result.table(f"as {profile} would report it")
            for figure in definition["figures"]:
                self.assertTrue(figure["explanation"])
                if "values" in figure:
                    self.assertIn(figure["name"], rows)
        vllm = self.result.table("as vllm would report it")
        self.assertAlmostEqual(seconds_of(vllm["TTFT"]["mean"]), ROLE, delta=0.006)
        # Its own are what they were.
        self.assertAlmostEqual(self.result.trend("llm_ttft").percentile(50), TTFT, delta=0.006)

    def test_nothing_is_left_in_tmpdir(self):
        folder = self.folder / "tmp"
        folder.mkdir()
        script = chat_script()
        result = self.run_script(script, "-i", 1, "--as", "k6", env={"TMPDIR": str(folder)})
        self.assertCode(0, result)
        self.assertEqual(list(folder.iterdir()), [])

    def test_an_unknown_tool_is_refused(self):
        result = self.run_script(chat_script(), "--as", "vlm", mock=None)
        self.assertCode(104, result)
        self.assertIn('--as: unknown tool "vlm" (did you mean "vllm"?)', result.stderr)


class Report(EndToEndTest):
    MOCK = "--ttft normal:30ms,10ms --itl 2ms --tokens 20 --fail 529=10%"
    OPTIONS = """
      thresholds = { "llm_ttft p(95) < 5s", "llm_itl avg > 1h", { "llm_ttft max < 5s", window = "1s" } },
      slo = { "llm_ttft < 40ms" }, warmup = "500ms", budget = { usd = 5 },
    """

    def run_all_kinds(self, *flags):
        body = """
          perigee.group("ask", function()
            local reply = claude:stream { messages = "Hi" }
            perigee.check("answered", reply.ok)
          end)
          mine:add(user.iteration / 10)
          if user.iteration == 3 then error("once") end
        """
        before = 'local mine = metrics.trend("mine", { unit = "s" })'
        script = chat_script(body, self.OPTIONS, before)
        result = self.run_script(script, "-u", 4, "-d", "3s", *flags, mock=self.MOCK)
        self.assertCode(107, result)
        path = self.folder / "result.json"
        path.write_text(json.dumps(result.json))
        return result, path

    def report(self, *arguments, code=0):
        result = self.command("report", *arguments)
        self.assertEqual(result.code, code, str(result))
        return result

    def test_it_prints_what_the_run_printed(self):
        result, path = self.run_all_kinds("--as", "aiperf")
        self.assertIn("as aiperf would report it", result.stdout)
        self.assertEqual(self.report(path).stdout, result.stdout)
        # A later version's fields are passed over, but not a later version.
        later = result.json | {"new_field": 1}
        path.write_text(json.dumps(later))
        self.assertEqual(self.report(path).stdout, result.stdout)
        path.write_text(json.dumps(later | {"schema_version": 3}))
        self.assertIn("is of schema version 3", self.report(path, code=104).stderr)

    def test_it_computes_from_the_events_what_the_run_did_not(self):
        events = self.folder / "run.events"
        plain, path = self.run_all_kinds("--events", events)
        self.assertEqual(plain.json["definitions"], [])
        self.assertIn("--events", self.report(path, "--as", "vllm", code=104).stderr)
        text = self.report(path, "--as", "vllm", "--as", "mlperf", "--events", events).stdout
        before_legend = plain.stdout.partition("\n~ ")[0]
        self.assertTrue(text.startswith(before_legend), text)
        self.assertIn("as vllm would report it", text)
        self.assertIn("as mlperf would report it", text)
        # Each answer that counts in perigee's own figures counts in these, but for one that came in
        # the very moment in which the warm-up was over.
        row = next(line for line in text.splitlines() if line.startswith("  Successful requests"))
        successful = whole_of(re.match("  Successful requests ([0-9,]+):", row)[1])
        completed = plain.counts_by("llm_requests", "outcome")["completed"]
        self.assertAlmostEqual(successful, completed, delta=1)

    def test_the_run_and_the_events_file_say_the_same(self):
        events = self.folder / "run.events"
        result, path = self.run_all_kinds("--events", events, "--as", "guidellm,k6")
        later = self.report(path, "--as", "guidellm,k6", "--events", events).stdout
        self.assertEqual(later, result.stdout)
        chosen = self.report(path, "--as", "k6").stdout
        self.assertIn("as k6 would report it", chosen)
        self.assertNotIn("as guidellm would report it", chosen)

    def test_bad_files_are_refused(self):
        self.write("none.json", "{")
        self.assertIn("is not JSON", self.report("none.json", code=104).stderr)
        self.assertIn("cannot read", self.report("missing.json", code=104).stderr)
        self.write("other.json", '{"schema":"other"}')
        self.assertIn("is no result file", self.report("other.json", code=104).stderr)


if __name__ == "__main__":
    unittest.main()
