-- What a prompt cache brings: the same long instructions, cached and not.
-- Run: perigee run --mock --mock-args "--prefill-rate 20000" -u 5 -d 10s examples/17_prompt_cache.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local text = require "perigee.text"

-- Longer than the 4,096 tokens below which this model caches nothing.
local INSTRUCTIONS = text.tokens(6000)

local function client(cache)
  return anthropic.client {
    model = "claude-haiku-4-5",
    max_tokens = 64,
    system = INSTRUCTIONS,
    cache = cache, -- "warm" marks the instructions; "cold" makes each request's prefix its own
  }
end

local warm, cold = client "warm", client "cold"

local User = perigee.user { name = "visitor", think_time = "200ms" }

User:task("warm", function()
  local reply = warm:stream { messages = "What does f/8 mean?" }
  perigee.check("cached", reply.cache == "hit" or reply.cache == "miss")
end)

User:task("cold", function()
  local reply = cold:stream { messages = "What does f/8 mean?" }
  perigee.check("not cached", reply.usage.cache_read_tokens == 0)
end)

return { users = { User }, options = { thresholds = { "llm_ttft{cache=hit} p(95) < 2s" } } }
