-- Short questions: the first token comes soon. Load, thresholds and budget are suite.lua's.
-- Run: perigee test --mock examples/suite/chat_test.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 64 }

return {
  default = function()
    local reply = claude:stream { messages = "Which way round does the lens cap go?" }
    perigee.check("answered", reply.ok and reply.text ~= "")
    perigee.sleep(perigee.between("100ms", "300ms"))
  end,
}
