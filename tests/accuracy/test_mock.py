"""The mock keeps its own pace: what it sends is late by less than a millisecond under full load.

Its record has when each event was handed to the kernel; with a constant pace, when it was due is
known. The streams begin at random times: tokens that are due at the same moment can only go out
one after the other.
"""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from harness import EndToEndTest, chat_script  # noqa: E402

STREAMS = 1000
TTFT_S = 0.5
GAP_S = 0.02
TOKENS = 250
SPAWN_S = 4
ATTEMPTS = 3

SCRIPT = chat_script(
    body="""
    perigee.sleep(perigee.between("1ms", "41ms"))
    claude:stream { max_tokens = 4096, messages = "Hello" }
    """
)


def lateness(line):
    """Of every delta of a stream, in seconds."""
    stream = json.loads(line)
    deltas = [event for event in stream["events"] if event["name"] == "content_block_delta"]
    for index, event in enumerate(deltas):
        due = stream["received_ns"] * 1e-9 + TTFT_S + index * GAP_S
        yield event["sent_ns"] * 1e-9 - due


class Mock(EndToEndTest):
    def measure(self):
        record = self.folder / "record.jsonl"
        mock = self.start_mock(
            "--ttft", f"{TTFT_S}s", "--itl", f"{GAP_S}s", "--tokens", TOKENS,
            "--tokens-per-delta", "1", "--record", record,
        )
        result = self.run_script(
            SCRIPT, "-u", STREAMS, "--spawn-rate", STREAMS / SPAWN_S, "-d", f"{SPAWN_S + 6}s",
            "--threads", "1", server=mock, timeout=120,
        )
        self.assertCode(0, result)
        self.stop_mock(mock)
        late = []
        with open(record) as lines:
            for line in lines:
                late.extend(lateness(line))
        self.assertEqual(len(late), result.counter("llm_output_tokens"))
        late.sort()
        return late[int(0.99 * len(late))], late[int(0.999 * len(late))]

    def test_50_000_tokens_a_second(self):
        for attempt in range(ATTEMPTS):
            p99, p999 = self.measure()
            print(f"mock, {STREAMS} streams of {1 / GAP_S:.0f} tokens/s: late p99 {p99 * 1e3:.3f} ms, "
                  f"p99.9 {p999 * 1e3:.3f} ms")
            if p99 < 0.001:
                return
        self.fail("late by more than 1 ms at 99 % in each attempt")


if __name__ == "__main__":
    unittest.main()
