"""15,000 streams open at once, 50,000 events a second in all: exact as few are, and small."""

import functools
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from accuracy_case import SCRIPT, AccuracyCase  # noqa: E402

STREAMS = 15000
MOCK = [
    *["--ttft", "300ms", "--itl", "300ms", "--tokens", "40", "--tokens-per-delta", "1"],
    *["--host", "0.0.0.0"],
]
KB = 1024

# Half of the streams go to another address: beyond 14,000 connections to one and the same, Linux
# has used up every second port, and looks long for a free one: turns of 200 ms were seen.
TO_TWO_ADDRESSES = """
local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local first = perigee.env "ANTHROPIC_BASE_URL"
local clients = {}
for i, url in ipairs { first, (first:gsub("127.0.0.1", "127.0.0.2")) } do
  clients[i] = anthropic.client { model = "claude-haiku-4-5", max_tokens = 64, base_url = url }
end
return {
  default = function(user)
    perigee.sleep(perigee.between("1ms", "10s"))
    clients[user.id % 2 + 1]:stream { messages = "Hello" }
  end,
}
"""


class ManyStreams(AccuracyCase):
    def test_fifteen_thousand(self):
        alone = self.run_script(SCRIPT, "-u", 1, "-d", "2s", mock="--tokens 5 --itl 1ms")
        self.assertCode(0, alone)
        flags = ["-u", STREAMS, "-i", STREAMS]
        measure = functools.partial(self.measure, MOCK, flags, TO_TWO_ADDRESSES)
        measured = self.check("15,000 streams", measure)
        self.assertEqual(measured.open_at_once, STREAMS)
        memory = measured.result.gauge("client_memory")["max"]
        memory -= alone.gauge("client_memory")["min"]
        print(f"  {memory / STREAMS / KB:.1f} KB for each stream")
        self.assertLess(memory / STREAMS, 32 * KB)


if __name__ == "__main__":
    unittest.main()
