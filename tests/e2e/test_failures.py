"""What goes wrong in the world: it is counted by its kind, nothing is dropped and nothing hangs."""

import math
import time
import unittest

import raw_server
from harness import EndToEndTest, chat_script

# Asks again and again, and counts for itself what it asked and what it was told.
SCRIPT = chat_script(
    body="""
    asked:add()
    local reply = claude:stream { messages = "Hello", max_tokens = 256 }
    told:add(1, { kind = reply.ok and "ok" or reply.error.kind })
    if reply.rate_limited then limited:add() end
    if reply.overloaded then overloaded:add() end
    if not reply.ok then perigee.sleep "50ms" end
  """,
    before="""
local asked, told = metrics.counter("asked"), metrics.counter("told")
local limited, overloaded = metrics.counter("limited"), metrics.counter("overloaded")
""",
)


class FailureTest(EndToEndTest):
    def assertNothingDropped(self, result):
        """completed + failed + censored = asked, by three ways of counting."""
        outcomes = result.counts_by("llm_requests", "outcome")
        self.assertLessEqual(set(outcomes), {"completed", "failed", "censored"})
        asked = result.counter("asked")
        self.assertGreater(asked, 0)
        self.assertEqual(sum(outcomes.values()), asked)
        failed, judged = result.rate("llm_request_failed")
        self.assertEqual(judged, asked)
        self.assertEqual(failed, outcomes.get("failed", 0))
        self.assertEqual(result.counter("told"), asked - outcomes.get("censored", 0))
        self.assertEqual(result.counter("told", kind="ok"), outcomes.get("completed", 0))
        self.assertEqual(self.kinds(result), self.kinds_told(result))

    def kinds(self, result):
        kinds = result.counts_by("llm_requests", "error")
        kinds.pop("", None)
        return kinds

    def kinds_told(self, result):
        kinds = result.counts_by("told", "kind")
        kinds.pop("ok", None)
        return kinds


class ServerGone(FailureTest):
    def test_a_server_that_dies_halfway_is_counted_and_hangs_nothing(self):
        vus = 8
        server = self.start_mock("--ttft", "50ms", "--itl", "10ms", "--tokens", "40")
        flags = ["-u", vus, "-d", "4s", "--threshold", "llm_request_failed rate < 1%"]
        flags += ["--progress", "plain"]
        script = SCRIPT.replace(
            "asked:add()", 'asked:add() if user.iteration == 3 then perigee.log("third") end', 1
        )
        process = self.start_script(script, *flags, server=server)
        process.wait_for_stderr("third")
        time.sleep(0.2)  # All have had their first tokens.
        server.kill()
        result = self.finish(process, 20)
        self.assertCode(99, result)
        self.assertLess(result.json["run"]["elapsed_s"], 8)
        self.assertNothingDropped(result)
        kinds = self.kinds(result)
        self.assertGreater(kinds.get("connect", 0), vus)
        # Streams under way break; later requests find nobody.
        broken = sum(count for kind, count in kinds.items() if kind != "connect")
        self.assertIn(broken, range(1, vus + 1), kinds)
        self.assertLessEqual(set(kinds), {"connect", "truncated", "reset"})
        self.assertGreaterEqual(result.counter("llm_requests", outcome="completed"), vus)
        self.assertIn("failures", result.stdout)
        self.assertIn(f"connect {kinds['connect']:,.0f}", result.stdout)

    def test_no_server_at_all_is_a_failure_to_connect(self):
        env = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:1"}
        result = self.run_script(SCRIPT, "-u", 3, "-i", 30, mock=None, env=env)
        self.assertCode(0, result)
        self.assertNothingDropped(result)
        self.assertEqual(self.kinds(result), {"connect": 30})
        self.assertEqual(result.trend("llm_ttft").count, 0)
        self.assertEqual(result.trend("llm_request_duration").count, 0)

    def test_a_name_that_does_not_exist_is_a_failure_of_dns(self):
        env = {"ANTHROPIC_BASE_URL": "http://no-such-host.invalid", "ANTHROPIC_API_KEY": "x"}
        result = self.run_script(SCRIPT, "-i", 2, mock=None, env=env, timeout=40)
        self.assertNothingDropped(result)
        self.assertEqual(self.kinds(result), {"dns": 2})

    def test_tls_against_a_server_without_it_is_a_failure_of_tls(self):
        server = self.start_mock()
        env = {"ANTHROPIC_BASE_URL": server.url.replace("http:", "https:")}
        result = self.run_script(SCRIPT, "-i", 2, mock=None, env=env)
        self.assertNothingDropped(result)
        self.assertEqual(self.kinds(result), {"tls": 2})


