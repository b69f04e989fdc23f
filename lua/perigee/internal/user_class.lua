-- User classes: what a kind of user does. Scripts make them with perigee.user.

local argument = require "perigee.internal.argument"
local distribution = require "perigee.internal.distribution"

local M = {}

---@class perigee.Task
---@field name string
---@field weight number
---@field run fun(user: perigee.Vu)
---@field think_time perigee.Distribution|nil instead of the class' own

--- What perigee.user takes. The same fields can be set on the class while the script loads, as in
--- `function ChatUser.on_start(user) … end`.
---@class perigee.UserOptions
---@field name string|nil the tag `user`; default "user", or "user1", "user2" … of several classes
---@field weight number|nil share of the VUs among the script's user classes; default 1
---@field think_time perigee.Pause|nil pause after each task; default none
---@field on_start fun(user: perigee.Vu)|nil runs once, before the VU's first task
---@field on_stop fun(user: perigee.Vu)|nil runs once, when the VU stops

--- A kind of user. VUs share it and never change it.
---@class perigee.UserClass: perigee.UserOptions
---@field package settings perigee.UserOptions
---@field package tasks perigee.Task[]
---@field package sealed boolean
local UserClass = {}

local FIELDS = {
  name = "string",
  weight = "number",
  think_time = "any",
  on_start = "function",
  on_stop = "function",
}

local TASK_FIELDS = { think_time = "any" }

local function check_open(where, class)
  if class.sealed then
    argument.raise(where .. ": the script is loaded; change user classes at the top of the script")
  end
end

local function check_weight(where, weight)
  argument.typed(where, weight, "number")
  if not (weight > 0 and weight < math.huge) then
    argument.mismatch(where, "a number above 0", weight)
  end
end

local function check_name(where, name)
  argument.typed(where, name, "string")
  if not name:find("%S") then
    argument.mismatch(where, "a name", name)
  end
end

local function set_field(class, field, value)
  local where = "perigee.user: " .. field
  if field == "think_time" then
    value = distribution.from(where, value)
  elseif field == "weight" then
    check_weight(where, value)
  elseif field == "name" then
    check_name(where, value)
  end
  class.settings[field] = value
end

local metatable = {
  __index = function(class, field)
    local value = UserClass[field] or class.settings[field]
    if value == nil and not FIELDS[field] then
      argument.unknown_field("perigee.user", field, argument.merged(FIELDS, UserClass))
    end
    return value
  end,
  __newindex = function(class, field, value)
    check_open("perigee.user", class)
    class.settings[field] = nil
    if value ~= nil then
      argument.fields("perigee.user", { [field] = value }, FIELDS)
      set_field(class, field, value)
    end
  end,
}

--- Adds a task. A VU runs one task per iteration, picked by weight among its class' tasks.
---
---     ChatUser:task("simple", 5, function(user) … end)
---     ChatUser:task("only", function(user) … end, { think_time = "10s" })
---@param name string the tag `task`; unique in the class
---@param weight number|fun(user: perigee.Vu) default 1; may be left out
---@param run (fun(user: perigee.Vu))|perigee.TaskOptions|nil
---@param options perigee.TaskOptions|nil
---@return perigee.UserClass self
function UserClass:task(name, weight, run, options)
  if getmetatable(self) ~= metatable then
    argument.raise('task: call it with a colon, as in ChatUser:task("name", function(user) … end)')
  end
  if type(weight) == "function" then
    weight, run, options = 1, weight, run
  end
  weight = weight or 1
  check_open("task", self)
  check_name("task: name", name)
  local where = ('task "%s"'):format(name)
  check_weight(where .. ": weight", weight)
  argument.typed(where, run, "function")
  argument.fields(where .. ": options", options or {}, TASK_FIELDS)
  for _, task in ipairs(self.tasks) do
    if task.name == name then
      argument.raise(where .. ": the user class already has a task of this name")
    end
  end
  local pause = options and options.think_time
  self.tasks[#self.tasks + 1] = {
    name = name,
    weight = weight,
    run = run,
    think_time = pause and distribution.from(where .. ": think_time", pause),
  }
  return self
end

---@class perigee.TaskOptions
---@field think_time perigee.Pause|nil pause after this task, instead of the class' own

--- Makes a user class without tasks.
---@param options perigee.UserOptions|nil
---@return perigee.UserClass
function M.new(options)
  argument.fields("perigee.user", options or {}, FIELDS)
  local class = setmetatable({ settings = {}, tasks = {}, sealed = false }, metatable)
  for field, value in pairs(options or {}) do
    set_field(class, field, value)
  end
  return class
end

---@param value any
---@return boolean
function M.is_user_class(value)
  return getmetatable(value) == metatable
end

return M
