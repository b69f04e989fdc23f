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
        # Where no cache has the prefix it takes as long to read as the profile says.
        prefill = result.counter("llm_cache_write_tokens") / 100 / 20_000
        self.assertGreater(prefill, 0.3)
        self.assertAlmostEqual(miss.min - hit.min, prefill, delta=0.1)
        self.assertGreater(miss.percentile(50), hit.percentile(50) + prefill / 2)
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
