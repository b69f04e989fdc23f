-- A chat service: users who ask simple, medium and complex questions 5:3:1 and think in between.
-- Run: perigee run --mock=haiku examples/01_chat.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client {
  model = "claude-haiku-4-5",
  system = "You are the support assistant of a shop for telescopes.",
}

local PROMPTS = {
  simple = {
    "Which way round does the lens cap go?",
    "Do you ship to Norway?",
    "What does f/8 mean?",
  },
  medium = {
    "Compare a refractor with a reflector for a balcony in a bright city.",
    "My stars look like small triangles. What is wrong, and how do I mend it?",
  },
  complex = {
    "Plan a year of observing for a school class with one 8-inch telescope, month by month.",
    "Explain adaptive optics to an engineer, with the control loop and its limits.",
  },
}

local function ask(kind, max_tokens)
  return function()
    local reply = claude:stream { max_tokens = max_tokens, messages = perigee.pick(PROMPTS[kind]) }
    perigee.check("answered", reply.ok and #reply.text > 0)
  end
end

local ChatUser = perigee.user { name = "chat", think_time = perigee.between("1s", "3s") }
ChatUser:task("simple", 5, ask("simple", 256))
ChatUser:task("medium", 3, ask("medium", 1024))
ChatUser:task("complex", 1, ask("complex", 2048))

return {
  users = { ChatUser },
  options = {
    vus = 20,
    spawn_rate = 10,
    duration = "20s",
    thresholds = {
      "llm_ttft p(95) < 2s",
      "llm_ttft{task=simple} med < 1s",
      "llm_request_failed rate < 1%",
      "llm_rate_limited rate < 5%",
    },
  },
}
