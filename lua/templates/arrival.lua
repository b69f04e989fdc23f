-- An open model: requests arrive at a rate of their own, however slow the answers are.
--
--   perigee run --mock script.lua
--   perigee inspect script.lua        what would run, and how many requests that is
--
-- With a fixed number of users a slow server gets fewer requests, and looks better than it is. Here
-- each iteration is due at its time; "…_from_due" metrics count from then, waiting included.

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 128 }

return {
  options = {
    scenarios = {
      -- 4 a second all along, at random moments, as independent people come.
      steady = {
        executor = "constant-arrival-rate",
        rate = 4,
        duration = "20s",
        arrival = "poisson",
      },
      -- After 5 s a wave on top: up to 10 a second and down again.
      wave = {
        executor = "ramping-arrival-rate",
        start_time = "5s",
        stages = { "5s:10", "5s:0" },
        tags = { load = "wave" },
        max_vus = 200, -- a bound: more arrivals than that wait, and are measured as vu_wait
      },
    },
    thresholds = {
      "llm_ttft_from_due p(95) < 3s",
      "llm_ttft{load=wave} p(95) < 3s",
      "llm_request_failed rate < 1%",
    },
  },

  -- What both scenarios run; a function of another name is named by a scenario's `exec`.
  default = function()
    local reply = claude:stream { messages = "Name three moons of Jupiter." }
    perigee.check("answered", reply.ok and reply.text ~= "")
  end,
}
