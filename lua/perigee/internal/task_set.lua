-- Task sets: tasks that a VU goes through together. Scripts make them with perigee.task_set.

local argument = require "perigee.internal.argument"
local distribution = require "perigee.internal.distribution"
local task_owner = require "perigee.internal.task_owner"

local M = {}

--- What perigee.task_set takes. The same fields can be set on the set while the script loads, as in
--- `function Checkout.on_start(user) … end`.
---@class perigee.TaskSetOptions
---@field sequential boolean|nil the tasks run in the order in which they were added; default false: picked by weight
---@field repeats integer|perigee.Distribution|nil a stay's length: rounds of a sequential set, tasks of any other; drawn per stay and rounded, at least 1; math.huge stays until perigee.leave(); default 1
---@field think_time perigee.Pause|nil pause after each of its tasks; default the outer set's, else the class'
---@field on_start fun(user: perigee.Vu)|nil runs when a VU enters, in the iteration of its first task there; a set whose on_start raises is left at once
---@field on_stop fun(user: perigee.Vu)|nil runs when a VU leaves, in the iteration of its last task there

--- Tasks that a VU goes through together. Each is an iteration of its own.
---@class perigee.TaskSet: perigee.TaskOwner, perigee.TaskSetOptions

local kind = task_owner.kind {
  where = "perigee.task_set",
  article = "the task set",
  nests = true,
  types = {
    sequential = "boolean",
    repeats = "any",
    think_time = "any",
    on_start = "function",
    on_stop = "function",
  },
  readers = {
    think_time = distribution.pause,
    repeats = function(where, value)
      if value ~= math.huge and not distribution.is_distribution(value) then
        argument.whole(where, value, 1)
      end
      return value
    end,
  },
}

--- Makes a task set without tasks.
---@param options perigee.TaskSetOptions|nil
---@return perigee.TaskSet
function M.new(options)
  return task_owner.new(kind, options) --[[@as perigee.TaskSet]]
end

--- How many rounds or tasks a stay has, drawn anew.
---@param repeats integer|perigee.Distribution|nil
---@return number count from 1; may be math.huge
function M.stay(repeats)
  if distribution.is_distribution(repeats) then
    return math.max(1, math.floor(repeats:sample() + 0.5))
  end
  return repeats --[[@as integer|nil]] or 1
end

return M
