"""Exit code 104: flags, options and scripts that are refused before anything runs.

Each has one message on stderr, which names the thing, the place and the mend.
"""

import json
import unittest

from harness import EndToEndTest, chat_script


class BadOptionsTest(EndToEndTest):
    def refused(self, *arguments, env=None):
        result = self.command("run", *arguments, env=env, timeout=20)
        self.assertEqual(result.code, 104, str(result))
        self.assertEqual(result.stdout, "")
        return result.stderr

    def script(self, text="return { default = function() end }"):
        return self.write("script.lua", text)

    def refused_options(self, options):
        script = self.script(f"return {{ options = {{ {options} }}, default = function() end }}")
        return self.refused(script)


class Flags(BadOptionsTest):
    def test_an_unknown_flag_is_refused_with_the_near_name(self):
        message = self.refused(self.script(), "--duraton", "5s")
        self.assertIn("--duraton", message)
        self.assertIn('did you mean "--duration"?', message)

    def test_an_unknown_command_is_refused_with_the_near_name(self):
        result = self.command("rnu", self.script())
        self.assertEqual(result.code, 104)
        self.assertIn('did you mean "run"?', result.stderr)

    def test_a_missing_command_is_refused(self):
        self.assertEqual(self.command().code, 104)

    def test_bad_values_of_flags_name_the_flag_and_the_value(self):
        for flag, value in [
            ("--duration", "30x"),
            ("--vus", "many"),
            ("--stage", "30x"),
            ("--stage", "1s:ten"),
            ("--graceful-stop", "5y"),
            ("--threads", "0"),
            ("--seed", "x"),
            ("--progress", "loud"),
            ("--spawn-rate", "fast"),
            ("--warmup", "soon"),
            ("--host", "example.com"),
            ("--ca-file", "/nowhere/ca.pem"),
            ("--setup-timeout", "never"),
            ("--tag", "team"),
            ("--slo", "llm_tftt < 2s"),
            ("--http-debug=loud", "loud"),
        ]:
            with self.subTest(flag=flag, value=value):
                words = [flag] if "=" in flag else [flag, value]
                message = self.refused(self.script(), *words)
                self.assertIn(flag.partition("=")[0], message)
                self.assertIn(value, message)

    def test_loads_that_make_no_sense_are_refused(self):
        for flags in [
            ["-u", "0"],
            ["-u", "-1"],
            ["-i", "0"],
            ["-d", "0s"],
            ["-d", "1s", "-s", "1s:5"],
            ["-r", "5", "-s", "1s:5"],
            ["-r", "-1", "-d", "1s"],
        ]:
            with self.subTest(flags=flags):
                self.assertNotEqual(self.refused(self.script(), *flags), "")

    def test_a_bad_value_in_the_environment_is_refused(self):
        message = self.refused(self.script(), env={"PERIGEE_VUS": "many"})
        self.assertIn("many", message)
        self.refused(self.script(), env={"PERIGEE_DURATION": "5x"})
        message = self.refused(self.script(), env={"PERIGEE_STAGES": "1s:1,5x"})
        self.assertIn("PERIGEE_STAGES[2]", message)

    def test_a_misspelt_variable_is_mentioned_and_does_no_harm(self):
        result = self.run_script(self.script(), env={"PERIGEE_VU": "5"}, mock=None)
        self.assertCode(0, result)
        self.assertIn('did you mean "PERIGEE_VUS"?', result.stderr)

    def test_a_mock_that_cannot_start_is_refused(self):
        message = self.refused(self.script(), "--mock=haikuu")
        self.assertIn('did you mean "haiku"?', message)
        message = self.refused(self.script(), "--mock", "--mock-args", "--itl 5x")
        self.assertIn("--itl", message)
        message = self.refused(self.script(), "--mock=haikuu", "--progress", "none")
        self.assertIn('did you mean "haiku"?', message)

    def test_a_result_file_that_cannot_be_written_is_refused_before_the_run(self):
        message = self.refused(self.script(), "--json", self.folder / "no folder/result.json")
        self.assertIn("--json", message)

    def test_an_event_file_that_cannot_be_written_is_refused(self):
        message = self.refused(self.script(), "--events", self.folder / "no folder/events")
        self.assertIn("--events", message)


class ConfigFile(BadOptionsTest):
    def config(self, text):
        return self.write("load.json", text)

    def test_a_config_file_that_cannot_be_used_is_named(self):
        message = self.refused(self.script(), "--config", self.folder / "nowhere.json")
        self.assertIn("nowhere.json", message)
        self.assertIn("not JSON", self.refused(self.script(), "--config", self.config("{ vus: 1")))
        self.assertIn("object", self.refused(self.script(), "--config", self.config("[1]")))

    def test_its_fields_are_checked_as_the_script_s_are_and_the_file_is_named(self):
        for text, words in [
            ('{"durration": "1s"}', 'unknown field "durration" (did you mean "duration"?)'),
            ('{"vus": "ten"}', "load.json: vus: expected a whole number"),
            ('{"stages": ["1s:1", "30x"]}', "load.json: stages[2]: "),
            ('{"scenarios": {"a": {"executor": "constant-vu"}}}', 'did you mean "constant-vus"?'),
        ]:
            with self.subTest(text=text):
                message = self.refused(self.script(), "--config", self.config(text))
                self.assertIn("load.json", message)
                self.assertIn(words, message)


