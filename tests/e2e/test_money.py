"""The budget: never exceeded, exact under concurrency, and refused where it cannot be kept."""

import json
import unittest
import urllib.request

from harness import EndToEndTest, chat_script

# Answers of about 20 tokens in 60 ms.
MOCK = ["--ttft", "40ms", "--itl", "1ms", "--tokens", "uniform:10,30", "--seed", "5"]


def stats(mock):
    with urllib.request.urlopen(f"{mock.url}/__mock/stats", timeout=10) as answer:
        return json.load(answer)


class Money(EndToEndTest):
    def test_a_budget_stops_a_run_below_it_and_agrees_with_the_bill(self):
        mock = self.start_mock(*MOCK)
        result = self.run_script(
            chat_script(), "-u", "200", "-d", "60s", "--budget", "0.05", server=mock
        )
        self.assertCode(0, result)
        spent = result.json["budget"]["spent_usd"]
        self.assertLessEqual(spent, 0.05)
        self.assertGreater(spent, 0.05 * 0.9)
        self.assertLess(result.seconds, 50)
        self.assertEqual(result.json["run"]["end"], "budget")
        self.assertIn("stopped by its budget", result.stdout)
        self.assertRegex(result.stderr, r"warning: \$0\.04\d* of the budget of \$0\.05")
        # Nothing was under way when it stopped, so every request was billed and is known.
        bill = stats(mock)
        self.assertAlmostEqual(bill["billed"]["total"]["usd"], spent, delta=0.00001)
        self.assertAlmostEqual(result.counter("llm_cost"), spent, delta=0.00001)
        self.assertEqual(result.json["budget"]["unknown_usd"], 0)
        self.assertEqual(result.counter("llm_requests", outcome="completed"),
                         result.counter("llm_requests"))

    def test_a_request_that_cannot_fit_ends_the_run_before_it_is_sent(self):
        mock = self.start_mock(*MOCK)
        result = self.run_script(
            chat_script(), "-u", "1", "-i", "1", "--budget", "0.000001", server=mock
        )
        self.assertEqual(result.json["run"]["end"], "budget")
        self.assertEqual(result.counter("llm_requests"), 0)
        self.assertEqual(result.json["budget"]["spent_usd"], 0)
        self.assertEqual(stats(mock)["requests"], 0)

    def test_a_model_without_a_price_is_refused_under_a_budget(self):
        script = chat_script().replace("claude-haiku-4-5", "house-model")
        result = self.run_script(script, "-i", "1", "--budget", "1")
        self.assertEqual(result.code, 104, result)
        self.assertIn('no price is known for the model "house-model"', result.stderr)
        self.assertIn('options.prices = { ["house-model"]', result.stderr)

    def test_a_price_of_ones_own_counts(self):
        script = chat_script(
            options='prices = { ["house-model"] = { input = 1000, output = 2000 } }'
        ).replace("claude-haiku-4-5", "house-model")
        mock = self.start_mock("--ttft", "5ms", "--itl", "1ms", "--tokens", "10")
        result = self.run_script(script, "-i", "2", "--budget", "100", server=mock)
        self.assertCode(0, result)
        tokens_in = result.counter("llm_input_tokens")
        cost = tokens_in * 1000e-6 + 20 * 2000e-6
        self.assertAlmostEqual(result.counter("llm_cost"), cost, places=9)

    def test_an_unknown_model_has_no_invented_cost(self):
        script = chat_script().replace("claude-haiku-4-5", "house-model")
        result = self.run_script(script, "-i", "2")
        self.assertCode(0, result)
        self.assertEqual(result.counter("llm_cost"), 0)
        self.assertIn("cost unknown", result.stdout)
        self.assertIn('no price is known for the model "house-model"', result.stdout)

    def test_bad_budgets_and_prices(self):
        for options, message in [
            ("budget = 'much'", "options.budget: expected dollars"),
            ("budget = { eur = 3 }", 'options.budget: unknown field "eur"'),
            ("budget = { usd = 0 }", "options.budget.usd: expected"),
            ("prices = { x = 3 }", 'options.prices["x"]: expected { input'),
            ("prices = { x = { input = 1 } }", 'options.prices["x"].output: missing'),
        ]:
            with self.subTest(options=options):
                result = self.run_script(chat_script(options=options), "-i", "1")
                self.assertEqual(result.code, 104, result)
                self.assertIn(message, result.stderr)

    def test_a_failed_stream_keeps_its_reserve(self):
        mock = self.start_mock(*MOCK, "--faults", "eof:event=6=100%")
        result = self.run_script(chat_script(), "-i", "3", "--budget", "1", server=mock)
        self.assertEqual(result.counter("llm_requests", error="truncated"), 3)
        budget = result.json["budget"]
        self.assertGreater(budget["unknown_usd"], 0)
        self.assertAlmostEqual(budget["unknown_usd"], budget["spent_usd"], places=12)
        self.assertIn("nobody told", result.stdout)


if __name__ == "__main__":
    unittest.main()
