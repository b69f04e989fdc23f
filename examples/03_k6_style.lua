-- One function, stages and thresholds, as k6 users write them.
-- Run: perigee run --mock examples/03_k6_style.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 128 }

local PROMPTS = { "Why is the sky blue?", "Why is the sea salty?", "Why is the moon round?" }

return {
  options = {
    stages = { "5s:5", "10s:10", "5s:0" },
    thresholds = {
      llm_request_duration = { "p(95) < 10s" },
      llm_request_failed = { "rate < 1%" },
      checks = { "rate > 99%" },
    },
  },

  default = function()
    local reply = claude:stream { messages = perigee.pick(PROMPTS) }
    if reply.rate_limited then
      perigee.sleep "5s"
      return
    end
    perigee.check(reply, {
      ["status is 200"] = function(r) return r.status == 200 end,
      ["has content"] = function(r) return r.text ~= "" end,
    })
    perigee.sleep(perigee.between("500ms", "1500ms"))
  end,
}
