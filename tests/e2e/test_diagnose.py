"""perigee diagnose: for each bottleneck a mock that has it, and a run that meets it.

A machine that has other work to do may hold the client up, which is a finding of its own: `client` is
left out of what is compared, but where it is what is tested.
"""

import json
import os
import shutil
import subprocess
import unittest

import raw_server
from harness import FAST, ROOT, EndToEndTest, chat_script

CC = shutil.which("cc")

# Stands before libc's: a name server that takes its time over "slow.test", which is this machine, and
# that gives the two addresses of "two.test" in turn.
NAMES = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

int getaddrinfo(const char* name, const char* service, const struct addrinfo* hints, struct addrinfo** found) {
  int (*next)(const char*, const char*, const struct addrinfo*, struct addrinfo**) = dlsym(RTLD_NEXT, "getaddrinfo");
  static atomic_int turn;
  if (name != NULL && strcmp(name, "slow.test") == 0) usleep(300000), name = "127.0.0.1";
  if (name != NULL && strcmp(name, "two.test") == 0) name = turn++ % 2 == 0 ? "127.0.0.1" : "127.0.0.2";
  return next(name, service, hints, found);
}
"""

RATE = 'claude:stream { messages = "Hello" } perigee.sleep(0.05)'


def with_client(script, fields):
    """A chat_script whose client has more fields."""
    return script.replace("max_tokens = 64 }", f"max_tokens = 64, {fields} }}")


def long_prompts(tokens):
    return f'local text = require "perigee.text"\nlocal LONG = text.tokens({tokens})'


class DiagnoseTest(EndToEndTest):
    def diagnose(self, script, *flags, **options):
        """Runs the script; what diagnose finds in its result file, by rule."""
        self.result = self.run_script(script, *flags, **options)
        self.assertIn(self.result.code, (0, 98, 99), str(self.result))
        self.file = self.folder / f"process{self._started}.json"
        printed = self.command("diagnose", "--json", self.file)
        self.assertEqual((printed.code, printed.stderr), (0, ""))
        self.findings = {f["rule"]: f for f in json.loads(printed.stdout)["findings"]}
        return self.findings

    def assertOnly(self, rule, severity="high"):
        """The rule found something, and no other found anything as grave; returns its evidence."""
        grave = {
            name: finding["title"]
            for name, finding in self.findings.items()
            if finding["severity"] == "high" and (name != "client" or rule == "client")
        }
        expected = {rule} if severity == "high" else set()
        self.assertEqual(set(grave), expected, f"{json.dumps(self.findings, indent=1)}")
        finding = self.findings[rule]
        self.assertEqual(finding["severity"], severity)
        self.assertTrue(finding["evidence"] and finding["advice"], finding)
        return "\n".join(finding["evidence"])

    def assertHealthy(self):
        self.findings.pop("client", None)
        self.assertEqual(self.findings, {})


class Limits(DiagnoseTest):
    def limited(self, limits, body=RATE, fields=None, before="", users=10):
        script = chat_script(body, before=before)
        if fields:
            script = with_client(script, fields)
        flags = ["-u", str(users), "-d", "2s"]
        self.diagnose(script, *flags, mock=f"{FAST} --limits {limits}")

    def test_requests(self):
        self.limited("rpm=600,burst=1s")
        evidence = self.assertOnly("rate_limit")
        self.assertRegex(evidence, r"names?: requests \d+")
        self.assertRegex(evidence, r"headers: requests (9\d|100)")
        self.assertRegex(evidence, r"refused in \d+ of \d+ intervals, from 0s to [23]s")
        self.assertIn("bucket of requests", str(self.findings["rate_limit"]["advice"]))
        self.assertIn("HIGH    The provider's rate limit was reached", self.result.stdout)

    def test_input_tokens(self):
        body = RATE.replace('"Hello"', "LONG")
        self.limited("itpm=120000,burst=1s", body, before=long_prompts(800))
        self.assertRegex(self.assertOnly("rate_limit"), r"name: input_tokens \d+")
        self.assertIn("bucket of input tokens", str(self.findings["rate_limit"]["advice"]))

    def test_output_tokens(self):
        self.limited("otpm=12000,burst=1s")
        self.assertRegex(self.assertOnly("rate_limit"), r"name: output_tokens \d+")
        self.assertIn("bucket of output tokens", str(self.findings["rate_limit"]["advice"]))

    def test_pacing_is_the_cure(self):
        self.limited("rpm=1200,burst=1s", fields='limits = { rpm = 1000, mode = "pace" }', users=3)
        self.assertHealthy()

    def test_acceleration(self):
        body = RATE.replace('"Hello"', "LONG")
        self.limited("acceleration=60000", body, before=long_prompts(800))
        self.assertOnly("acceleration_limit")

    def test_concurrency(self):
        self.limited("concurrency=3")
        self.assertRegex(self.assertOnly("concurrency_limit"), r"open at once on average")

    def test_spend(self):
        self.limited("spend=0.0005")
        self.assertIn("spend limit", self.assertOnly("spend_limit"))


class Failures(DiagnoseTest):
    def test_overload(self):
        self.diagnose(chat_script(RATE), "-u", "5", "-d", "2s", mock=f"{FAST} --fail 529=25%")
        self.assertRegex(self.assertOnly("overload"), r"\(\d+(\.\d)?%\) met an overloaded service")

    def test_server_errors(self):
        self.diagnose(chat_script(RATE), "-u", "5", "-d", "2s", mock=f"{FAST} --fail 500=25%")
        self.assertRegex(self.assertOnly("failures"), r"server_error \d+")

    def test_truncated_streams(self):
        mock = f"{FAST} --faults eof:event=5=25%"
        self.diagnose(chat_script(RATE), "-u", "5", "-d", "2s", mock=mock)
        self.assertRegex(self.assertOnly("failures"), r"truncated \d+")
        self.assertIn("proxies", str(self.findings["failures"]["advice"]))

    def test_retries(self):
        script = with_client(chat_script(RATE), 'retries = { max = 12, base = "2ms", cap = "5ms" }')
        self.diagnose(script, "-u", "5", "-d", "2s", mock=f"{FAST} --fail 500=50%")
        self.assertRegex(self.assertOnly("retry_amplification"), r": [12]\.\d\d requests per call")
        # What was made good in the end is there, but is not grave.
        self.assertEqual(self.findings["failures"]["severity"], "medium")


class Prompts(DiagnoseTest):
    BOTH = 'claude:stream { messages = "Hello" } claude:stream { messages = LONG }'

    def test_long_prompts(self):
        script = chat_script(self.BOTH, before=long_prompts(12000))
        self.diagnose(script, "-u", "2", "-i", "24", mock=f"{FAST} --prefill-rate 100000")
        evidence = self.assertOnly("context_length")
        self.assertIn("<1k input tokens: 24 requests", evidence)
        self.assertIn(">=10k input tokens: 24 requests", evidence)

    def test_long_prompts_that_cost_no_time(self):
        script = chat_script(self.BOTH, before=long_prompts(12000))
        self.diagnose(script, "-u", "2", "-i", "24", mock=f"{FAST} --prefill-rate 0")
        self.assertHealthy()

    def test_long_answers_are_no_long_prompts(self):
        body = """
        claude:stream { messages = "Hello" }
        claude:stream { messages = LONG, max_tokens = 5 }
        """
        script = chat_script(body, before=long_prompts(12000))
        mock = "--ttft 20ms --itl 2ms --tokens 100 --prefill-rate 0"
        self.diagnose(script, "-u", "2", "-i", "24", mock=mock)
        self.assertHealthy()

    TWO = """
