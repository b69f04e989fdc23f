-- A test that may cost so much and no more: it ends before the next request could exceed it.
-- Run: perigee run --mock -u 5 -d 10s examples/16_budget.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 128 }
local own = anthropic.client { model = "our-finetune", max_tokens = 128 }

local User = perigee.user { name = "visitor", think_time = "100ms" }

User:task("haiku", 3, function()
  local reply = claude:stream { messages = "Do you ship to Norway?" }
  perigee.check("has its price", reply.cost_usd ~= nil and reply.cost_usd > 0)
end)

User:task("our own", 1, function()
  own:stream { messages = "Do you ship to Norway?" }
end)

return {
  users = { User },
  options = {
    budget = { usd = 2 },
    -- Dollars per million tokens. Under a budget every model needs a price.
    prices = { ["our-finetune"] = { input = 0.4, output = 1.2 } },
    thresholds = { "llm_cost count < 2usd" },
  },
}
