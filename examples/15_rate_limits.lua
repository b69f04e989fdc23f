-- Two ways to live with a tier: send until it says no and try again, or stay below its limits.
-- Run: perigee run --mock --mock-args "--limits tier-1" -u 5 -d 10s examples/15_rate_limits.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

-- As the official Python client does: up to two retries, after what `retry-after` asks for.
local retrying = anthropic.client {
  model = "claude-haiku-4-5",
  max_tokens = 64,
  retries = "sdk-python",
}

-- Requests wait here until they fit; the wait is llm_queue_time and no part of any latency.
local paced = anthropic.client {
  model = "claude-haiku-4-5",
  max_tokens = 64,
  limits = { rpm = 600, itpm = 50000, otpm = 100000, mode = "pace" },
}

local User = perigee.user { name = "visitor", think_time = "100ms" }

User:task("tries again", function()
  local reply = retrying:stream { messages = "Which way round does the lens cap go?" }
  -- What the provider says of our buckets; {} from one that says nothing.
  local requests = reply.limits.requests
  perigee.check("the limit is known", requests == nil or requests.limit > 0)
end)

User:task("keeps below", function()
  local reply = paced:stream { messages = "Which way round does the lens cap go?" }
  perigee.check("counted its wait", reply.queue_time >= 0)
end)

return {
  users = { User },
  options = {
    thresholds = {
      { "llm_queue_time p(95) < 30s", allow_empty = true },
      "llm_call_failed rate < 50%",
    },
  },
}
