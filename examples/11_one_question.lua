-- A hundred users who ask Claude one question again and again, 1 to 5 seconds apart.
-- Run: perigee run --mock -d 30s examples/11_one_question.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 256 }

local Asker = perigee.user { think_time = perigee.between("1s", "5s") }

Asker:task("ask", function()
  claude:create { messages = "What is the capital of France?" }
end)

return { users = { Asker }, options = { vus = 100, spawn_rate = 10, duration = "5m" } }