class RefusedRequests(FailureTest):
    def test_shares_of_failures_are_what_the_server_sent(self):
        mock = "--ttft 5ms --itl 1ms --tokens 5 --fail 429=30%,529=10%"
        script = SCRIPT.replace('perigee.sleep "50ms"', "")
        result = self.run_script(script, "-u", 10, "-i", 800, "--summary", "full", mock=mock)
        self.assertCode(0, result)
        self.assertNothingDropped(result)
        kinds = self.kinds(result)
        self.assertEqual(set(kinds), {"rate_limited", "overloaded"})
        for kind, metric, counter, status, share in [
            ("rate_limited", "llm_rate_limited", "limited", "429", 0.3),
            ("overloaded", "llm_overloaded", "overloaded", "529", 0.1),
        ]:
            sigma = math.sqrt(share * (1 - share) / 800)
            self.assertAlmostEqual(kinds[kind] / 800, share, delta=4 * sigma)
            self.assertEqual(result.rate(metric), (kinds[kind], 800))
            self.assertEqual(result.counter(counter), kinds[kind])
            self.assertEqual(result.counter("llm_requests", status=status), kinds[kind])
        self.assertIn(f"429 {kinds['rate_limited']:.0f}", result.stdout)
        # A refusal in a millisecond says nothing about how long answers take.
        completed = result.counter("llm_requests", outcome="completed")
        self.assertEqual(result.trend("llm_request_duration").count, completed)
        self.assertEqual(result.trend("llm_ttft").count, completed)

    def test_each_status_has_its_kind(self):
        for status, kind in [
            (400, "invalid_request"),
            (401, "auth"),
            (403, "auth"),
            (404, "not_found"),
            (413, "too_large"),
            (429, "rate_limited"),
            (500, "server_error"),
            (503, "server_error"),
            (529, "overloaded"),
        ]:
            with self.subTest(status=status):
                result = self.run_script(SCRIPT, "-i", 2, mock=f"--fail {status}=100%")
                self.assertNothingDropped(result)
                self.assertEqual(self.kinds(result), {kind: 2})
                self.assertEqual(result.counter("llm_requests", status=str(status)), 2)

    def test_a_reply_says_when_to_come_again(self):
        body = """
    local reply = claude:create { messages = "Hello" }
    perigee.check("has retry_after", reply.error.retry_after == 1)
    perigee.check("has message", #reply.error.message > 0)
    perigee.check("has type", reply.error.type == "rate_limit_error")
  """
        result = self.run_script(chat_script(body), "-i", 2, mock="--fail 429=100%")
        self.assertEqual(result.rate("checks"), (6, 6), result.stdout)

    def test_what_the_end_cuts_off_is_counted_beside_failures(self):
        mock = "--ttft 50ms --itl 20ms --tokens 200 --tokens-per-delta 1 --fail 500=30%"
        flags = ["-u", 10, "-d", "1s", "--graceful-stop", "0s"]
        result = self.run_script(SCRIPT, *flags, mock=mock)
        self.assertNothingDropped(result)
        outcomes = result.counts_by("llm_requests", "outcome")
        self.assertGreater(outcomes["censored"], 0)
        self.assertGreater(outcomes["failed"], 0)
        self.assertEqual(self.kinds(result), {"server_error": outcomes["failed"]})


class TimeOuts(FailureTest):
    def run_with(self, timeouts, mock):
        fields = f"max_tokens = 256, timeouts = {{ {timeouts} }}"
        script = SCRIPT.replace("max_tokens = 256", fields)
        result = self.run_script(script, "-u", 2, "-i", 2, mock=mock, timeout=20)
        self.assertNothingDropped(result)
        self.assertEqual(self.kinds(result), {"timeout": 2})
        return result

    def test_no_first_event(self):
        result = self.run_with('first_event = "300ms"', "--ttft 30s")
        ttft = result.trend("llm_ttft")
        self.assertEqual((ttft.values.count, ttft.lower_bounds.count), (0, 2))
        self.assertGreater(ttft.min, 0.29)
        self.assertLess(ttft.max, 2)
        self.assertIn("≥", result.stdout)

    def test_silence_in_a_stream(self):
        mock = "--ttft 20ms --itl 30s --tokens 10 --tokens-per-delta 1"
        result = self.run_with('silence = "300ms"', mock)
        ttft = result.trend("llm_ttft")
        self.assertEqual((ttft.values.count, ttft.lower_bounds.count), (2, 0))
        duration = result.trend("llm_request_duration")
        self.assertEqual((duration.values.count, duration.lower_bounds.count), (0, 2))
        self.assertGreater(duration.min, 0.31)
        self.assertLess(duration.max, 2)

    def test_a_stream_that_takes_too_long_in_all(self):
        mock = "--ttft 20ms --itl 20ms --tokens 200 --tokens-per-delta 1"
        result = self.run_with('total = "400ms"', mock)
        self.assertGreater(result.trend("llm_itl").count, 10)
        self.assertGreater(result.trend("llm_request_duration").min, 0.39)


