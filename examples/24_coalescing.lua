-- Coalescing: who asks what somebody is just asking waits for that answer. Without and with, under the same load.
-- Run: perigee run --mock --threads 1 --mock-args "--ttft 200ms --itl 2ms --tokens 60" examples/24_coalescing.lua
-- Only what is under way is shared, by the VUs of one worker, as in one process of a service; hence --threads 1.

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local metrics = require "perigee.metrics"
local effect = require "lib.effect"

local calls = perigee.option("calls", { default = 300, help = "questions on each side" })

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 64 }
local answered = metrics.rate "answered"
local answer_time = metrics.trend("answer_time", { unit = "s" })

local under_way = {} -- by prompt: { reply = … once it is there }

local function shared_ask(prompt)
  local entry = under_way[prompt]
  if not entry then
    entry = {}
    under_way[prompt] = entry
    entry.reply = claude:stream { messages = prompt }
    under_way[prompt] = nil
  end
  while not entry.reply do
    perigee.sleep "5ms"
  end
  return entry.reply
end

local function user(ask)
  return function()
    local topic = perigee.execution.scenario.iteration_in_test % 5 -- both sides ask the same
    local began = perigee.now()
    answered:add(ask("What is question " .. topic .. " of the most frequent ones?").ok)
    answer_time:add(perigee.now() - began)
  end
end

local function side(strategy, start_time)
  local load = { executor = "shared-iterations", vus = 20, iterations = calls, start_time = start_time }
  load.exec, load.tags = strategy, { strategy = strategy }
  return load
end

return {
  off = user(function(prompt) return claude:stream { messages = prompt } end),
  on = user(shared_ask),
  options = { scenarios = { off = side("off", 0), on = side("on", 0.05 * calls) } },
  summary = function(result)
    local function sum(metric) return function(tags) return effect.value(result, metric, "count", tags) end end
    return effect.line("answered", "%.1f %%", function(tags) return effect.percent(result, "answered", tags) end)
      .. effect.line("requests", "%d", sum "llm_requests")
      .. effect.line("cost", "$%.4f", sum "llm_cost")
      .. effect.line("p95 time to the answer", "%.2f s", function(tags) return effect.value(result, "answer_time", "p95", tags) end)
  end,
}
