-- What every script needs: user classes, pauses, checks, random picks, the run's end.
--
--     local perigee = require "perigee"
--
-- Units:  durations are seconds as numbers, or texts such as "250ms" and "1m30s".
-- Errors: a script's mistake raises, with the script's line.

local argument = require "perigee.internal.argument"
local distribution = require "perigee.internal.distribution"
local native = require "perigee.native"
local user_class = require "perigee.internal.user_class"

--- A duration: seconds, or a text with units such as "250ms", "30s", "1m30s", "1.5h".
---@alias perigee.Duration number|string

--- A fixed or a random duration.
---@alias perigee.Pause number|string|perigee.Distribution

---@class perigee
---@field vu perigee.Vu the running VU's own table; an error while the script loads
local M = {}

--- Makes a user class; add what it does with `:task`.
---
---     local ChatUser = perigee.user { think_time = perigee.between("1s", "3s") }
---     ChatUser:task("simple", 5, function(user) … end)
---@param options perigee.UserOptions|nil
---@return perigee.UserClass
---@nodiscard
function M.user(options)
  return user_class.new(options)
end

--- A random duration, uniform between two.
---@param low perigee.Duration
---@param high perigee.Duration
---@return perigee.Distribution
---@nodiscard
function M.between(low, high)
  return distribution.uniform("perigee.between", low, high)
end

--- Always the same duration.
---@param value perigee.Duration
---@return perigee.Distribution
---@nodiscard
function M.constant(value)
  return distribution.constant("perigee.constant", value)
end

--- A random duration, exponential: many short ones, a few of several times the mean.
---@param mean perigee.Duration
---@return perigee.Distribution
---@nodiscard
function M.exponential(mean)
  return distribution.exponential("perigee.exponential", mean)
end

--- Suspends the running VU; others go on.
---@async
---@param pause perigee.Pause
function M.sleep(pause)
  argument.in_vu("perigee.sleep")
  native.sleep(distribution.seconds("perigee.sleep", pause))
end

local function check_all(value, conditions)
  local all_passed = true
  for name, condition in pairs(conditions) do
    argument.typed("perigee.check: name", name, "string")
  if name == "" then
    argument.raise("perigee.check: name: expected a name, got \"\"")
  end
    local passed = condition
    if type(condition) == "function" then
      passed = condition(value)
    end
    passed = not not passed
    native.check(name, passed)
    all_passed = all_passed and passed
  end
  return all_passed
end

--- Counts a check, a condition that ought to hold: nil and false fail, all else passes. One that
--- fails changes nothing else: let a threshold such as "checks rate > 99%" judge the run.
---
---     perigee.check("answered", reply.ok and #reply.text > 0)
---     perigee.check(reply, { ["status is 200"] = function(r) return r.status == 200 end })
---@param name string|any the check's name; in k6's form the value that the functions get
---@param passed boolean|table<string, boolean|fun(value: any): boolean>|nil
---@return boolean passed in k6's form whether all passed
function M.check(name, passed)
  argument.in_vu("perigee.check")
  if type(passed) == "table" then
    return check_all(name, passed)
  end
  argument.typed("perigee.check: name", name, "string")
  if type(passed) == "function" then
    argument.mismatch(('perigee.check: "%s"'):format(name), "a condition's outcome", passed)
  end
  passed = not not passed
  native.check(name, passed)
  return passed
end

local function sum_of_weights(list, weights)
  argument.typed("perigee.pick: weights", weights, "table")
  if #weights ~= #list then
    argument.raise(("perigee.pick: expected %d weights, got %d"):format(#list, #weights))
  end
  local sum = 0
  for index, weight in ipairs(weights) do
    if type(weight) ~= "number" or not (weight >= 0 and weight < math.huge) then
      argument.mismatch(("perigee.pick: weights[%d]"):format(index), "a number from 0", weight)
    end
    sum = sum + weight
  end
  if sum == 0 then
    argument.raise("perigee.pick: all weights are 0")
  end
  return sum
end

--- A random entry of a list, by the running VU's random stream: the same in all runs of one seed.
---
---     perigee.pick(prompts)
---     perigee.pick({ "short", "long" }, { 9, 1 })
---@generic T
---@param list T[]
---@param weights number[]|nil one per entry; default all equal
---@return T
function M.pick(list, weights)
  argument.typed("perigee.pick", list, "table")
  local count = #list
  if count == 0 then
    argument.raise(next(list) == nil and "perigee.pick: the list is empty"
      or "perigee.pick: expected a list, got a table without [1]")
  end
  if not weights then
    return list[math.floor(native.random() * count) + 1]
  end
  local left = native.random() * sum_of_weights(list, weights)
  local last = 1
  for index, weight in ipairs(weights) do
    left = left - weight
    if left < 0 then
      return list[index]
    end
    last = weight > 0 and index or last
  end
  return list[last]
end

--- A variable: from -e NAME=VALUE, else from the process' environment.
---@param name string
---@param default string|nil
---@return string|nil value `default` where it is not set
function M.env(name, default)
  argument.typed("perigee.env", name, "string")
  local value = native.env(name)
  if value == nil then
    return default
  end
  return value
end

--- Seconds since the process began, on a monotonic clock with nanosecond resolution.
---@return number seconds
function M.now()
  return native.now()
end

local function log(where, level, text, ...)
  if select("#", ...) > 0 then
    text = argument.call(where, string.format, text, ...)
  end
  native.log(level, tostring(text))
end

--- Prints a line on stderr, with the VU's number in front.
---@param text any printed as it is, or string.format's first argument where more follow
---@param ... any
function M.log(text, ...)
  log("perigee.log", "info", text, ...)
end

--- Prints a warning on stderr, with the VU's number in front.
---@param text any printed as it is, or string.format's first argument where more follow
---@param ... any
function M.warn(text, ...)
  log("perigee.warn", "warn", text, ...)
end

--- Ends the whole test; perigee exits with 108. Does not return.
---@param reason string
function M.abort(reason)
  argument.in_vu("perigee.abort")
  argument.typed("perigee.abort", reason, "string")
  native.abort(reason)
end

--- Marks the test as failed, so that perigee exits with 110, and goes on.
---@param reason string
function M.fail(reason)
  argument.typed("perigee.fail", reason, "string")
  native.fail(reason)
end

local SUBMODULES = { http = true, json = true, metrics = true, anthropic = true, llm = true }

return setmetatable(M, {
  __index = function(_, name)
    if name == "vu" then
      local vu = native.vu()
      if not vu then
        argument.in_vu("perigee.vu")
      end
      return vu
    end
    local mend = argument.did_you_mean(tostring(name), argument.names(M))
    if SUBMODULES[name] then
      mend = ('; write local %s = require "perigee.%s"'):format(name, name)
    end
    argument.raise(('perigee has no "%s"%s'):format(tostring(name), mend))
  end,
})
