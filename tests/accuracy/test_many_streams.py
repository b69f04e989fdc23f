"""15,000 streams open at once, 50,000 events a second in all: exact as few are, and small."""

import functools
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))

from accuracy_case import SCATTERED, SCRIPT, AccuracyCase  # noqa: E402

STREAMS = 15000
MOCK = ["--ttft", "300ms", "--itl", "300ms", "--tokens", "40", "--tokens-per-delta", "1"]
KB = 1024


class ManyStreams(AccuracyCase):
    def test_fifteen_thousand(self):
        alone = self.run_script(SCRIPT, "-u", 1, "-d", "2s", mock="--tokens 5 --itl 1ms")
        self.assertCode(0, alone)
        flags = ["-u", STREAMS, "-i", STREAMS]
        script = SCATTERED.replace("101ms", "6s")
        measure = functools.partial(self.measure, MOCK, flags, script)
        measured = self.check("15,000 streams", measure)
        self.assertEqual(measured.open_at_once, STREAMS)
        memory = measured.result.gauge("client_memory")["max"]
        memory -= alone.gauge("client_memory")["min"]
        print(f"  {memory / STREAMS / KB:.1f} KB for each stream")
        self.assertLess(memory / STREAMS, 32 * KB)


if __name__ == "__main__":
    unittest.main()
