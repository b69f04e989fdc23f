"""The API's exact bytes, replayed by an nginx in hostile segmentations, over HTTP/1.1, TLS and HTTP/2.

What a stream says must not depend on how the network cut it.
"""

import json
import unittest

from harness import ROOT, EndToEndTest
from nginx import BINARY, Nginx, make_certificate

FIXTURES = ROOT / "tests/fixtures/anthropic"

# How the replay cuts a stream: the body of a Lua function from its bytes to a list of parts.
MODES = {
    "whole": "return { bytes }",
    "bytes": "return cut(bytes, function(at) return at + 1 end)",
    "sevens": "return cut(bytes, function(at) return at + 7 end)",
    "frames": """return cut(bytes, function(at)
      local _, last = bytes:find("\\n\\n", at, true)
      return last and last + 1
    end)""",
    "between_two_newlines": """return cut(bytes, function(at)
      local first = bytes:find("\\n\\n", at, true)
      return first and first + 1
    end)""",
    "cr_and_lf_apart": """local lines = bytes:gsub("\\n", "\\r\\n")
    return cut(lines, function(at)
      local cr = lines:find("\\r", at, true)
      return cr and cr + 1
    end)""",
}

CUT = """
      local function cut(bytes, next_part)
        local parts, at = {}, 1
        while at <= #bytes do
          local next_at = next_part(at) or #bytes + 1
          parts[#parts + 1] = bytes:sub(at, next_at - 1)
          at = next_at
        end
        return parts
      end
"""

CONTENT = """
  %(listen)s
  location ~ ^/(?<fixture>[^/]+)/(?<mode>[^/]+)/v1/messages$ {
    content_by_lua_block {
      ngx.req.read_body()
      %(cut)s
      local modes = { %(modes)s }
      local file = assert(io.open("%(fixtures)s/" .. ngx.var.fixture .. ".sse", "rb"))
      local bytes = file:read "*a"
      file:close()
      ngx.header["content-type"] = "text/event-stream; charset=utf-8"
      ngx.header["request-id"] = "req_011C"
      for i, part in ipairs(modes[ngx.var.mode](bytes)) do
        ngx.print(part)
        ngx.flush(true)
        if i %% 16 == 0 then ngx.sleep(0.001) end
      end
    }
  }
"""

SCRIPT = """
local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

-- BASE/FIXTURE/MODE, one client each: a client's address is fixed.
local clients = {}
for _, fixture in ipairs { %(fixtures)s } do
  for _, mode in ipairs { %(modes)s } do
    clients[#clients + 1] = {
      fixture = fixture, mode = mode,
      claude = anthropic.client {
        model = "claude-sonnet-4-5", max_tokens = 64, api_key = "none", http2 = %(http2)s,
        base_url = ("%(base)s/%%s/%%s"):format(fixture, mode),
      },
    }
  end
end

return {
  options = { vus = 1, iterations = 1, thresholds = {} },
  default = function()
    local json = require "perigee.json"
    for _, client in ipairs(clients) do
      local reply = client.claude:stream { messages = "hello" }
      local inputs = {}
      for i, use in ipairs(reply.tool_uses) do inputs[i] = use.name .. ":" .. use.input_json end
      print("REPLY " .. json.encode {
        fixture = client.fixture, mode = client.mode, text = reply.text,
        thinking = reply.thinking, tools = json.array(inputs), stop_reason = reply.stop_reason,
        usage = reply.usage, events = reply.events, model = reply.model,
        request_id = reply.request_id, kind = reply.error and reply.error.kind or "",
        message = reply.error and reply.error.message or "",
      })
    end
  end,
}
"""


def quoted(names):
    return ", ".join(f'"{name}"' for name in names)


@unittest.skipUnless(BINARY.exists(), "scripts/test unpacks the nginx that this needs")
class Replay(EndToEndTest):
    def replay(self, scheme, http2):
        key, certificate = make_certificate(self.folder)
        listen = f"""
          listen 127.0.0.1:{{port}} {"ssl" if scheme == "https" else ""} {"http2" if http2 else ""};
          ssl_certificate {certificate};
          ssl_certificate_key {key};
        """
        modes = ", ".join(f"{name} = function(bytes) {code} end" for name, code in MODES.items())
        fixtures = sorted(path.stem for path in FIXTURES.glob("*.sse"))
        content = CONTENT % {"listen": listen, "cut": CUT, "modes": modes, "fixtures": FIXTURES}
        with Nginx(self.folder, "server {" + content + "}") as nginx:
            script = SCRIPT % {
                "fixtures": quoted(fixtures),
                "modes": quoted(MODES),
                "base": f"{scheme}://127.0.0.1:{nginx.port}",
                "http2": "true" if http2 else "false",
            }
            flags = ["--ca-file", certificate] if scheme == "https" else []
            result = self.run_script(script, *flags, mock=None)
        self.assertEqual(result.code, 0, result)
        replies = {}
        for line in result.stderr.splitlines() + result.stdout.splitlines():
            if "REPLY " in line:
                reply = json.loads(line.split("REPLY ", 1)[1])
                replies.setdefault(reply.pop("fixture"), {})[reply.pop("mode")] = reply
        self.assertEqual(sorted(replies), fixtures)
        return replies

    def check(self, replies):
        for fixture, by_mode in replies.items():
            self.assertEqual(sorted(by_mode), sorted(MODES))
            for mode, reply in by_mode.items():
                with self.subTest(fixture=fixture, mode=mode):
                    self.assertEqual(reply, by_mode["whole"])
        text = replies["text_stream"]["whole"]
        self.assertEqual(text["text"], "[12")
        self.assertEqual(text["stop_reason"], "end_turn")
        self.assertEqual(text["usage"]["input_tokens"], 135)
        self.assertEqual(text["usage"]["output_tokens"], 10)
        self.assertEqual(replies["overloaded"]["whole"]["kind"], "overloaded")
        self.assertEqual(replies["truncated"]["whole"]["kind"], "truncated")
        self.assertEqual(replies["refusal"]["whole"]["kind"], "refused")
        self.assertEqual(replies["vllm"]["whole"]["kind"], "")
        self.assertNotEqual(replies["thinking"]["whole"]["thinking"], "")
        self.assertNotEqual(replies["tool_use"]["whole"]["tools"], [])

    def test_a_stream_says_the_same_however_it_is_cut(self):
        self.check(self.replay("http", http2=False))

    def test_over_tls(self):
        self.check(self.replay("https", http2=False))

    def test_over_http_2(self):
        self.check(self.replay("https", http2=True))


if __name__ == "__main__":
    unittest.main()
