"""The timelines that --events keeps, as `perigee events` prints them."""

import json
import unittest

from harness import EndToEndTest, chat_script, read_timelines

MOCK = "--ttft constant:60ms --itl constant:10ms --tokens constant:5 --tokens-per-delta 1"
OPEN = """scenarios = { open = { executor = "constant-arrival-rate", rate = 20, duration = "1s",
    pre_allocated_vus = 20 } }"""


class Events(EndToEndTest):
    def events_of(self, script, *flags, code=0, **options):
        path = self.folder / "run.events"
        self.result = self.run_script(script, "--events", path, *flags, **options)
        self.assertCode(code, self.result)
        return path

    def test_the_moments_of_a_request_are_in_order(self):
        path = self.events_of(chat_script(options=OPEN), mock=MOCK)
        timelines = read_timelines(path, "--all")
        self.assertEqual(len(timelines), 20)
        names = ["due", "asked", "start", "sending", "sent", "first_byte"]
        for timeline in timelines:
            moments = [timeline[f"{name}_ns"] for name in names]
            moments += [timeline["events"][0][0], timeline["done_ns"], timeline["ended_ns"]]
            for before, after in zip(moments, moments[1:]):
                self.assertLessEqual(before, after + 2000)  # Events are rounded.
            self.assertEqual(timeline["outcome"], "completed")
            self.assertEqual(timeline["model"], "claude-haiku-4-5")
            self.assertEqual(timeline["usage"]["output_tokens"], 5)
            self.assertTrue(timeline["usage"]["final"])
            self.assertEqual(len(timeline["events"]), 5)
            events = timeline["all_events"]
            content = [event for event in events if event["content"] == "text"]
            self.assertEqual(
                [[event["arrived_ns"], event["handled_ns"]] for event in content],
                timeline["events"],
            )
            self.assertTrue(all(event["text_bytes"] > 0 for event in content))
            # message_start, the five, message_delta.
            self.assertEqual(sum(event["of_message"] for event in events), 7)
            self.assertTrue(events[0]["of_message"])
            self.assertEqual(events[0]["content"], "none")

    def test_the_metrics_can_be_computed_from_it(self):
        path = self.events_of(chat_script(), "-i", 3, mock=MOCK)
        ttfts = [t["events"][0][0] - t["sending_ns"] for t in read_timelines(path)]
        self.assertAlmostEqual(
            self.result.trend("llm_ttft").avg, sum(ttfts) / len(ttfts) / 1e9, delta=2e-6
        )

    def test_retries_and_failures_have_timelines_of_their_own(self):
        script = chat_script(
            'claude:stream { messages = "Hi", retries = { max = 1, base = "10ms" } }'
        )
        path = self.events_of(script, "-i", 1, mock=MOCK + " --fail 529=100%")
        first, second = read_timelines(path)
        self.assertEqual([first["retry"], second["retry"]], [False, True])
        for timeline in first, second:
            self.assertEqual(timeline["outcome"], "failed")
            self.assertEqual(timeline["error"], "overloaded")
            self.assertEqual(timeline["events"], [])
            self.assertIsNone(timeline["done_ns"])

    def test_a_file_cut_short_is_printed_as_far_as_it_is_whole(self):
        path = self.events_of(chat_script(), "-i", 3, mock=MOCK)
        self.write("cut.events", "")
        (self.folder / "cut.events").write_bytes(path.read_bytes()[:-60])
        result = self.command("events", "cut.events")
        self.assertEqual(result.code, 104)
        self.assertIn("cut.events: cut short in the record that begins at byte", result.stderr)
        lines = result.stdout.splitlines()
        self.assertIn(len(lines), (1, 2))
        for line in lines:
            self.assertEqual(json.loads(line)["outcome"], "completed")

    def test_another_file_is_refused(self):
        self.write("other", '{"request_id":"req_1"}\n')
        for path, message in (("other", "is no file that"), ("none", "cannot read none")):
            result = self.command("events", path)
            self.assertEqual(result.code, 104)
            self.assertIn(message, result.stderr)


if __name__ == "__main__":
    unittest.main()
