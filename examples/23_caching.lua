-- Prompt caching: the same long instructions before each question, without and with the mark for the cache.
-- Run: perigee run --mock --mock-args "--ttft 50ms --itl 2ms --tokens 60 --prefill-rate 20000" examples/23_caching.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local text = require "perigee.text"
local effect = require "lib.effect"

local calls = perigee.option("calls", { default = 100, help = "questions on each side" })

-- Longer than the 4,096 tokens below which this model caches nothing.
local INSTRUCTIONS = text.tokens(6000, { seed = 1 })

local function ask(cache)
  local claude = anthropic.client {
    model = "claude-haiku-4-5",
    max_tokens = 64,
    system = INSTRUCTIONS,
    cache = cache,
  }
  return function() claude:stream { messages = "What does f/8 mean?" } end
end

local function side(strategy, start_time)
  return {
    executor = "shared-iterations",
    vus = 5,
    iterations = calls,
    start_time = start_time,
    exec = strategy,
    tags = { strategy = strategy },
  }
end

return {
  off = ask "none",
  on = ask "warm",
  options = { scenarios = { off = side("off", 0), on = side("on", 0.12 * calls) } },
  summary = function(result)
    return effect.line("cost of 1,000 calls", "$%.2f", function(tags)
      return 1000 * effect.value(result, "llm_cost", "count", tags) / calls
    end) .. effect.line("median time to first token", "%.3f s", function(tags)
      return effect.value(result, "llm_ttft", "med", tags)
    end)
  end,
}
