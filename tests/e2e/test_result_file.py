"""Result files of all kinds of runs against their schema, and merged into one."""

import json
import signal
import unittest

import jsonschema
from harness import FAST, ROOT, EndToEndTest, chat_script

SCHEMA = json.loads((ROOT / "docs" / "result-file.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

HTTP = """
local perigee = require "perigee"
local http = require "perigee.http"
local base = perigee.env "ANTHROPIC_BASE_URL"
return { default = function()
  http.get(base .. "/echo?page=1", { name = "search" })
  http.get(base .. "/status/503", { name = "broken" })
end }
"""


class Schema(EndToEndTest):
    def assertValid(self, file):
        errors = [f"{list(e.absolute_path)}: {e.message[:300]}" for e in VALIDATOR.iter_errors(file)]
        self.assertEqual(errors, [])

    def test_the_schema_is_one_and_refuses_what_is_not_documented(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        file = self.run_script(chat_script(), "-i", 1).json
        self.assertValid(file)
        file["run"]["new_field"] = 1
        self.assertFalse(VALIDATOR.is_valid(file))
        del file["run"]["new_field"]
        del file["intervals"]["trends"]
        self.assertFalse(VALIDATOR.is_valid(file))

    def test_a_run_with_everything_that_may_be_asked_for(self):
        script = chat_script(
            'perigee.check("fine", claude:stream({ messages = "Hi" }).ok)'
            ' if user.iteration == 3 then perigee.fail("enough") error("mistake") end'
        )
        flags = ["-u", 2, "-d", "1500ms", "--warmup", "300ms", "--budget", 5, "--as", "vllm"]
        flags += ["--as", "k6", "--slo", "llm_ttft < 2s", "--threshold", "llm_ttft p(95) < 5s"]
        flags += ["--threshold", "checks{check=fine} rate > 90%"]
        mock = FAST + " --fail 529=20%"
        result = self.run_script(script, *flags, mock=mock)
        self.assertValid(result.json)
        self.assertEqual(len(result.json["definitions"]), 2)
        self.assertGreater(result.json["budget"]["spent_usd"], 0)
        self.assertIn("overloaded", result.json["intervals"]["failures"])
        selectors = {(r["metric"], r["selector"]) for r in result.json["intervals"]["rates"]}
        self.assertIn(("checks", "{check=fine}"), selectors)
        self.assertFalse(result.json["options"]["allow_unjudged"])

    def test_a_run_of_plain_http(self):
        result = self.run_script(HTTP, "-i", 3)
        self.assertValid(result.json)
        self.assertEqual(sum(c[-1] for c in result.json["intervals"]["failures"].values()), 3)

    def test_a_setup_that_failed(self):
        script = 'return { setup = function() error("no") end, default = function() end }'
        result = self.run_script(script, "-i", 1)
        self.assertCode(107, result)
        self.assertValid(result.json)
        self.assertEqual(result.json["intervals"]["elapsed_s"], [])

    def test_an_interrupted_run(self):
        body = 'perigee.log("asking") claude:stream { messages = "Hi" }'
        process = self.start_script(chat_script(body), "-u", 1, "-d", "60s", mock="--ttft 20s")
        process.wait_for_stderr("asking")
        process.send(signal.SIGINT)
        process.wait_for_stderr("again to stop at once")
        process.send(signal.SIGINT)
        result = self.finish(process)
        self.assertCode(105, result)
        self.assertValid(result.json)
        bounds = {t["metric"]: t["lower_bounds"] for t in result.json["intervals"]["trends"]}
        self.assertEqual(sum(h["count"] for h in bounds["llm_ttft"] if h), 1)


class Merge(EndToEndTest):
    def two_runs(self):
        flags = ["-u", 2, "--seed", 1, "--threshold", "llm_requests count >= 12"]
        files, results = [], []
        for name, count in ("a", 5), ("b", 7):
            result = self.run_script(chat_script(), "-i", count, *flags)
            self.assertCode(99, result)
            files.append(self.write(f"{name}.json", json.dumps(result.json)))
            results.append(result)
        return files, results

    def test_two_runs_become_one(self):
        files, runs = self.two_runs()
        out = self.write("out.json", "")
        merged = self.command("merge", *files, "--json", out)
        self.assertEqual(merged.code, 0, merged)
        self.assertTrue(merged.stdout.startswith("PASSED   the threshold passed"), merged.stdout)
        self.assertIn("12 requests (0 failed, 0 censored)", merged.stdout)
        file = json.loads(out.read_text())
        self.assertEqual([e.message[:300] for e in VALIDATOR.iter_errors(file)], [])
        self.assertEqual(file["intervals"]["llm_requests"][-1], 12)
        self.assertEqual(file["run"]["elapsed_s"], max(r.json["run"]["elapsed_s"] for r in runs))
        again = self.command("report", out)
        self.assertEqual(again.stdout, merged.stdout)

    def test_what_cannot_be_merged_is_refused(self):
        files, _ = self.two_runs()
        for arguments, text in (
            ([files[0]], "expected two result files or more"),
            ([files[0], files[0]], "is given twice"),
            ([*files, "--json", files[0]], "--json: .* is one of the files to merge"),
            ([files[0], "/no/such"], "cannot read /no/such"),
        ):
            result = self.command("merge", *arguments)
            self.assertEqual(result.code, 104, result)
            self.assertRegex(result.stderr, text)


if __name__ == "__main__":
    unittest.main()
