-- Conversations of three turns: the answers arrive while the user reads. Thresholds of its own take
-- the place of suite.lua's.
-- Run: perigee test --mock examples/suite/conversation_test.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 64 }
local TURNS = { "What does f/8 mean?", "And f/4?", "Which one for the Moon?" }

return {
  options = {
    thresholds = {
      "llm_ttft p(95) < 2s",
      "llm_request_failed rate < 1%",
    },
  },
  default = function()
    local messages = {}
    for _, question in ipairs(TURNS) do
      messages[#messages + 1] = { role = "user", content = question }
      local reply = claude:stream { messages = messages }
      if not reply.ok then return end
      messages[#messages + 1] = { role = "assistant", content = reply.text }
    end
    perigee.check("came to the last turn", #messages == 2 * #TURNS)
  end,
}
