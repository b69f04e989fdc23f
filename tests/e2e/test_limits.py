"""Rate limits: what the mock refuses is what its buckets say, and pacing keeps below them."""

import unittest

from harness import EndToEndTest, chat_script

# One answer takes 50 ms and has 20 tokens.
FAST = ["--ttft", "30ms", "--itl", "1ms", "--tokens", "20", "--seed", "3"]

POLICED = chat_script(
    body="""
    local reply = claude:stream { messages = "Hello" }
    if reply.error then perigee.sleep(0.1) end
    """
)


def paced(limits, think="0"):
    return chat_script(
        body=f'claude:stream {{ messages = "Hello" }} perigee.sleep({think})'
    ).replace("max_tokens = 64 }", f"max_tokens = 64, limits = {{ {limits}, mode = 'pace' }} }}")


class Limits(EndToEndTest):
    def test_the_share_of_429s_is_that_of_the_token_bucket(self):
        # 600 a minute and a bucket of 100 at the start: 100 + 10 a second are let in.
        mock = self.start_mock(*FAST, "--limits", "rpm=600,burst=10s")
        result = self.run_script(POLICED, "-u", "200", "-d", "10s", server=mock, timeout=120)
        self.assertCode(0, result)
        asked = result.counter("llm_requests")
        refused = result.counter("llm_requests", error="rate_limited")
        seconds = result.json["run"]["elapsed_s"]
        expected = 1 - (100 + 10 * seconds) / asked
        self.assertAlmostEqual(refused / asked, expected, delta=0.02)
        self.assertEqual(result.counter("llm_requests", limit="requests"), refused)
        self.assertIn("limited by", result.stdout)
        self.assertGreater(result.gauge("llm_ratelimit_requests_used")["max"], 0.95)
        self.assertIn("limits used", result.stdout)

    def test_pacing_meets_no_429_and_reaches_the_limit(self):
        mock = self.start_mock(*FAST, "--limits", "rpm=1200,burst=2s")
        result = self.run_script(
            paced("rpm = 1200"), "-u", "200", "-d", "15s", server=mock, timeout=120
        )
        self.assertCode(0, result)
        self.assertEqual(result.counter("llm_requests", outcome="failed"), 0)
        completed = result.counter("llm_requests", outcome="completed")
        seconds = result.json["run"]["elapsed_s"]
        self.assertGreaterEqual(completed / seconds, 0.97 * 20)
        # Waiting is apart from latency.
        self.assertGreater(result.trend("llm_queue_time").percentile(50), 1)
        self.assertLess(result.trend("llm_ttft").percentile(50), 0.5)
        self.assertIn("queued", result.stdout)

    def test_pacing_by_output_tokens(self):
        mock = self.start_mock(*FAST, "--limits", "otpm=24000,burst=2s")
        result = self.run_script(
            paced("otpm = 24000"), "-u", "100", "-d", "15s", server=mock, timeout=120
        )
        self.assertEqual(result.counter("llm_requests", error="rate_limited"), 0)
        tokens = result.counter("llm_output_tokens")
        seconds = result.json["run"]["elapsed_s"]
        self.assertGreaterEqual(tokens / seconds, 0.95 * 400)

    def test_concurrency(self):
        mock = self.start_mock(*FAST, "--limits", "concurrency=5")
        result = self.run_script(POLICED, "-u", "20", "-d", "3s", server=mock)
        refused = result.counter("llm_requests", error="rate_limited")
        self.assertGreater(refused, 0)
        self.assertEqual(result.counter("llm_requests", limit="concurrency"), refused)
        result = self.run_script(
            paced("concurrency = 5"), "-u", "20", "-d", "3s", "--threads", "2", server=mock
        )
        self.assertEqual(result.counter("llm_requests", outcome="failed"), 0)
        self.assertGreater(result.counter("llm_requests"), 100)

    def test_retries_are_requests_of_their_own(self):
        mock = self.start_mock(*FAST, "--fail", "529=40%")
        script = chat_script().replace(
            "max_tokens = 64 }", 'max_tokens = 64, retries = { max = 5, base = "5ms" } }'
        )
        result = self.run_script(script, "-u", "5", "-i", "100", server=mock)
        self.assertCode(0, result)
        self.assertEqual(result.counter("llm_calls"), 100)
        requests, retries = result.counter("llm_requests"), result.counter("llm_retries")
        self.assertEqual(requests, 100 + retries)
        self.assertGreater(retries, 30)
        failed_calls, calls = result.rate("llm_call_failed")
        self.assertEqual(calls, 100)
        self.assertEqual(result.counter("llm_requests", outcome="completed"), 100 - failed_calls)
        self.assertIn("requests per call", result.stdout)


if __name__ == "__main__":
    unittest.main()
