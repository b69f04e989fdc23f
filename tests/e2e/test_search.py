"""What `perigee search` tries and says; whether its knee is right is in tests/accuracy."""

import json
import signal
import unittest

from harness import FAST, EndToEndTest, Process, chat_script

FAILING = FAST + " --fail 529=50%"
OBJECTIVE = ["--objective", "llm_request_failed rate < 5%"]


class Search(EndToEndTest):
    def search(self, *flags, mock=FAST, code=0, shortest="1s"):
        script = self.write("script.lua", chat_script())
        path = self.folder / "search.json"
        result = self.command(
            "search", script, "--mock", "--mock-args", mock, "--min-step", shortest, "--max-step", "2s",
            "--json", path, *flags, timeout=90,
        )  # fmt: skip
        self.assertCode(code, result)
        return result, json.loads(path.read_text()) if path.exists() else None

    def test_all_holds(self):
        result, found = self.search(*OBJECTIVE, "--by", "users", "--from", 2, "--to", 4)
        self.assertEqual(found["held"], 4)
        self.assertIsNone(found["failed"])
        self.assertEqual([step["load"] for step in found["steps"]], [2, 4])
        self.assertIn("4 users held, and more was not tried", result.stdout)

    def test_nothing_holds(self):
        result, found = self.search(*OBJECTIVE, "--from", 20, mock=FAILING, code=99)
        self.assertIsNone(found["held"])
        self.assertIn("not even 20/s held: llm_request_failed rate < 5%: ", result.stdout)

    def test_steps_are_bounded(self):
        result, found = self.search(*OBJECTIVE, "--max-steps", 1, "--from", 5)
        self.assertEqual(len(found["steps"]), 1)
        self.assertIn("by the 1 steps that --max-steps allows", result.stdout)

    def test_budget_is_for_all_steps(self):
        result, found = self.search(*OBJECTIVE, "--from", 20, "--budget", "0.008")
        self.assertEqual(found["stopped_by"], "the budget")
        self.assertLessEqual(sum(step["cost_usd"] for step in found["steps"]), 0.008)

    def test_stopped_by_a_signal(self):
        script = self.write("script.lua", chat_script('perigee.log("a call") claude:stream { messages = "Hi" }'))
        process = Process(
            ["search", script, "--mock", "--mock-args", FAST, *OBJECTIVE], self.folder
        )
        self.addCleanup(process.kill)
        process.wait_for_stderr("a call")
        process.send(signal.SIGINT)
        self.assertEqual(process.wait(40), 105)
        self.assertIn("by a signal", process.stdout)

    def test_mistakes(self):
        for flags, message in [
            ([], "--objective: at least one is needed"),
            (["--objective", "llm_ttft p(95) < 2"], "--objective: "),
            ([*OBJECTIVE, "-u", 5], "perigee search chooses vus itself"),
            ([*OBJECTIVE, "--from", 5, "--to", 2], "--to: 2 is less than --from, 5"),
        ]:
            result, _ = self.search(*flags, code=104)
            self.assertIn(message, result.stderr)
        result, _ = self.search(*OBJECTIVE, shortest="9s", code=104)
        self.assertIn("--max-step: 2s is shorter than --min-step, 9s", result.stderr)


if __name__ == "__main__":
    unittest.main()
