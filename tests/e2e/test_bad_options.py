"""Exit code 104: flags, options and scripts that are refused before anything runs.

Each has one message on stderr, which names the thing, the place and the mend.
"""

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
        ]:
            with self.subTest(flag=flag, value=value):
                message = self.refused(self.script(), flag, value)
                self.assertIn(flag, message)
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

    def test_a_mock_that_cannot_start_is_refused(self):
        message = self.refused(self.script(), "--mock=haikuu")
        self.assertIn('did you mean "haiku"?', message)
        message = self.refused(self.script(), "--mock", "--mock-args", "--itl 5x")
        self.assertIn("--itl", message)

    def test_a_result_file_that_cannot_be_written_is_refused_before_the_run(self):
        message = self.refused(self.script(), "--json", self.folder / "no folder/result.json")
        self.assertIn("--json", message)

    def test_an_event_file_that_cannot_be_written_is_refused(self):
        message = self.refused(self.script(), "--events", self.folder / "no folder/events")
        self.assertIn("--events", message)


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
            local loads = file:read("*n")
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
