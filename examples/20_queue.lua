-- A queue before the service: no more requests at once than it has places. Without and with, under the same load.
-- Run: perigee run --mock --mock-args "--ttft 150ms --itl 2ms --tokens 50 --slots 4 --queue 2" examples/20_queue.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local effect = require "lib.effect"

local length = perigee.option("length", { default = "20s", kind = "duration", help = "of each side" })
local rate = perigee.option("rate", { default = 12, help = "calls per second, at random moments" })

local function client(limits)
  return anthropic.client { model = "claude-haiku-4-5", max_tokens = 64, limits = limits }
end

local direct = client(nil)
-- Calls wait here until one of four places is free, first come, first served.
local queued = client { concurrency = 4, mode = "pace" }

local function ask(claude)
  return function() claude:stream { messages = "What does f/8 mean?" } end
end

local function side(strategy, start_time)
  return {
    executor = "constant-arrival-rate",
    rate = rate,
    duration = length,
    arrival = "poisson",
    start_time = start_time,
    exec = strategy,
    tags = { strategy = strategy },
  }
end

return {
  off = ask(direct),
  on = ask(queued),
  options = { scenarios = { off = side("off", 0), on = side("on", length + 1) } },
  summary = function(result)
    return effect.line("requests answered 529", "%.1f %%", function(tags)
      return effect.percent(result, "llm_overloaded", tags)
    end) .. effect.line("p95 wait in the queue", "%.2f s", function(tags)
      return effect.value(result, "llm_queue_time", "p95", tags)
    end) .. effect.line("p95 time to first token from due", "%.2f s", function(tags)
      return effect.value(result, "llm_ttft_from_due", "p95", tags)
    end)
  end,
}
