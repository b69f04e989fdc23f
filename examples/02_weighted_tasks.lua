-- Weighted tasks as in Locust, and nothing else: the load comes from the command line.
-- Run: perigee run --mock -u 10 -r 5 -d 10s examples/02_weighted_tasks.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 64 }

local User = perigee.user { think_time = "500ms" }

-- Five of nine iterations, on average.
User:task("greet", 5, function()
  claude:stream { messages = "Say hello in three languages." }
end)

User:task("translate", 3, function()
  claude:stream { messages = "Translate into German: the moon pulls the sea." }
end)

-- The weight may be left out: 1. This task's pause replaces the class' own.
User:task("summarize", function()
  claude:create { messages = "Sum up Kepler's laws in one sentence." }
end, { think_time = "2s" })

return { users = { User } }
