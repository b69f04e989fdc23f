"""The prompt cache: what a thundering herd misses, and TTFT by hit and miss."""

import unittest

from harness import EndToEndTest, chat_script

SCRIPT = chat_script(
    before="""
local PREFIX = ("A long and shared prefix of words. "):rep(800)
local SYSTEM = { { type = "text", text = PREFIX, cache_control = { type = "ephemeral" } } }
""",
    body='claude:stream { system = SYSTEM, messages = "Hello " .. perigee.execution.vu.id }',
)


class Cache(EndToEndTest):
    def test_a_herd_misses_until_the_first_answer_begins(self):
        mock = self.start_mock(
            "--ttft", "300ms", "--itl", "2ms", "--tokens", "10", "--prefill-rate", "20000"
        )
        result = self.run_script(SCRIPT, "-u", "100", "-i", "200", server=mock)
        self.assertCode(0, result)
        completed = {
            use: result.counter("llm_requests", outcome="completed", cache=use)
            for use in ("hit", "miss")
        }
        # All of the first hundred are sent before the first of them answers; all later ones after.
        self.assertEqual(completed, {"hit": 100, "miss": 100})
        hit = result.trend("llm_ttft", cache="hit")
        miss = result.trend("llm_ttft", cache="miss")
        # The prefix' 8,000 tokens take 0.4 s to read where no cache has them.
        self.assertAlmostEqual(hit.percentile(50), 0.3, delta=0.1)
        self.assertAlmostEqual(miss.percentile(50), 0.7, delta=0.15)
        rows = result.table("latency")
        self.assertIn("time to first token (llm_ttft)/cache hit", rows)
        self.assertIn("time to first token (llm_ttft)/cache miss", rows)

    def test_a_cold_run_never_hits(self):
        mock = self.start_mock("--ttft", "20ms", "--itl", "1ms", "--tokens", "5")
        script = SCRIPT.replace("max_tokens = 64 }", 'max_tokens = 64, cache = "cold" }')
        result = self.run_script(script, "-u", "2", "-i", "20", server=mock)
        self.assertCode(0, result)
        self.assertEqual(result.counter("llm_cache_read_tokens"), 0)


if __name__ == "__main__":
    unittest.main()
