-- The half hour that confirms a capacity plan: up to the planned rate, 20 minutes there, a spike, and back.
-- Run: perigee run --mock --mock-args "--ttft 200ms --itl 2ms" examples/26_load_check.lua
-- The plan's figures are options: --rate 2.5 --places 20 --spike 8 …; `perigee plan` computes them.

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local effect = require "lib.effect"

local function option(name, default, help, kind)
  return perigee.option(name, { default = default, help = help, kind = kind })
end

local rate = option("rate", 2.5, "planned calls per second")
local spike = option("spike", 5, "calls per second in the spike")
local places = option("places", 10, "streams at once that the plan provides")
local ttft = option("ttft", "2s", "the longest time to first token that p95 may have")
local wait = option("wait", "10s", "the longest wait for a first token that p95 of the spike may have")
local ramp = option("ramp", "2m", "length of the way up", "duration")
local hold = option("hold", "20m", "length at the planned rate", "duration")
local peak = option("peak", "3m", "length of the spike", "duration")
local drain = option("drain", "1m", "length at the planned rate in which the spike's queue empties, not judged", "duration")
local settle = option("settle", "5m", "length at the planned rate after that", "duration")
local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 256 }
local begin = 0
local function stage(length, from, to)
  local scenario = { executor = "ramping-arrival-rate", start_time = begin, start_rate = from, arrival = "poisson" }
  scenario.stages = { { duration = length, target = to } }
  begin = begin + length
  return scenario
end

return {
  default = function() claude:stream { messages = "What does f/8 mean?" } end,
  options = {
    scenarios = {
      ramp = stage(ramp, 0, rate),
      hold = stage(hold, rate, rate),
      spike = stage(peak, spike, spike),
      drain = stage(drain, rate, rate),
      settle = stage(settle, rate, rate),
    },
    thresholds = {
      "llm_request_failed rate < 1%",
      "llm_ttft_from_due{scenario=hold} p(95) < " .. ttft,
      "llm_ttft_from_due{scenario=spike} p(95) < " .. wait,
      "llm_ttft_from_due{scenario=settle} p(95) < " .. ttft,
    },
  },
  summary = function(result)
    local calls = effect.value(result, "llm_requests", "count", { scenario = "hold" })
    local streams = effect.value(result, "llm_request_duration", "sum", { scenario = "hold" }) / hold -- Little's law
    local lines = { ("planned: %.2f calls/s, %.2f in the spike, in %d places"):format(rate, spike, places) }
    lines[2] = ("measured while at the planned rate: %.2f calls/s, %.2f streams at once on average"):format(calls / hold, streams)
    for _, threshold in ipairs(result.thresholds) do
      lines[#lines + 1] = threshold.verdict .. ": " .. threshold.source
    end
    lines[#lines + 1] = "the plan " .. (result.run.verdict == "passed" and streams <= places and "holds" or "does not hold")
    return table.concat(lines, "\n") .. "\n"
  end,
}