local function model(name, url)
  return anthropic.client { model = name, max_tokens = 64, base_url = url }
end
local one = model("claude-haiku-4-5", perigee.env "ONE")
local other = model("claude-opus-4-5", perigee.env "OTHER")
"""

    def two_models(self, other_speed):
        one = self.start_mock(*FAST.split())
        other = self.start_mock(*other_speed.split())
        body = 'one:stream { messages = "Hello" } other:stream { messages = "Hello" }'
        self.diagnose(
            chat_script(body, before=self.TWO),
            *("-u", "2", "-i", "30"),
            server=one,
            env={"ONE": one.url, "OTHER": other.url},
        )

    def test_a_dominated_model(self):
        self.two_models("--ttft 200ms --itl 10ms --tokens 10 --tokens-per-delta 1")
        evidence = self.assertOnly("model_choice")
        self.assertIn("claude-haiku-4-5: 30 completed requests", evidence)
        self.assertIn("per 1,000 output tokens", evidence)
        self.assertEqual(
            self.findings["model_choice"]["title"],
            "claude-opus-4-5 is slower and dearer than claude-haiku-4-5",
        )

    def test_a_model_that_is_dearer_and_faster(self):
        self.two_models("--ttft 5ms --itl 1ms --tokens 10 --tokens-per-delta 1")
        self.assertHealthy()


class Cache(DiagnoseTest):
    PREFIX = """
