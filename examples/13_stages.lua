-- Load in stages, scaled from outside, with metrics of its own, checks and thresholds.
-- Run: perigee run --mock -e SCALE=0.5 examples/13_stages.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local metrics = require "perigee.metrics"

local SCALE = tonumber(perigee.env("SCALE", "1"))

local rate_limited = metrics.rate("rate_limited")
local tokens_per_answer = metrics.trend("tokens_per_answer", { unit = "tokens" })
local cost_cents = metrics.counter("cost_cents")

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 512 }

local function stage(duration, users)
  return { duration = duration, target = math.floor(users * SCALE) }
end

return {
  options = {
    stages = { stage("2m", 5), stage("5m", 10), stage("2m", 20), stage("3m", 20), stage("2m", 0) },
    thresholds = {
      "llm_request_duration p(95) < 10s",
      "rate_limited rate < 5%",
      "llm_request_failed rate < 1%",
    },
  },

  default = function()
    local reply = claude:stream { messages = "Summarize the theory of plate tectonics." }
    rate_limited:add(reply.rate_limited)
    tokens_per_answer:add(reply.usage.output_tokens)
    cost_cents:add((reply.cost_usd or 0) * 100)
    perigee.check(reply, {
      ["status is 200"] = function(r) return r.status == 200 end,
      ["has content"] = function(r) return r.text ~= "" end,
    })
    perigee.sleep(perigee.between("1s", "3s"))
  end,
}
