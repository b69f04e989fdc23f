-- Users with a life: on_start, on_stop, a conversation that each remembers, two classes by weight.
-- Run: perigee run --mock -u 12 -r 6 -d 15s examples/07_user_lifecycle.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 128 }

local QUESTIONS = { "How far is the moon?", "And the sun?", "Which is bigger?", "Why?" }
local MOST_TURNS = 10

-- Three of four VUs. What a VU remembers lives in its own table.
local Talker = perigee.user {
  name = "talker",
  weight = 3,
  think_time = perigee.exponential("1s"),
}

function Talker.on_start(user)
  user.turns = {}
  user.tokens = 0
end

Talker:task("next turn", function(user)
  local turns = user.turns
  turns[#turns + 1] = { role = "user", content = perigee.pick(QUESTIONS) }
  local reply = claude:stream { messages = turns }
  user.tokens = user.tokens + reply.usage.output_tokens
  if perigee.check("answered", reply.ok and reply.text ~= "") then
    turns[#turns + 1] = { role = "assistant", content = reply.text }
  end
  -- A failed turn has no answer: begin again, as a conversation that grew too long does.
  if not reply.ok or #turns >= MOST_TURNS then
    user.turns = {}
  end
end)

function Talker.on_stop(user)
  perigee.log("got %d tokens in %d turns", user.tokens, user.iteration)
end

-- One of four: asks once in a while, and remembers nothing.
local Passerby = perigee.user { name = "passerby", think_time = perigee.between("2s", "4s") }

Passerby:task("single question", function()
  local reply = claude:create { messages = perigee.pick(QUESTIONS) }
  perigee.check("answered", reply.ok and reply.text ~= "")
end)

return {
  users = { Talker, Passerby },
  options = { thresholds = { "checks rate > 99%", "llm_ttft{user=talker} p(95) < 2s" } },
}