class OtherCommands(BadOptionsTest):
    def inspect(self, script, *flags):
        result = self.command("inspect", script, *flags, timeout=20)
        self.assertCode(0, result)
        return result.stdout

    def test_inspect_refuses_what_run_refuses(self):
        for words in [[self.script(), "-d", "30x"], ["nowhere.lua"], [self.script(), "--duratn"]]:
            with self.subTest(words=words):
                self.assertEqual(self.command("inspect", *words).code, 104)

    def test_inspect_says_what_would_run_and_sends_nothing(self):
        script = self.script(chat_script(options='thresholds = { "checks rate > 1%" }'))
        text = self.inspect(script, "-u", 3, "-d", "10s")
        for words in ["constant-vus", "vus 3", "checks rate > 1%"]:
            self.assertIn(words, text)
        inspected = json.loads(self.inspect(script, "-i", 5, "--json"))
        self.assertEqual(inspected["scenarios"]["default"]["expected_iterations"], 5)
        self.assertEqual(inspected["most_vus"], 1)

    def test_new_writes_scripts_that_run_and_keeps_what_is_there(self):
        for template in ["chat", "api", "arrival"]:
            with self.subTest(template=template):
                path = self.folder / f"{template}.lua"
                result = self.command("new", path, "--template", template)
                self.assertEqual(result.code, 0, str(result))
                result = self.run_script(path, "-i", 2)
                self.assertEqual(result.json["script_errors"], [])
                self.assertEqual(result.counter("iterations"), 2)
                self.assertIn("-f replaces it", self.command("new", path).stderr)
                self.assertEqual(self.command("new", path, "-f").code, 0)

    def test_new_refuses_an_unknown_template(self):
        result = self.command("new", "--template", "chatt")
        self.assertEqual(result.code, 104)
        self.assertIn('did you mean "chat"?', result.stderr)

    def test_quick_needs_a_url_or_the_mock(self):
        for words in [[], ["example.com"], ["http://x", "--duraton", "1s"]]:
            with self.subTest(words=words):
                result = self.command("quick", *words)
                self.assertEqual(result.code, 104, str(result))
                self.assertEqual(result.stdout, "")

    def test_quick_gets_a_url_and_streams_a_prompt(self):
        mock = self.start_mock()
        get = self.command("quick", mock.url + "/echo", "-i", 3, "--threshold", "http_reqs count == 3")
        self.assertEqual(get.code, 0, str(get))
        ask = self.command("quick", mock.url, "--prompt", "Hello", "-i", 2, "--threshold",
                           "llm_requests count == 2")
        self.assertEqual(ask.code, 0, str(ask))
        self.stop_mock(mock)
        alone = self.command("quick", "--mock", "--prompt", "--hello", "-i", 1)
        self.assertEqual(alone.code, 0, str(alone))


class ScriptFlags(BadOptionsTest):
    SCRIPT = """
    local perigee = require "perigee"
    local topic = perigee.option("topic", { default = "moon", help = "what to ask about" })
    local loud = perigee.option("loud", { default = false, help = "say it" })
    return {
      default = function()
        if topic ~= "sun" or not loud then perigee.fail(topic) end
      end,
    }
    """

    def test_a_script_s_own_options_are_given_as_flags(self):
        self.assertCode(0, self.run_script(self.SCRIPT, "--topic", "sun", "--loud", mock=None))
        self.assertCode(0, self.run_script(self.SCRIPT, "--loud", "--topic=sun", mock=None))
        self.assertCode(110, self.run_script(self.SCRIPT, mock=None))

    def test_flags_that_neither_knows_are_refused_with_the_near_name(self):
        script = self.script(self.SCRIPT)
        self.assertIn('did you mean "--topic"?', self.refused(script, "--topci", "sun"))
        self.assertIn('did you mean "--duration"?', self.refused(script, "--duraton", "1s"))
        self.assertIn("--topic: expected a value", self.refused(script, "--topic"))

    def test_before_the_script_they_are_told_where_they_belong(self):
        result = self.command("run", "--topic", "moon", self.folder / "script.lua")
        self.assertCode(104, result)
        self.assertIn("moon: no such script; a script's own options, here --topic", result.stderr)

    def test_help_lists_them_with_the_script_and_works_without_one(self):
        result = self.command("run", self.script(self.SCRIPT), "--help")
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("--duration", result.stdout)
        self.assertIn("what to ask about (default moon)", result.stdout)
        result = self.command("run", "--help")
        self.assertEqual(result.code, 0, str(result))
        self.assertIn("--duration", result.stdout)


