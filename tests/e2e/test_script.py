"""Scripts as their authors know them: the library's own specs, modules, globals, time and names."""

import re
import time
import unittest

from harness import FAST, ROOT, EndToEndTest, chat_script

SPECS = sorted((ROOT / "tests/lua").glob("*_spec.lua"))


class Specs(EndToEndTest):
    def test_every_spec_of_the_library_passes(self):
        self.assertGreater(len(SPECS), 5)
        for spec in SPECS:
            with self.subTest(spec=spec.name):
                result = self.run_script(spec, "-i", 1, mock=FAST + " --batch-duration 300ms")
                counts = re.search(r"(\d+) passed, (\d+) failed$", result.stderr, re.M)
                self.assertIsNotNone(counts, str(result))
                self.assertEqual(counts.group(2), "0", result.stderr)
                self.assertGreater(int(counts.group(1)), 0)
                self.assertCode(0, result)
                # No open transfer, timer or suspended coroutine is left: perigee would warn.
                warnings = [w for w in result.json["warnings"] if not w.startswith("no price")]
                self.assertEqual(warnings, [])

    def test_a_spec_that_fails_would_fail_here(self):
        (self.folder / "specs").mkdir()
        self.write("specs/spec.lua", (ROOT / "tests/lua/spec.lua").read_text())
        broken = """
local spec = require "spec"
spec.it("is broken", function() spec.assert.equal(1, 2) end)
return spec.script()
"""
        result = self.run_script(self.write("specs/broken_spec.lua", broken), "-i", 1)
        self.assertCode(110, result)
        self.assertIn("0 passed, 1 failed", result.stderr)


class Modules(EndToEndTest):
    USER = "local m = require 'MODULE' return { default = function() print('got ' .. m.name) end }"

    def run_with(self, module, files, env=None):
        for name, text in files.items():
            self.write(f"suite/{name}", text)
        script = self.write("suite/script.lua", self.USER.replace("MODULE", module))
        return self.run_script(script, "-i", 1, mock=None, env=env)

    def test_a_module_beside_the_script_is_found_from_anywhere(self):
        result = self.run_with("prompts", {"prompts.lua": "return { name = 'beside' }"})
        self.assertCode(0, result)
        self.assertIn("got beside\n", result.stderr)

    def test_modules_in_folders_are_found(self):
        result = self.run_with("lib.deep", {"lib/deep.lua": "return { name = 'in a folder' }"})
        self.assertIn("got in a folder\n", result.stderr)
        result = self.run_with("kit", {"kit/init.lua": "return { name = 'with init' }"})
        self.assertIn("got with init\n", result.stderr)

    def test_lua_path_is_the_last_place(self):
        elsewhere = self.write("elsewhere/far.lua", "return { name = 'far away' }").parent
        env = {"LUA_PATH": f"{elsewhere}/?.lua;;"}
        result = self.run_with("far", {}, env)
        self.assertIn("got far away\n", result.stderr)
        result = self.run_with("far", {"far.lua": "return { name = 'near' }"}, env)
        self.assertIn("got near\n", result.stderr)

    def test_the_library_cannot_be_replaced_by_a_file(self):
        self.write("suite/perigee.lua", "error('not mine')")
        result = self.run_with("m", {"m.lua": "require 'perigee' return { name = 'm' }"})
        self.assertCode(0, result)

    def test_a_missing_module_says_where_it_was_looked_for(self):
        result = self.run_with("promts", {})
        self.assertEqual(result.code, 104)
        self.assertIn("module 'promts' not found", result.stderr)
        self.assertIn("suite/promts.lua", result.stderr)

    def test_ffi_and_c_modules_cannot_be_loaded(self):
        result = self.run_with("ffi", {})
        self.assertEqual(result.code, 104)
        self.assertIn("module 'ffi' not found", result.stderr)
        self.write("elsewhere/native.so", "")
        result = self.run_with("native", {}, {"LUA_CPATH": f"{self.folder}/elsewhere/?.so"})
        self.assertEqual(result.code, 104)
        self.assertNotIn("native.so", result.stderr)

    def test_each_worker_loads_its_own_copy(self):
        counter = "local m = { name = 'n' } m.count = 0 return m"
        script = """
local shared = require "shared"
local perigee = require "perigee"
local most = require("perigee.metrics").gauge("most")
return { default = function()
  shared.count = shared.count + 1
  perigee.sleep "300ms"
  most:set(shared.count)
end }
"""
        self.write("suite/shared.lua", counter)
        path = self.write("suite/script.lua", script)
        for threads, expected in (1, 4), (2, 2):
            flags = ["-u", 4, "-i", 4, "--threads", threads]
            result = self.run_script(path, *flags, mock=None)
            self.assertCode(0, result)
            self.assertEqual(result.gauge("most")["max"], expected)


