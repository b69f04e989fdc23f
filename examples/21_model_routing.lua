-- Routing by task: simple questions go to a cheaper model. The same questions without and with it.
-- Run: perigee run --mock --mock-args "--ttft 50ms --itl 2ms --tokens 60" examples/21_model_routing.lua
-- The mock answers alike whatever the model: this shows the cost. Speed and quality take the real service.

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local effect = require "lib.effect"

local calls = perigee.option("calls", { default = 100, help = "questions on each side; 7 of 10 are simple" })

local large = anthropic.client { model = "claude-sonnet-4-5", max_tokens = 128 }
local small = anthropic.client { model = "claude-haiku-4-5", max_tokens = 128 }

local QUESTIONS = {
  simple = "Is this mail a complaint? Answer yes or no: the tripod wobbles.",
  hard = "Compare a refractor and a reflector for somebody who wants to photograph nebulae in a city.",
}

-- By number, so that both sides get the same mix.
local function next_kind() return perigee.execution.scenario.iteration_in_test % 10 < 7 and "simple" or "hard" end

local function side(strategy, start_time)
  return {
    executor = "shared-iterations",
    vus = 10,
    iterations = calls,
    start_time = start_time,
    exec = strategy,
    tags = { strategy = strategy },
  }
end

return {
  off = function() large:stream { messages = QUESTIONS[next_kind()] } end,
  on = function()
    local kind = next_kind()
    local claude = kind == "simple" and small or large
    claude:stream { messages = QUESTIONS[kind] }
  end,
  options = { scenarios = { off = side("off", 0), on = side("on", 0.03 * calls) } },
  summary = function(result)
    return effect.line("cost of 1,000 calls", "$%.3f", function(tags)
      return 1000 * effect.value(result, "llm_cost", "count", tags) / calls
    end) .. effect.line("requests failed", "%.1f %%", function(tags)
      return effect.percent(result, "llm_request_failed", tags)
    end)
  end,
}
