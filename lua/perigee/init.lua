-- What every script needs: user classes, pauses, checks, random picks, the run's end.
--
--     local perigee = require "perigee"
--
-- Units:  durations are seconds as numbers, or texts such as "250ms" and "1m30s".
-- Errors: a script's mistake raises, with the script's line.

local argument = require "perigee.internal.argument"
local check = require "perigee.internal.check"
local distribution = require "perigee.internal.distribution"
local native = require "perigee.native"
local parallel = require "perigee.internal.parallel"
local pick = require "perigee.internal.pick"
local position = require "perigee.internal.position"
local scope = require "perigee.internal.scope"
local script_option = require "perigee.internal.script_option"
local task_set = require "perigee.internal.task_set"
local user_class = require "perigee.internal.user_class"

--- A duration: seconds, or a text with units such as "250ms", "30s", "1m30s", "1.5h".
---@alias perigee.Duration number|string

--- How long a pause is: fixed, random, or, for think_time, as a pace leaves it.
---@alias perigee.Pause number|string|perigee.Distribution|perigee.Pacing

---@class perigee
---@field vu perigee.Vu the running VU's own table; an error while the script loads
local M = {}

--- Where the running VU, its scenario and the test stand, as in
--- `perigee.execution.scenario.progress`.
M.execution = require "perigee.internal.execution"

--- Numbers that all VUs of all workers share, as in `perigee.shared.counter("orders")`.
M.shared = require "perigee.internal.shared"

-- ---- what VUs do

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

--- Makes a task set: tasks that a VU goes through together, each an iteration of its own. Add what
--- it does with `:task`, and the set to a user class or to another set as a task.
---
---     local Checkout = perigee.task_set { sequential = true, think_time = "2s" }
---     Checkout:task("cart", function(user) … end):task("pay", function(user) … end)
---     Shopper:task("checkout", 1, Checkout) -- tasks "checkout/cart" and "checkout/pay"
---@param options perigee.TaskSetOptions|nil
---@return perigee.TaskSet
---@nodiscard
function M.task_set(options)
  return task_set.new(options)
end

--- Leaves the innermost task set once the task under way is done, also where that task fails.
---
--- Errors: raises where the VU is in no task set.
function M.leave()
  argument.in_vu("perigee.leave")
  if not position.leave(native.vu()) then
    argument.raise("perigee.leave: the VU is in no task set")
  end
end

-- ---- pauses and lengths

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

--- A random duration, normal: about the mean, two thirds of them within one standard deviation.
--- What would be below 0 is 0.
---@param mean perigee.Duration
---@param sd perigee.Duration the standard deviation
---@return perigee.Distribution
---@nodiscard
function M.normal(mean, sd)
  return distribution.normal("perigee.normal", mean, sd)
end

--- A random duration, log-normal: half are below the median, and some are very long, as people's
--- reading times and prompts are.
---@param median perigee.Duration
---@param sigma number the standard deviation of the logarithm, 0 to 5; 1 spreads widely
---@return perigee.Distribution
---@nodiscard
function M.lognormal(median, sigma)
  return distribution.lognormal("perigee.lognormal", median, sigma)
end

--- A think time that makes iterations begin so far apart: what is left of the period after the
--- task, nothing where the task took longer.
---@param period perigee.Duration from one iteration's begin to the next one's
---@return perigee.Pacing
---@nodiscard
function M.constant_pacing(period)
  return distribution.pacing("perigee.constant_pacing", period)
end

--- A think time that makes each VU run so many iterations per second, or fewer where they take
--- longer: constant_pacing(1 / per_second).
---@param per_second number above 0
---@return perigee.Pacing
---@nodiscard
function M.constant_throughput(per_second)
  return distribution.throughput("perigee.constant_throughput", per_second)
end

--- Suspends the running VU; others go on.
---@async
---@param pause number|string|perigee.Distribution
function M.sleep(pause)
  argument.in_vu("perigee.sleep")
  native.sleep(distribution.seconds("perigee.sleep", pause))
end

-- ---- what VUs record

--- Counts a check, a condition that ought to hold: nil and false fail, all else passes. One that
--- fails changes nothing else: let a threshold such as "checks rate > 99%" judge the run.
---
---     perigee.check("answered", reply.ok and #reply.text > 0)
---     perigee.check(reply, { ["status is 200"] = function(r) return r.status == 200 end })
---@param name string|any the check's name; in k6's form the value that the functions get
---@param passed boolean|table<string, boolean|fun(value: any): boolean>|nil
---@return boolean passed in k6's form whether all passed
function M.check(name, passed)
  return check.check(name, passed)
end

--- Runs a function with the tag `group` on all that it records, and records `group_duration`.
--- Groups nest: "cart/pay".
---
---     local order = perigee.group("checkout", function() … return order end)
---
--- Errors: what the function raises goes on, after the group has ended.
---@async
---@param name string
---@param run fun(...): ...
---@param ... any arguments for `run`
---@return any ... what `run` returned
function M.group(name, run, ...)
  return scope.group(name, run, ...)
end

--- Sets a tag of everything that the running VU records from now on, in later iterations too. Every
--- distinct set of tags is a series of its own; do not tag with ids.
---@param name string none of those that perigee sets itself, such as "task"
---@param value string|number|boolean|nil nil takes the tag away
function M.tag(name, value)
  scope.tag(name, value)
end

-- ---- several things at once

--- Runs functions at once and waits for all of them. They share the VU: its table, its random
--- stream, its task.
---
---     local replies = perigee.all {
---       function() return claude:stream { messages = "Hello" } end,
---       function() return claude:stream { messages = "Goodbye" } end,
---       limit = 8, -- at most so many at a time; default all
---     }
---
--- Errors: the error of one ends the others and goes on, as a text.
---@async
---@param functions { [integer]: (fun(): any), limit: integer|nil }
---@return any[] results by position, the first value that each function returned
function M.all(functions)
  return parallel.all(functions)
end

--- Runs functions at once, waits for the first to return, and ends the others: their requests are
--- cancelled.
---
--- Errors: an error that comes before the first return ends the others and goes on, as a text.
---@async
---@param functions (fun(): any)[] at least one
---@return any result the first value that it returned
---@return integer index its position in the list
function M.first(functions)
  return parallel.first(functions)
end

-- ---- random picks and variables

--- A random entry of a list, by the running VU's random stream: the same in all runs of one seed.
---
---     perigee.pick(prompts)
---     perigee.pick({ "short", "long" }, { 9, 1 })
---@generic T
---@param list T[]
---@param weights number[]|nil one per entry; default all equal
---@return T
function M.pick(list, weights)
  return pick.pick(list, weights)
end

--- A variable: from the running VU's scenario (`env`), else from -e NAME=VALUE, else from the
--- process' environment.
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

--- An option of the script: `--NAME value` on the command line. Declared options are listed by
--- `perigee run script.lua --help`. Only while the script loads.
---
---     local words = perigee.option("words", { default = 200, help = "length of an answer" })
---
--- Errors: raises for a value of another kind: `--words: expected a number, got "x"`.
---@param name string letters, digits, - and _
---@param options perigee.ScriptOption|nil
---@return any value a text, a number, a boolean, or seconds of a duration; nil without a default
function M.option(name, options)
  return script_option.option(name, options)
end

--- Seconds since the process began, on a monotonic clock with nanosecond resolution.
---@return number seconds
function M.now()
  return native.now()
end

-- ---- the log and the end of a test

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

local SUBMODULES = {
  http = true, json = true, metrics = true, anthropic = true, llm = true, data = true, text = true,
}

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
