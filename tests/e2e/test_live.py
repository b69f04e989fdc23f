"""The live view and its keys, in a real terminal: tmux types and looks."""

import os
import pathlib
import re
import shlex
import signal
import subprocess
import time
import unittest

from harness import BINARY, FAST, EndToEndTest, clean_environment, wait_until

BODY = 'claude:stream { messages = "Hi" } perigee.sleep "50ms"'
SCRIPT = f"""
local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local claude = anthropic.client {{ model = "claude-haiku-4-5", max_tokens = 64 }}
return {{ default = function() {BODY} end }}
"""


class Terminal:
    """A shell in a tmux of its own; every byte that it shows is in `raw`."""

    def __init__(self, folder, columns=100, rows=30):
        self._socket = f"perigee-{os.getpid()}-{time.monotonic_ns()}"
        self._raw = folder / "raw"
        self._folder = folder
        env = clean_environment({"XDG_CACHE_HOME": str(folder / "cache"), "PS1": "$ "})
        shell = "bash --norc --noprofile -i"
        command = ["new-session", "-d", "-x", str(columns), "-y", str(rows), shell]
        self.tmux("-f", "/dev/null", *command, env=env)
        self.tmux("pipe-pane", f"cat > {shlex.quote(str(self._raw))}")

    def tmux(self, *words, env=None):
        command = ["tmux", "-L", self._socket, *words]
        done = subprocess.run(
            command, cwd=self._folder, env=env, check=True, capture_output=True, timeout=20
        )
        return done.stdout.decode()

    def close(self):
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, timeout=20)

    def type(self, line):
        self.tmux("send-keys", "-l", line)
        self.tmux("send-keys", "Enter")

    def press(self, key):
        self.tmux("send-keys", key)

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def raw(self):
        return self._raw.read_bytes().decode(errors="replace") if self._raw.exists() else ""

    def cursor_is_shown(self):
        return self.tmux("display-message", "-p", "#{cursor_flag}").strip() == "1"

    def wait_for(self, pattern, timeout=20):
        def find():
            return re.search(pattern, self.screen(), re.MULTILINE)

        try:
            return wait_until(find, timeout, pattern)
        except AssertionError:
            raise AssertionError(f"no {pattern!r} on the screen:\n{self.screen()}") from None


class LiveView(EndToEndTest):
    def start(self, *flags, columns=100, rows=30):
        """Types a run into a shell, between two looks at the terminal's state."""
        terminal = Terminal(pathlib.Path(self.folder), columns, rows)
        self.addCleanup(terminal.close)
        script = self.write("live.lua", SCRIPT)
        words = [BINARY, "run", "--mock", "--mock-args", FAST, script, *flags]
        run = " ".join(shlex.quote(str(word)) for word in words)
        terminal.type(f"stty -g > before; {run} > out; code=$?; stty -g > after; echo ended $code")
        terminal.wait_for(r"^running ")
        return terminal

    def assertIntact(self, terminal, code):
        terminal.wait_for(rf"^ended {code}$")
        folder = pathlib.Path(self.folder)
        self.assertEqual((folder / "before").read_text(), (folder / "after").read_text())
        self.assertTrue(terminal.cursor_is_shown())
        self.assertNotRegex(terminal.screen(), r"(?m)^(running|stopping|keys) ")
        return (folder / "out").read_text()

    def test_keys_pause_change_users_and_stop(self):
        terminal = self.start("-u", 4, "-d", "60s")
        terminal.wait_for(r"^keys +q stop   p pause   \+ - users$")
        terminal.press("+")
        terminal.wait_for(r"users of default: 4 → 5")
        terminal.press("-")
        terminal.wait_for(r"users of default: 5 → 4")
        terminal.press("p")
        terminal.wait_for(r"^paused ")
        terminal.wait_for(r"requests .* 0\.0/s")  # For all of the last seconds.
        terminal.press("p")
        terminal.wait_for(r"^running ")
        terminal.press("q")
        summary = self.assertIntact(terminal, 105)
        self.assertIn("interrupted by the key q", summary)
        self.assertIn("paused by hand from", summary)
        self.assertRegex(summary, r"changed by hand in\s+2 steps")

    def test_no_frame_is_blank_and_none_is_wider_after_a_resize(self):
        terminal = self.start("-u", 2, "-d", "60s")
        for columns, rows in [(60, 20), (100, 30), (40, 12), (200, 50)]:
            terminal.tmux("resize-window", "-x", str(columns), "-y", str(rows))
            terminal.wait_for(r"^running ")
            until = time.monotonic() + 1.2
            while time.monotonic() < until:
                screen = terminal.screen()
                self.assertRegex(screen, r"(?m)^running ")
            self.assertEqual(len(re.findall(r"(?m)^running ", screen)), 1, screen)
        terminal.press("C-c")
        self.assertIntact(terminal, 105)

    def test_a_stopped_job_leaves_the_terminal_and_comes_back(self):
        terminal = self.start("-u", 2, "-d", "60s")
        terminal.press("C-z")
        terminal.wait_for(r"Stopped")
        self.assertNotRegex(terminal.screen(), r"(?m)^running ")
        terminal.type("stty -g > between; echo seen")
        terminal.wait_for(r"^seen$")
        folder = pathlib.Path(self.folder)
        self.assertEqual((folder / "before").read_text(), (folder / "between").read_text())
        terminal.type("fg")
        terminal.wait_for(r"^running ")
        terminal.press("q")
        terminal.wait_for(r"stopping: iterations under way")
        # The rest of the line that was typed first ran when the job was stopped: bash's way.
        wait_until(lambda: (folder / "out").read_text().startswith("INTERRUPTED"), 20, "the end")
        wait_until(lambda: terminal.screen().rstrip().endswith("#") or
                   terminal.screen().rstrip().endswith("$"), 20, "the shell's prompt")
        terminal.type("stty -g > after; echo ended again")
        self.assertIntact(terminal, "again")

    def test_signals_that_kill_give_the_terminal_back(self):
        for number, code in [(signal.SIGTERM, 105), (signal.SIGABRT, 134), (signal.SIGQUIT, 131)]:
            with self.subTest(number.name):
                terminal = self.start("-u", 2, "-d", "60s")
                pids = subprocess.run(
                    ["pgrep", "-f", f"{re.escape(str(BINARY))} run .*{re.escape(str(self.folder))}"],
                    capture_output=True, timeout=20, check=True,
                ).stdout.split()
                os.kill(int(pids[0]), number)
                terminal.wait_for(rf"^ended {code}$")
                folder = pathlib.Path(self.folder)
                self.assertEqual((folder / "before").read_text(), (folder / "after").read_text())
                self.assertTrue(terminal.cursor_is_shown())
                terminal.close()


if __name__ == "__main__":
    unittest.main()
