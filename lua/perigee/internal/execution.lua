-- perigee.execution: where the running VU, its scenario and the test stand. k6's names in
-- snake_case, with times in seconds.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

--- Where the running VU stands.
---@class perigee.execution.Vu
---@field id integer from 1, unique in the run
---@field iteration integer the VU's iterations so far, from 0 (user.iteration counts from 1)

--- Where the running VU's scenario stands. In setup, teardown and summary there is none: no name.
---@class perigee.execution.Scenario
---@field name string
---@field executor string such as "constant-vus"
---@field start_time number seconds from the test's start to the scenario's
---@field elapsed number seconds since the scenario's start
---@field progress number|nil 0 to 1 of its duration; nil where it ends by iterations
---@field iteration_in_test integer|nil the iteration's number among all of the scenario's in the whole test, from 0; no two iterations have the same

--- Where the test stands. Also while the script loads.
---@class perigee.execution.Test
---@field elapsed number seconds since the test's start
---@field seed integer where all randomness comes from
---@field vus integer VUs that this worker has now
---@field workers integer threads that run VUs

---@class perigee.execution
---@field vu perigee.execution.Vu an error while the script loads
---@field scenario perigee.execution.Scenario an error while the script loads
---@field test perigee.execution.Test
local M = {}

local function record(what, fields)
  local names = {}
  for _, name in ipairs(fields) do
    names[name] = true
  end
  return { __index = argument.strict_index(what, {}, names) }
end

local VU = record("perigee.execution.vu", { "id", "iteration" })
local SCENARIO = record("perigee.execution.scenario",
  { "name", "executor", "start_time", "elapsed", "progress", "iteration_in_test" })
local TEST = record("perigee.execution.test", { "elapsed", "seed", "vus", "workers" })

local function share(part, whole)
  return math.min(1, math.max(0, part / whole))
end

-- Their duration is only the longest that they may take.
local BY_ITERATIONS = { ["shared-iterations"] = true, ["per-vu-iterations"] = true }

local function scenario_of(now)
  local start = now.scenario_start or 0
  local duration = not BY_ITERATIONS[now.executor] and now.scenario_duration or nil
  local elapsed = math.max(0, now.elapsed - start)
  return {
    name = now.scenario,
    executor = now.executor,
    start_time = start,
    elapsed = elapsed,
    progress = duration and duration > 0 and share(elapsed, duration) or nil,
    iteration_in_test = now.iteration_in_test,
  }
end

local PARTS = {
  vu = function(now)
    argument.in_vu("perigee.execution.vu")
    return setmetatable({ id = now.vu_id, iteration = now.iteration }, VU)
  end,
  scenario = function(now)
    argument.in_vu("perigee.execution.scenario")
    return setmetatable(scenario_of(now), SCENARIO)
  end,
  test = function(now)
    return setmetatable(
      { elapsed = now.elapsed, seed = now.seed, vus = now.vus, workers = now.workers }, TEST)
  end,
}

return setmetatable(M, {
  __index = function(_, name)
    local part = PARTS[name]
    if not part then
      local mend = argument.did_you_mean(tostring(name), argument.names(PARTS))
      argument.raise(('perigee.execution has no "%s"%s'):format(tostring(name), mend))
    end
    return part(native.execution())
  end,
})
