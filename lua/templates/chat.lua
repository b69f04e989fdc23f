-- A chat service under load: people who ask short and long questions and think in between.
--
--   perigee run --mock script.lua             against the mock: no key, no cost
--   perigee run -u 50 -r 5 -d 5m script.lua   flags win over the options below
--
-- Against the real API set ANTHROPIC_API_KEY; it bills you.

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

-- A client is a plain description, made once and shared by all users.
local claude = anthropic.client { model = "claude-haiku-4-5" }

local QUESTIONS = {
  short = { "Why is the sky blue?", "What is a tide?" },
  long = { "Explain how the moon moves the oceans.", "Tell the story of the first telescope." },
}

-- Each user runs one task after the other and pauses for the think time after each.
local ChatUser = perigee.user { name = "chat", think_time = perigee.between("500ms", "2s") }

local function ask(kind, max_tokens)
  return function(user)
    -- Straight-line code: the call waits for the whole answer, other users go on meanwhile.
    local reply = claude:stream {
      max_tokens = max_tokens,
      messages = perigee.pick(QUESTIONS[kind]),
    }
    -- What goes wrong in the world is data, not an error: reply.ok, reply.error.kind.
    perigee.check("answered", reply.ok and reply.text ~= "")
    user.answers = (user.answers or 0) + 1 -- what a user remembers goes into its own table
  end
end

-- Weights: of four tasks three are short ones, on average.
ChatUser:task("short", 3, ask("short", 128))
ChatUser:task("long", 1, ask("long", 512))

return {
  users = { ChatUser },
  options = {
    vus = 10,
    spawn_rate = 5, -- users started per second
    duration = "15s",
    -- The run fails (exit code 99) where one of these does not hold.
    thresholds = {
      "llm_ttft p(95) < 2s", -- time to first token
      "llm_request_failed rate < 1%",
      "checks rate > 99%",
    },
  },
}
