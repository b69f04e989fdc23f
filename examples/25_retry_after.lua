-- A burst above the limit: tried again at once, and after what `retry-after` asks for with a growing pause. The same
-- burst and as many attempts for both.
-- Run: perigee run --mock --mock-args "--ttft 50ms --itl 2ms --tokens 40 --limits rpm=300,burst=1s" examples/25_retry_after.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local effect = require "lib.effect"

local calls = perigee.option("calls", { default = 15, help = "that come at once, on each side" })

local function ask(retries)
  local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 64, retries = retries }
  return function() claude:stream { messages = "What does f/8 mean?" } end
end

local function side(strategy, start_time)
  return {
    executor = "per-vu-iterations",
    vus = calls,
    start_time = start_time, -- the second once the buckets have filled up again
    exec = strategy,
    tags = { strategy = strategy },
  }
end

return {
  off = ask { max = 5, base = "20ms", cap = "20ms", jitter = 0, honor_retry_after = false },
  on = ask { max = 5, base = "200ms", cap = "5s", jitter = 0.25, honor_retry_after = true },
  options = { scenarios = { off = side("off", 0), on = side("on", "2s") } },
  summary = function(result)
    return effect.line("calls failed in the end", "%.0f %%", function(tags)
      return effect.percent(result, "llm_call_failed", tags)
    end) .. effect.line("requests answered 429", "%.0f %%", function(tags)
      return effect.percent(result, "llm_rate_limited", tags)
    end) .. effect.line("p95 of a call, failed ones too", "%.2f s", function(tags)
      return effect.value(result, "llm_call_duration", "p95", tags)
    end)
  end,
}
