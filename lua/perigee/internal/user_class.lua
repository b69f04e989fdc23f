-- User classes: what a kind of user does. Scripts make them with perigee.user.

local argument = require "perigee.internal.argument"
local distribution = require "perigee.internal.distribution"
local task_owner = require "perigee.internal.task_owner"

local M = {}

--- What perigee.user takes. The same fields can be set on the class while the script loads, as in
--- `function ChatUser.on_start(user) … end`.
---@class perigee.UserOptions
---@field name string|nil the tag `user`; default "user", or "user1", "user2" … of several classes
---@field weight number|nil share of the VUs among the script's user classes; default 1
---@field fixed_count integer|nil exactly so many VUs, whatever the weights; the others share the rest
---@field think_time perigee.Pause|nil pause after each task; default none
---@field on_start fun(user: perigee.Vu)|nil runs once, before the VU's first task
---@field on_stop fun(user: perigee.Vu)|nil runs once, when the VU stops

--- A kind of user. VUs share it and never change it.
---@class perigee.UserClass: perigee.TaskOwner, perigee.UserOptions

local kind = task_owner.kind {
  where = "perigee.user",
  article = "the user class",
  types = {
    name = "string",
    weight = "number",
    fixed_count = "number",
    think_time = "any",
    on_start = "function",
    on_stop = "function",
  },
  readers = {
    name = task_owner.name,
    weight = task_owner.weight,
    think_time = distribution.pause,
    fixed_count = function(where, value)
      argument.whole(where, value, 1)
      return value
    end,
  },
}

--- Makes a user class without tasks.
---@param options perigee.UserOptions|nil
---@return perigee.UserClass
function M.new(options)
  return task_owner.new(kind, options) --[[@as perigee.UserClass]]
end

---@param value any
---@return boolean
function M.is_user_class(value)
  return task_owner.is(kind, value)
end

return M
