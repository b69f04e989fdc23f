-- Work that nobody waits for: the same requests live, and as one message batch.
-- Run: perigee run --mock --mock-args "--ttft 50ms --itl 2ms --tokens 60 --batch-duration 5s" examples/22_batch_or_live.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local metrics = require "perigee.metrics"
local effect = require "lib.effect"

local count = perigee.option("count", { default = 50, help = "requests on each side" })

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 64 }
local all_done = metrics.trend("all_done", { unit = "s" })
local answered = metrics.counter "answered"

local function review(i)
  return { messages = "Is this review friendly? The tripod wobbles, review " .. 1000 + i, max_tokens = 64 }
end

local function live()
  local began, work = perigee.now(), { limit = 10 }
  for i = 1, count do
    work[i] = function() answered:add(claude:create(review(i)).ok and 1 or 0) end
  end
  perigee.all(work)
  all_done:add(perigee.now() - began)
end

local function batched()
  local began, requests = perigee.now(), {}
  for i = 1, count do
    requests[i] = { custom_id = "review-" .. i, params = review(i) }
  end
  local batch = claude:batch(requests)
  if batch.ok and batch:wait { poll = "100ms", timeout = "10m" } then
    for result in batch:results() do
      answered:add(result.ok and 1 or 0)
    end
    all_done:add(perigee.now() - began)
  end
end

local function side(strategy)
  return { executor = "per-vu-iterations", exec = strategy, tags = { strategy = strategy } }
end

return {
  off = live,
  on = batched,
  options = { scenarios = { off = side "off", on = side "on" } },
  summary = function(result)
    local function sum(metric, tags) return effect.value(result, metric, "count", tags) end
    return effect.line("answered", "%d", function(tags) return sum("answered", tags) end)
      .. effect.line("cost", "$%.5f", function(tags) return sum("llm_cost", tags) end)
      .. effect.line("all done after", "%.2f s", function(tags) return effect.value(result, "all_done", "med", tags) end)
  end,
}