local PREFIX = ("A long and shared prefix of words. "):rep(800)
local SYSTEM = { { type = "text", text = PREFIX, cache_control = { type = "ephemeral" } } }
"""
    ASK = 'claude:stream { system = SYSTEM, messages = "Hello" } perigee.sleep(0.1)'
    MOCK = f"{FAST} --prefill-rate 50000"

    def test_a_herd_at_a_cold_cache(self):
        script = chat_script(self.ASK, before=self.PREFIX)
        self.diagnose(script, "-u", "20", "-i", "150", mock=f"{FAST} --prefill-rate 20000")
        evidence = self.assertOnly("cold_cache")
        self.assertIn("20 of 150 requests that used the cache missed", evidence)

    def test_a_warm_cache(self):
        script = chat_script(self.ASK, before=self.PREFIX).replace(
            "return {",
            """return {
  setup = function() claude:stream { system = SYSTEM, messages = "Hello" } end,""",
            1,
        )
        self.diagnose(script, "-u", "5", "-i", "60", mock=self.MOCK)
        self.assertHealthy()

    def test_prefixes_that_always_change(self):
        body = """
    local system = { { type = "text", text = perigee.execution.vu.id .. "-" .. perigee.execution.vu.iteration .. PREFIX,
      cache_control = { type = "ephemeral" } } }
    claude:stream { system = system, messages = "Hello" }
"""
        self.diagnose(
            chat_script(body, before=self.PREFIX), "-u", "3", "-i", "40", mock=self.MOCK
        )
        self.assertIn("0 of 40 requests that used the cache hit it", self.assertOnly("cache_misses"))

    def test_prefixes_that_are_too_short(self):
        script = chat_script(self.ASK, before=self.PREFIX.replace(":rep(800)", ":rep(80)"))
        self.diagnose(script, "-u", "3", "-i", "40", mock=self.MOCK)
        evidence = self.assertOnly("cache_unused")
        self.assertIn("40 of 40 requests with cache_control (100%)", evidence)
        self.assertEqual(self.result.counter("llm_requests", cache="unused"), 40)


class Load(DiagnoseTest):
    RAMP = ("-s", "0s:2", "-s", "1s:2", "-s", "1s:16", "-s", "2s:16")
    ASK = 'claude:stream { messages = "Hello" }'

    def test_queueing(self):
        mock = "--ttft 20ms --itl 1ms --tokens 20 --tokens-per-delta 1 --slots 3 --queue 100"
        self.diagnose(chat_script(self.ASK), *self.RAMP, mock=mock)
        evidence = self.assertOnly("queueing")
        self.assertRegex(evidence, r"2 VUs: time to first token 2\d\.\dms")
        self.assertRegex(evidence, r"16 VUs: time to first token 1?\d\d\dms")

    def test_saturated_output(self):
        mock = "--ttft 20ms --itl 3ms --tokens 30 --tokens-per-delta 1"
        mock += " --slots 16 --queue 100 --slowdown 5"
        self.diagnose(chat_script(self.ASK), *self.RAMP, mock=mock)
        self.assertRegex(self.assertOnly("output_saturation"), r"between tokens \d\.\d\dms")

    def test_a_ramp_that_the_service_carries(self):
        self.diagnose(chat_script(RATE), *self.RAMP, mock=FAST)
        self.assertHealthy()

    def test_stalls(self):
        mock = f"{FAST} --faults stall:1200ms:event=5=25%"
        self.diagnose(chat_script(RATE), "-u", "8", "-d", "3s", mock=mock)
        self.assertRegex(self.assertOnly("stalls"), r"longest 1\.2\ds")

    def test_a_service_that_freezes(self):
        mock = "--ttft 20ms --itl 5ms --tokens 100 --tokens-per-delta 1 --freeze 1200ms/2s"
        self.diagnose(chat_script(self.ASK), "-u", "5", "-d", "4s", mock=mock)
        evidence = self.assertOnly("stalls")
        self.assertRegex(evidence, r"gaps longer than 1s ended within \ds to \ds")


class Network(DiagnoseTest):
    def test_connections_that_are_not_kept(self):
        self.diagnose(chat_script(RATE), "-u", "3", "-d", "2s", "--no-connection-reuse")
        evidence = self.assertOnly("connection_churn")
        self.assertRegex(evidence, r"\(100%\), with 3 VUs at most")

    def test_tls_each_time(self):
        mock = self.start_mock("--tls", *FAST.split())
        self.diagnose(
            chat_script(RATE),
            *("-u", "3", "-d", "2s", "--no-connection-reuse", "--insecure"),
            mock=None,
            env={"ANTHROPIC_BASE_URL": mock.url.replace("http:", "https:")},
        )
        self.assertRegex(self.assertOnly("connection_churn"), r"the TLS handshake \d")

    def test_a_server_that_closes_after_each_answer(self):
        ended = ['{"type":"content_block_stop","index":0}']
        ended += ['{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}']
        ended += ['{"type":"message_stop"}']
        events = [raw_server.MESSAGE_START, raw_server.BLOCK_START, raw_server.text_delta("Hello")]
        events += [raw_server.event(data) for data in ended]
        server = raw_server.RawServer(raw_server.chunked(*events) + raw_server.END)
        self.addCleanup(server.close)
        self.diagnose(chat_script(RATE), "-u", "3", "-d", "2s", server=server)
        self.assertEqual(self.result.counter("llm_requests", outcome="completed"), self.result.counter("llm_requests"))
        self.assertRegex(self.assertOnly("connection_churn"), r"\(100%\), with 3 VUs at most")

    def environment(self, url):
        """For a run whose names are looked up by the NAMES above."""
        source = self.write("names.c", NAMES)
        library = self.folder / "names.so"
        subprocess.run([CC, "-shared", "-fPIC", "-o", library, source], check=True, timeout=30)
        # A sanitizer wants to be the first library, but where it is told otherwise.
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return {
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "none",
            "LD_PRELOAD": str(library),
            "ASAN_OPTIONS": sanitizer.strip(":"),
        }

    @unittest.skipUnless(CC, "needs a C compiler")
    def test_names_that_are_slow_to_look_up(self):
        url = self.start_mock(*FAST.split()).url.replace("127.0.0.1", "slow.test")
        script = chat_script('claude:stream { messages = "Hello" }')
        self.diagnose(script, "-u", "8", "-i", "8", mock=None, env=self.environment(url))
        evidence = self.assertOnly("dns")
        self.assertRegex(evidence, r"8 look-ups for 8 HTTP requests, each [3-9]\d\dms \(p50\)")

    @unittest.skipUnless(CC, "needs a C compiler")
    def test_one_slow_address(self):
        fast = self.start_mock(*"--ttft 100ms --itl 2ms --tokens 10".split())
        beside = ("--host", "127.0.0.2", "--port", str(fast.port))
        self.start_mock(*"--ttft 400ms --itl 2ms --tokens 10".split(), *beside)
        # Each of the workers looks the name up for itself.
        flags = ("-u", "2", "-d", "12s", "--threads", "2")
        environment = self.environment(fast.url.replace("127.0.0.1", "two.test"))
        self.diagnose(chat_script(RATE), *flags, mock=None, env=environment)
        evidence = self.assertOnly("slow_address")
        self.assertRegex(evidence, r"127\.0\.0\.2: \d+ streams, time to first token p50 4\d\dms")
        self.assertRegex(evidence, r"127\.0\.0\.1: \d+ streams, time to first token p50 1\d\dms")


class Client(DiagnoseTest):
    def test_a_script_that_does_too_much(self):
        body = """
    local sum = 0
    for i = 1, 2e7 do sum = sum + i % 7 end
    claude:stream { messages = "Hello" }
"""
        self.diagnose(chat_script(body), "-u", "4", "-d", "2s")
        self.assertRegex(self.assertOnly("client"), r"script: .* at a stretch")


class Healthy(DiagnoseTest):
    def test_a_healthy_run(self):
        self.diagnose(chat_script(RATE), "-u", "5", "-d", "2s")
        self.assertHealthy()
        if "held up" not in self.result.stdout:
            text = self.command("diagnose", self.file).stdout
            self.assertRegex(text, r"No bottleneck was found by any of \d+ rules\.")
            self.assertNotIn("\nfindings\n", self.result.stdout)


class Printed(DiagnoseTest):
    def test_the_forms_say_the_same(self):
        mock = f"{FAST} --fail 529=25%"
        self.diagnose(chat_script(RATE), "-u", "5", "-i", "60", mock=mock)
        finding = self.findings["overload"]
        text = self.command("diagnose", self.file).stdout
        markdown = self.command("diagnose", "--markdown", self.file).stdout
        report = self.command("report", "--text", self.file).stdout
        for printed in (text, markdown, report):
            flat = " ".join(printed.replace("\\", "").split())
            for line in [finding["title"], *finding["evidence"], *finding["advice"]]:
                self.assertIn(" ".join(line.split()), flat)
        self.assertIn("### high: The provider was overloaded", markdown)
        for heading in ("Overall", "Tokens and cost", "Bottlenecks", "The measuring client"):
            self.assertIn(f"{heading}\n{'-' * len(heading)}\n", report)
        self.assertLessEqual(max(len(line) for line in report.splitlines()), 80)
        self.assertNotIn("\x1b", report)
        self.assertRegex(report, r"Cost +\$\d\.\d+, \$[\d.]+ per completed request")
        self.assertIn("  HIGH    The provider was overloaded\n", self.result.stdout)

    def test_a_file_of_an_earlier_version(self):
        old = ROOT / "tests/fixtures/results/version-1.json"
        for command in (["diagnose"], ["report", "--text"]):
            printed = self.command(*command, old)
            self.assertEqual((printed.code, printed.stderr), (0, ""))

    def test_files_and_flags_that_cannot_be_used(self):
        self.write("no.json", "{}")
        for arguments, message in (
            (["no.json"], "perigee: no.json: is no result file"),
            (["none.json"], "perigee: cannot read none.json: "),
            (["no.json", "--json", "--markdown"], "--json, --markdown: expected one of them"),
        ):
            refused = self.command("diagnose", *arguments)
            self.assertEqual((refused.code, refused.stdout), (104, ""))
            self.assertIn(message, refused.stderr)
        refused = self.command("report", "no.json", "--text", "--as", "k6")
        self.assertEqual((refused.code, refused.stdout), (104, ""))
        self.assertIn("--text: has no place for --as", refused.stderr)


if __name__ == "__main__":
    unittest.main()
