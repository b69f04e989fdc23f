"""Every fault of the mock is counted as its kind, and nothing is counted twice or lost."""

import json
import unittest
import urllib.request

from harness import EndToEndTest, chat_script

FAULTS = (
    "429=4%,500=3%,502=3%,529:gzip=4%,overloaded:event=5=4%,stream-error:api_error:event=6=3%,"
    "eof:event=7=4%,reset:event=7=4%,reset:byte=400=2%,stall:5s:event=6=3%,slow-headers:50ms=4%,"
    "malformed:event=5=3%,split=4%,coalesce=4%,crlf=4%,comments=4%,unknown-events=4%,"
    "long-line=3%,refusal=3%,pause=3%"
)

# Silence of 1 s is a time-out, so that a stall of 5 s is one.
SCRIPT = chat_script().replace("max_tokens = 64 }", 'max_tokens = 64, timeouts = { silence = "1s" } }')


class Faults(EndToEndTest):
    def test_all_at_once(self):
        mock = self.start_mock(
            "--ttft", "10ms", "--itl", "1ms", "--tokens", "30", "--tokens-per-delta", "2",
            "--seed", "11", "--faults", FAULTS,
        )
        result = self.run_script(SCRIPT, "-u", "50", "-i", "3000", server=mock, timeout=120)
        self.assertEqual(result.json["run"]["end"], "finished")
        by_outcome = result.counts_by("llm_requests", "outcome")
        self.assertEqual(sum(by_outcome.values()), 3000)
        self.assertEqual(result.counter("llm_calls"), 3000)
        self.assertNotIn("censored", by_outcome)

        with urllib.request.urlopen(f"{mock.url}/__mock/stats", timeout=10) as answer:
            injected = json.load(answer)["by_fault"]
        kinds = result.counts_by("llm_requests", "error")

        def of(*names):
            return sum(injected.get(name, 0) for name in names)

        self.assertEqual(kinds.get("rate_limited", 0), of("429"))
        self.assertEqual(kinds.get("server_error", 0), of("500", "502"))
        # In the middle of a stream the error's own type says which of the two it is.
        self.assertGreater(kinds.get("overloaded", 0), of("529"))
        self.assertGreater(kinds.get("stream_error", 0), 0)
        self.assertEqual(kinds["overloaded"] + kinds["stream_error"], of("529", "stream-error"))
        self.assertEqual(kinds.get("truncated", 0), of("eof"))
        self.assertEqual(kinds.get("reset", 0), of("reset"))
        self.assertEqual(kinds.get("timeout", 0), of("stall"))
        self.assertEqual(kinds.get("refused", 0), of("refusal"))
        failed = of("429", "500", "502", "529", "stream-error", "eof", "reset",
                    "stall", "refusal")
        self.assertEqual(by_outcome["failed"], failed)
        self.assertGreater(failed, 500)
        # The others only look odd: their text arrives whole.
        self.assertEqual(by_outcome["completed"], 3000 - failed)


if __name__ == "__main__":
    unittest.main()
