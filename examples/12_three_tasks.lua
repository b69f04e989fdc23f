-- Simple, medium and complex prompts 5:3:1, told apart in the report, with a back-off on 429.
-- Run: perigee run --mock -u 20 -r 10 -d 30s examples/12_three_tasks.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5" }

local function ask(max_tokens, prompts)
  return function()
    local reply = claude:stream { max_tokens = max_tokens, messages = perigee.pick(prompts) }
    if reply.rate_limited then
      perigee.sleep "5s"
    end
  end
end

local ApiUser = perigee.user { think_time = perigee.between("1s", "3s") }
ApiUser:task("simple", 5, ask(256, { "What is 2 + 2?", "Name a primary colour." }))
ApiUser:task("medium", 3, ask(1024, { "Explain how a hash table works." }))
ApiUser:task("complex", 1, ask(2048, { "Design a rate limiter for an API, with its trade-offs." }))

return { users = { ApiUser } }
