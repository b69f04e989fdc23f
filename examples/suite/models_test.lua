-- Two models with a user class each. The load is its own; thresholds and budget are suite.lua's.
-- Run: perigee test --mock examples/suite/models_test.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local function user_of(name, model)
  local claude = anthropic.client { model = model, max_tokens = 64 }
  local User = perigee.user { name = name, think_time = "200ms" }
  User:task("ask", function()
    local reply = claude:stream { messages = "Do you ship to Norway?" }
    perigee.check("answered", reply.ok)
  end)
  return User
end

return {
  users = { user_of("quick", "claude-haiku-4-5"), user_of("careful", "claude-sonnet-4-5") },
  options = { vus = 4, duration = "2s" },
}
