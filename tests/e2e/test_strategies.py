"""The examples of scaling strategies print an effect, of the sign that docs/strategies.md claims, under the same load."""

import re
import unittest

from harness import ROOT, EndToEndTest

PACE = "--ttft 50ms --itl 2ms --tokens 60"


class Strategies(EndToEndTest):
    def run_example(self, name, *options, mock, flags=()):
        result = self.run_script(ROOT / f"examples/{name}.lua", *flags, "--seed", 1, *options, mock=mock)
        self.assertCode(0, result)
        self.assertEqual(result.json["script_errors"], [])
        self.assertEqual(result.json["hook_errors"], [])
        self.assertEqual(result.json["warnings"], [])
        return result

    def effects(self, name, *options, **how):
        """The figures without and with the strategy, by what the line says they are."""
        result = self.run_example(name, *options, **how)
        iterations = {
            s["tags"]["strategy"]: s["sum"] for m in result.json["metrics"] if m["name"] == "iterations" for s in m["series"]
        }
        lines = re.findall(r"^(.+): \$?([\d.]+)[^→\n]* → \$?([\d.]+)", result.stdout, re.MULTILINE)
        self.assertTrue(lines, result.stdout)
        return {what: (float(off), float(on)) for what, off, on in lines}, iterations

    def assertSameLoad(self, iterations, share=0.0):
        self.assertEqual(set(iterations), {"off", "on"})
        self.assertGreater(iterations["off"], 0)
        self.assertLessEqual(abs(iterations["on"] / iterations["off"] - 1), share)

    def test_a_queue_keeps_a_full_service_from_refusing(self):
        mock = "--ttft 150ms --itl 2ms --tokens 50 --slots 4 --queue 1"
        # Drawn moments: the numbers of the two sides differ by chance.
        effects, iterations = self.effects("20_queue", "--length", "2s", "--rate", 14, mock=mock)
        self.assertSameLoad(iterations, share=0.6)
        refused, refused_queued = effects["requests answered 529"]
        self.assertGreater(refused, refused_queued)
        waited, waited_queued = effects["p95 wait in the queue"]
        self.assertEqual(waited, 0)
        self.assertGreater(waited_queued, 0)

    def test_routing_costs_less(self):
        effects, iterations = self.effects("21_model_routing", "--calls", 20, mock=PACE)
        self.assertSameLoad(iterations)
        off, on = effects["cost of 1,000 calls"]
        # Seven of ten at a third of the price: 0.7 / 3 + 0.3.
        self.assertAlmostEqual(on / off, 0.53, delta=0.06)
        self.assertEqual(effects["requests failed"], (0, 0))

    def test_a_batch_costs_half_and_takes_longer(self):
        effects, iterations = self.effects("22_batch_or_live", "--count", 20, mock=PACE + " --batch-duration 1s")
        self.assertSameLoad(iterations)
        self.assertEqual(effects["answered"], (20, 20))
        off, on = effects["cost"]
        self.assertAlmostEqual(on / off, 0.5, delta=0.01)
        off, on = effects["all done after"]
        self.assertGreater(on, off)

    def test_a_cache_is_cheaper_and_faster(self):
        effects, iterations = self.effects("23_caching", "--calls", 20, mock=PACE + " --prefill-rate 20000")
        self.assertSameLoad(iterations)
        off, on = effects["cost of 1,000 calls"]
        self.assertLess(on, 0.6 * off)
        off, on = effects["median time to first token"]
        self.assertLess(on, 0.6 * off)

    def test_coalescing_asks_less_and_answers_all(self):
        mock = "--ttft 200ms --itl 2ms --tokens 60"
        effects, iterations = self.effects("24_coalescing", "--calls", 60, mock=mock, flags=["--threads", 1])
        self.assertSameLoad(iterations)
        self.assertEqual(effects["answered"], (100, 100))
        off, on = effects["requests"]
        self.assertEqual(off, 60)
        self.assertLess(on, 40)
        off, on = effects["cost"]
        self.assertLess(on, off)

    def test_retry_after_turns_429s_into_answers(self):
        mock = "--ttft 50ms --itl 2ms --tokens 40 --limits rpm=300,burst=1s"
        effects, iterations = self.effects("25_retry_after", mock=mock)
        self.assertSameLoad(iterations)
        off, on = effects["calls failed in the end"]
        self.assertGreater(off, 30)
        self.assertLess(on, 10)
        off, on = effects["requests answered 429"]
        self.assertLess(on, off)
        off, on = effects["p95 of a call, failed ones too"]
        self.assertGreater(on, off)

    SHORT = ["--ramp", "500ms", "--hold", "2s", "--peak", "500ms", "--drain", "500ms", "--settle", "1s", "--rate", 10, "--spike", 20]

    def test_the_load_check_confirms_a_plan(self):
        result = self.run_example("26_load_check", *self.SHORT, mock="--ttft 100ms --itl 1ms --tokens 40")
        self.assertIn("the plan holds\n", result.stdout)
        streams = float(re.search(r"([\d.]+) streams at once", result.stdout)[1])
        self.assertTrue(0.5 < streams < 4, result.stdout)

    def test_the_load_check_refutes_a_plan(self):
        options = [*self.SHORT, "--ttft", "50ms"]
        result = self.run_script(ROOT / "examples/26_load_check.lua", *options, mock="--ttft 100ms --itl 1ms --tokens 40")
        self.assertCode(99, result)
        self.assertIn("failed: llm_ttft_from_due{scenario=hold} p(95) < 50ms\n", result.stdout)
        self.assertIn("the plan does not hold\n", result.stdout)


if __name__ == "__main__":
    unittest.main()