class Globals(EndToEndTest):
    def error_of(self, body):
        result = self.run_script(chat_script(body), "-i", 1)
        self.assertCode(107, result)
        return result.json["script_errors"][0]["text"]

    def test_a_new_global_is_refused_in_the_documented_words(self):
        text = self.error_of("count = 1")
        words = (ROOT / "docs/scripting.md").read_text()
        documented = re.search(r"chat\.lua:12: (assigning the new global .*)", words).group(1)
        self.assertRegex(text.splitlines()[0], r"script\.lua:\d+: ")
        self.assertTrue(text.splitlines()[0].endswith(documented), text)

    def test_an_undefined_global_offers_the_near_name(self):
        text = self.error_of("return tostrin(1)")
        self.assertIn('undefined global "tostrin" (did you mean "tostring"?)', text)

    def test_globals_of_the_loading_script_stay(self):
        result = self.run_script(chat_script("print(answer)", before="answer = 42"), "-i", 1)
        self.assertCode(0, result)
        self.assertIn("42\n", result.stderr)


class Time(EndToEndTest):
    def iterations(self, think_time, body="", options=""):
        script = f"""
local perigee = require "perigee"
local User = perigee.user {{ think_time = {think_time} }}
User:task("work", function() {body} end{options})
return {{ users = {{ User }} }}
"""
        result = self.run_script(script, "-u", 4, "-d", "2s", mock=None)
        self.assertCode(0, result)
        return result

    def test_think_time_lies_between_iterations_and_is_no_part_of_them(self):
        result = self.iterations('"250ms"', 'perigee.sleep "20ms"')
        # 2 s / 270 ms: eight for each VU.
        self.assertIn(result.counter("iterations"), range(26, 34))
        self.assertLess(result.trend("iteration_duration").percentile(50), 0.1)

    def test_it_may_be_drawn(self):
        # 100 ms on average: about 20 for each VU.
        for think_time in 'perigee.between("50ms", "150ms")', 'perigee.exponential("100ms")':
            with self.subTest(think_time=think_time):
                count = self.iterations(think_time).counter("iterations")
                self.assertAlmostEqual(count, 80, delta=4 * 80**0.5)

    def test_a_tasks_own_replaces_the_class_one(self):
        result = self.iterations('"10ms"', options=', { think_time = "500ms" }')
        self.assertIn(result.counter("iterations"), range(14, 18))

    def test_a_task_that_fails_pauses_too(self):
        result = self.run_script(
            """
local perigee = require "perigee"
local User = perigee.user { think_time = "250ms" }
User:task("broken", function() error("mistake") end)
return { users = { User } }
""",
            *["-d", "1s", "--allow-script-errors"],
            mock=None,
        )
        self.assertCode(0, result)
        self.assertIn(result.counter("script_errors"), range(3, 6))

    def test_sleep_takes_as_long_as_it_says(self):
        body = """
    local began = perigee.now()
    perigee.sleep(0.1)
    slept:add(perigee.now() - began)
  """
        before = 'local slept = metrics.trend("slept", { unit = "s" })'
        result = self.run_script(chat_script(body, before=before), "-u", 5, "-i", 25)
        slept = result.trend("slept")
        self.assertEqual(slept.count, 25)
        self.assertGreaterEqual(slept.min, 0.0999)
        self.assertLess(slept.percentile(50), 0.11)


