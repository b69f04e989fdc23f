-- A load shape, a function of time that says how many VUs there are, as stages of a VU ramp: so the
-- whole load is known before it begins, and every worker has the same.

local argument = require "perigee.internal.argument"

local M = {}

---@class perigee.internal.ShapeStage
---@field duration number seconds
---@field target number VUs at the stage's end; a fraction only where a ramp changes its course midway

local MOST_SECONDS = 24 * 60 * 60

-- Options that say how much load there is, which the shape does.
local LOAD_OPTIONS = {
  "vus", "duration", "stages", "iterations", "max_duration", "start_vus", "spawn_rate", "scenarios",
}

--- The number of VUs over time: straight lines between points, from 0 VUs at 0 seconds.
---@class perigee.internal.Course
---@field times number[]
---@field counts number[]

local function slope(course, from, to)
  return (course.counts[to] - course.counts[from]) / (course.times[to] - course.times[from])
end

-- Whether the last point lies on the line between the one before it and the new one, so that the
-- new one can replace it: both lines are vertical, or both have the same slope.
local function continues(course, time, count)
  local last = #course.times
  if last < 2 then
    return false
  end
  local was_jump = course.times[last] == course.times[last - 1]
  local is_jump = time == course.times[last]
  if was_jump or is_jump then
    return was_jump and is_jump
  end
  local before = slope(course, last - 1, last)
  local now = (count - course.counts[last]) / (time - course.times[last])
  return math.abs(now - before) <= 1e-9 * math.max(1, math.abs(before))
end

local function add_point(course, time, count)
  local last = #course.times
  if time == course.times[last] and count == course.counts[last] then
    return
  end
  local at = continues(course, time, count) and last or last + 1
  course.times[at], course.counts[at] = time, count
end

-- One second in which the count moves to `wanted` by `rate` VUs per second, and then stays.
local function add_second(course, second, wanted, rate)
  local count = course.counts[#course.counts]
  local change = wanted - count
  if not rate then
    add_point(course, second, wanted)
  elseif math.abs(change) > rate then
    wanted = count + (change > 0 and rate or -rate)
  elseif change ~= 0 then
    add_point(course, second + math.abs(change) / rate, wanted)
  end
  add_point(course, second + 1, wanted)
end

local function check_sample(second, users, rate)
  local where = ("shape(%d)"):format(second)
  if type(users) ~= "number" or not (users >= 0 and users <= 1e8) then
    argument.mismatch(where, "a number of users from 0, or nil at the end", users)
  elseif rate ~= nil and (type(rate) ~= "number" or not (rate > 0)) then
    argument.mismatch(where, "a spawn rate above 0 as the second value, or none", rate)
  end
end

local function sampled(shape)
  local course = { times = { 0 }, counts = { 0 } }
  for second = 0, MOST_SECONDS do
    local users, rate = shape(second)
    if users == nil then
      return course
    end
    check_sample(second, users, rate)
    add_second(course, second, math.floor(users + 0.5), rate)
  end
  argument.raise("shape: no end within 24h; return nil where the test ends, as in "
    .. "if elapsed >= 600 then return nil end")
end

--- Raises for options that a shape replaces.
---@param options table the script's
function M.check_options(options)
  for _, name in ipairs(LOAD_OPTIONS) do
    if options[name] ~= nil then
      argument.raise(("options.%s: the script's shape says how much load there is; take one of "
        .. "them away"):format(name))
    end
  end
end

--- Asks the shape for each second of the test, until it returns nil.
---@param shape fun(elapsed: number): number|nil, number|nil
---@return perigee.internal.ShapeStage[] stages from 0 VUs; at least one
function M.stages(shape)
  local course = sampled(shape)
  local stages = {}
  for point = 2, #course.times do
    stages[point - 1] = {
      duration = course.times[point] - course.times[point - 1],
      target = course.counts[point],
    }
  end
  if #stages == 0 then
    argument.raise("shape(0): expected a number of users, got nil; the test would end at once")
  end
  return stages
end

return M