class Scripts(BadOptionsTest):
    def test_a_missing_script_is_named(self):
        self.assertIn("nowhere.lua", self.refused("nowhere.lua"))
        self.refused(self.folder)

    def test_a_syntax_error_names_file_and_line(self):
        self.assertIn("script.lua:2:", self.refused(self.script("return {\n  default = = 1\n}")))

    def test_an_error_while_loading_names_file_and_line(self):
        message = self.refused(self.script("local x = 1\nerror('broken')\n"))
        self.assertIn("script.lua:2: broken", message)
        self.assertEqual(message.count("broken"), 1)

    def test_a_script_that_returns_no_test_is_refused(self):
        for text in ["", "return 5", "return {}", "return { default = 5 }"]:
            with self.subTest(text=text):
                self.assertIn("script.lua: ", self.refused(self.script(text)))

    def test_a_missing_key_is_refused_before_anything_is_sent(self):
        message = self.refused(self.script(chat_script()))
        self.assertIn("ANTHROPIC_API_KEY", message)


class Options(BadOptionsTest):
    def test_an_unknown_option_offers_the_near_name(self):
        message = self.refused_options('duratoin = "5s"')
        self.assertIn('options: unknown field "duratoin" (did you mean "duration"?)', message)

    def test_a_bad_stage_is_named_by_its_place(self):
        message = self.refused_options('stages = { "1s:5", "30x" }')
        self.assertIn('options.stages[2]: expected a stage such as "30s:10", got "30x"', message)
        message = self.refused_options('stages = { { duration = "30x", target = 5 } }')
        self.assertIn("options.stages[1]", message)
        self.assertIn('"30x"', message)

    def test_bad_options_name_the_field(self):
        for field, value in [
            ("vus", '"ten"'),
            ("vus", "1.5"),
            ("vus", "-1"),
            ("vus", "0/0"),
            ("duration", "{}"),
            ("duration", "math.huge"),
            ("seed", "-1"),
            ("thresholds", '"llm_ttft p(95) < 2s"'),
        ]:
            with self.subTest(field=field, value=value):
                self.assertIn(field, self.refused_options(f"{field} = {value}"))

    def test_bad_scenarios_name_the_path(self):
        for fields, words in [
            ('executor = "constant-vu"', 'peak.executor: unknown executor "constant-vu"'),
            ('executor = "constant-vus"', "peak: constant-vus needs duration"),
            ('executor = "constant-vus", duration = "1s", rate = 5', "goes with constant-arrival-rate"),
            ('executor = "ramping-vus", stages = { "1s:1", "30x" }', "peak.stages[2]: "),
            ('executor = "shared-iterations", exec = "nobody"', "nobody"),
        ]:
            with self.subTest(fields=fields):
                message = self.refused_options(f"scenarios = {{ peak = {{ {fields} }} }}")
                self.assertIn(words, message)

    def test_a_number_of_vus_beyond_all_reason_is_refused_as_that(self):
        self.assertIn("options.vus: ", self.refused_options("vus = 1e300"))
        self.assertIn("vus must be at most", self.refused_options("vus = 1e9"))

    def test_a_bad_threshold_says_what_is_wrong_and_where(self):
        for source, words in [
            ("llm_tft p(95) < 2s", 'unknown metric "llm_tft" (did you mean "llm_ttft"?)'),
            ("llm_ttft p(95) < 2", "unit"),
            ("llm_ttft p95 < 2s", "p95"),
            ("llm_ttft p(101) < 2s", "101"),
            ("llm_ttft{task=a p(95) < 2s", "task=a"),
        ]:
            with self.subTest(source=source):
                message = self.refused(self.script(), "--threshold", source)
                self.assertIn("--threshold", message)
                self.assertIn(words, message)
                message = self.refused_options(f'thresholds = {{ "checks rate > 1%", "{source}" }}')
                self.assertIn("options.thresholds[2]", message)
                self.assertIn(words, message)

    def test_a_script_that_loads_for_one_worker_only_is_refused_and_nothing_hangs(self):
        count = self.write("count", "0")
        script = self.script(
            f"""
            local file = io.open("{count}")
            local loads = file:read("*n") or 1 -- Another worker may be writing it.
            file:close()
            file = io.open("{count}", "w")
            file:write(loads + 1)
            file:close()
            if loads == 1 then error("not twice") end
            return {{ default = function() end }}
            """
        )
        self.assertIn("not twice", self.refused(script, "-u", "4", "-d", "1s", "--threads", "2"))


if __name__ == "__main__":
    unittest.main()