class Environment(EndToEndTest):
    SCRIPT = chat_script('print("greeting: " .. tostring(perigee.env("GREETING", "none")))')

    def greeting(self, *flags, env=None):
        result = self.run_script(self.SCRIPT, "-u", 1, "-i", 1, *flags, env=env)
        self.assertCode(0, result)
        return re.search(r"greeting: (.*)", result.stderr).group(1)

    def test_e_wins_over_the_environment_and_that_over_the_default(self):
        env = {"GREETING": "from the environment"}
        self.assertEqual(self.greeting(), "none")
        self.assertEqual(self.greeting(env=env), "from the environment")
        self.assertEqual(self.greeting("-e", "GREETING=by flag", env=env), "by flag")
        self.assertEqual(self.greeting("-e", "GREETING=a=b"), "a=b")
        self.assertEqual(self.greeting("-e", "GREETING=", env=env), "")

    def test_a_base_url_of_ones_own_stands_beside_the_mock(self):
        flags = ["-e", "ANTHROPIC_BASE_URL=http://127.0.0.1:1", "-e", "ANTHROPIC_API_KEY=x"]
        result = self.run_script(chat_script(), "-i", 1, *flags)
        self.assertEqual(result.counter("llm_requests", error="connect"), 1)


class Events(EndToEndTest):
    def test_each_streamed_event_can_be_read_with_its_time(self):
        body = """
    local stream = claude:open { messages = "Hello" }
    local last = 0
    for event in stream:events() do
      seen:add(1, { kind = event.type })
      perigee.check("in order", event.at >= last)
      last = event.at
    end
    perigee.check("complete", stream:reply().ok)
  """
        script = chat_script(body, before='local seen = metrics.counter("seen")')
        result = self.run_script(script, "-u", 2, "-i", 10)
        self.assertCode(0, result)
        kinds = result.counts_by("seen", "kind")
        for kind in "message_start", "content_block_start", "message_delta", "message_stop":
            self.assertEqual(kinds[kind], 10)
        self.assertEqual(kinds["content_block_delta"], 100)
        self.assertEqual(result.rate("checks")[0], result.rate("checks")[1])

    def test_leaving_a_stream_early_ends_it_with_the_iteration(self):
        body = """
    local stream = claude:open { messages = "Hello", max_tokens = 1000 }
    for event in stream:events() do
      if event.type == "content_block_delta" then break end
    end
  """
        mock = "--ttft 20ms --itl 20ms --tokens 1000"
        began = time.monotonic()
        result = self.run_script(chat_script(body), "-u", 2, "-i", 6, mock=mock, timeout=20)
        self.assertLess(time.monotonic() - began, 10)
        self.assertCode(0, result)
        self.assertEqual(result.counter("llm_requests"), 6)
        self.assertEqual(result.trend("llm_ttft").values.count, 6)


class Tags(EndToEndTest):
    def test_names_and_tags_of_a_request_reach_its_samples(self):
        body = """
    claude:stream { messages = "Hi", name = "greeting", tags = { lang = "en" } }
    claude:stream { messages = "Hallo", name = "greeting", tags = { lang = "de" } }
  """
        flags = ["-i", 5, "--threshold", "llm_requests{lang=de,name=greeting} count >= 5"]
        result = self.run_script(chat_script(body), *flags, mock=FAST)
        self.assertCode(0, result)
        self.assertEqual(result.counts_by("llm_requests", "lang"), {"en": 5, "de": 5})
        self.assertEqual(result.counter("llm_requests", name="greeting"), 10)
        self.assertEqual(result.trend("llm_ttft", lang="de").count, 5)


if __name__ == "__main__":
    unittest.main()