class BrokenAnswers(FailureTest):
    def answer(self, answer, **options):
        server = raw_server.RawServer(answer, **options)
        self.addCleanup(server.close)
        result = self.run_script(SCRIPT, "-i", 2, server=server)
        self.assertNothingDropped(result)
        return result

    START = [raw_server.MESSAGE_START, raw_server.BLOCK_START, raw_server.text_delta("Hello")]

    def test_a_stream_without_its_last_event_is_truncated(self):
        result = self.answer(raw_server.chunked(*self.START) + raw_server.END)
        self.assertEqual(self.kinds(result), {"truncated": 2})
        self.assertEqual(result.rate("llm_truncated"), (2, 2))
        self.assertEqual(result.trend("llm_ttft").values.count, 2)

    def test_a_connection_closed_in_the_middle_of_a_stream(self):
        result = self.answer(raw_server.chunked(*self.START))
        self.assertEqual(self.kinds(result), {"truncated": 2})

    def test_a_connection_reset_in_the_middle_of_a_stream(self):
        result = self.answer(raw_server.chunked(*self.START), reset=True)
        self.assertEqual(self.kinds(result), {"reset": 2})

    def test_a_connection_closed_without_an_answer(self):
        self.assertEqual(self.kinds(self.answer(b"")), {"reset": 2})

    def test_an_error_in_the_stream_has_its_own_kind(self):
        error = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
        answer = raw_server.chunked(*self.START, raw_server.event(error)) + raw_server.END
        result = self.answer(answer)
        self.assertEqual(self.kinds(result), {"overloaded": 2})
        self.assertEqual(result.rate("llm_overloaded"), (2, 2))
        self.assertEqual(result.counter("overloaded"), 2)

    def test_bytes_that_are_not_http_are_a_failure_of_the_protocol(self):
        self.assertEqual(self.kinds(self.answer(b"hello, I am no server\r\n\r\n")), {"protocol": 2})

    def test_events_that_are_not_json_do_not_complete_a_request(self):
        answer = raw_server.chunked(b"event: message_start\ndata: {{{\n\n") + raw_server.END
        result = self.answer(answer)
        self.assertEqual(self.kinds(result), {"truncated": 2})

    def test_a_page_of_html_is_no_answer(self):
        body = b"<html>Sign in</html>"
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: %d\r\n\r\n"
        result = self.answer(head % len(body) + body)
        self.assertEqual(result.counter("llm_requests", outcome="failed"), 2)


class AbortOnFail(FailureTest):
    def run_with(self, threshold, *flags):
        script = chat_script(
            body='claude:stream { messages = "Hello" } perigee.sleep "20ms"',
            options=f"thresholds = {{ {{ {threshold}, abort_on_fail = true }} }}",
        )
        mock = "--ttft 20ms --itl 2ms --tokens 10 --fail 500=50%"
        return self.run_script(script, "-u", 5, *flags, mock=mock, timeout=30)

    def test_it_ends_the_run_early(self):
        result = self.run_with('"llm_request_failed rate < 1%"', "-d", "20s")
        self.assertCode(99, result)
        self.assertLess(result.json["run"]["elapsed_s"], 5)
        self.assertEqual(result.json["run"]["end"], "threshold_abort")
        self.assertIn("llm_request_failed", result.json["run"]["end_reason"])
        self.assertIn("the run was ended for it", result.stdout)

    def test_not_before_its_delay(self):
        result = self.run_with('"llm_request_failed rate < 1%", delay = "2500ms"', "-d", "20s")
        self.assertCode(99, result)
        self.assertGreater(result.json["run"]["elapsed_s"], 2.5)
        self.assertLess(result.json["run"]["elapsed_s"], 8)

    def test_one_that_holds_does_not(self):
        result = self.run_with('"llm_request_failed rate < 99%"', "-d", "2s")
        self.assertCode(0, result)
        self.assertGreater(result.json["run"]["elapsed_s"], 1.9)

    def test_that_there_are_no_samples_yet_is_no_reason(self):
        result = self.run_with('"answers_read count > 0"', "-d", "1s")
        self.assertCode(104, result)
        result = self.run_with('"llm_stalls count < 5"', "-d", "1500ms")
        self.assertCode(0, result)


if __name__ == "__main__":
    unittest.main()
