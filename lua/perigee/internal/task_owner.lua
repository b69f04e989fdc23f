-- What user classes and task sets have in common: fields that are checked as they are set, and
-- tasks, each a function or a task set.

local argument = require "perigee.internal.argument"
local distribution = require "perigee.internal.distribution"

local M = {}

---@class perigee.Task
---@field name string
---@field weight number
---@field run (fun(user: perigee.Vu, row: any))|perigee.TaskSet
---@field think_time perigee.Distribution|perigee.Pacing|nil instead of the owner's own
---@field tags string[]

---@class perigee.TaskOptions
---@field think_time perigee.Pause|nil pause after this task, instead of its set's or class' own
---@field tags string[]|nil for --only and --skip, which take a task's name or one of its tags

--- A user class or a task set.
---@class perigee.TaskOwner
---@field package settings table<string, any>
---@field package tasks perigee.Task[]
---@field package sealed boolean
local Owner = {}

--- A kind of owner.
---@class perigee.internal.OwnerKind
---@field where string what errors begin with, as in "perigee.user"
---@field article string what error texts call such an owner, as in "the user class"
---@field nests boolean|nil it can itself be a task
---@field types table<string, string> its fields, as for argument.fields
---@field readers table<string, fun(where: string, value: any): any> check a field, and make what is kept
---@field metatable table

local TASK_OPTIONS = { think_time = "any", tags = "table" }

---@param value any
---@return perigee.internal.OwnerKind|nil
local function kind_of(value)
  local metatable = type(value) == "table" and getmetatable(value)
  return metatable and rawget(metatable, "owner_kind") or nil
end

local function check_open(where, owner)
  if owner.sealed then
    argument.raise(where .. ": the script is loaded; do this at the top of the script")
  end
end

---@param where string
---@param weight any
---@return number
function M.weight(where, weight)
  argument.typed(where, weight, "number")
  if not (weight > 0 and weight < math.huge) then
    argument.mismatch(where, "a number above 0", weight)
  end
  return weight
end

---@param where string
---@param name any
---@return string
function M.name(where, name)
  argument.name(where, name)
  return name
end

local function set_field(kind, owner, field, value)
  local read = kind.readers[field]
  if read then
    value = read(kind.where .. ": " .. field, value)
  end
  owner.settings[field] = value
end

local function make_metatable(kind)
  return {
    owner_kind = kind,
    __index = function(owner, field)
      local value = Owner[field]
      if value == nil then
        value = owner.settings[field]
      end
      if value == nil and not kind.types[field] then
        argument.unknown_field(kind.where, field, argument.merged(kind.types, Owner))
      end
      return value
    end,
    __newindex = function(owner, field, value)
      check_open(kind.where, owner)
      if value == nil then
        owner.settings[field] = nil
      else
        argument.fields(kind.where, { [field] = value }, kind.types)
        set_field(kind, owner, field, value)
      end
    end,
  }
end

--- Describes a kind of owner.
---@param kind perigee.internal.OwnerKind without its metatable
---@return perigee.internal.OwnerKind
function M.kind(kind)
  kind.metatable = make_metatable(kind)
  return kind
end

--- Makes an owner without tasks.
---@param kind perigee.internal.OwnerKind
---@param options table|nil
---@return perigee.TaskOwner
function M.new(kind, options)
  argument.fields(kind.where, options or {}, kind.types)
  local owner = setmetatable({ settings = {}, tasks = {}, sealed = false }, kind.metatable)
  for field, value in pairs(options or {}) do
    set_field(kind, owner, field, value)
  end
  return owner
end

---@param kind perigee.internal.OwnerKind
---@param value any
---@return boolean
function M.is(kind, value)
  return kind_of(value) == kind
end

-- Task sets are all that a task can be beside a function.
local function check_run(where, run)
  if type(run) == "function" then
    return
  end
  local kind = kind_of(run)
  if not kind then
    argument.mismatch(where, "a function or a task set", run)
  elseif not kind.nests then
    argument.raise(where .. ": expected a function or a task set, got a user class")
  end
end

local function checked_tags(where, tags)
  argument.list(where, tags or {}, "texts")
  for index, tag in ipairs(tags or {}) do
    argument.name(("%s[%d]"):format(where, index), tag)
  end
  return tags or {}
end

--- Adds a task. A VU runs one task per iteration: of a user class and of a task set one that is
--- picked by weight, of a sequential set one after the other.
---
---     ChatUser:task("simple", 5, function(user) … end)
---     ChatUser:task("only", function(user) … end, { think_time = "10s", tags = { "cheap" } })
---     ChatUser:task("checkout", 2, Checkout) -- a task set
---
--- Errors: raises for a name that is taken, and once the script is loaded.
---@generic Self
---@param self Self
---@param name string the tag `task`, after the names of the sets around it: "checkout/pay"
---@param weight number|(fun(user: perigee.Vu, row: any))|perigee.TaskSet default 1; may be left out. In a sequential set: how many times in a row
---@param run (fun(user: perigee.Vu, row: any))|perigee.TaskSet|perigee.TaskOptions|nil `row` is the line of a trace that the iteration replays
---@param options perigee.TaskOptions|nil
---@return Self
function Owner:task(name, weight, run, options)
  local kind = kind_of(self)
  if not kind then
    argument.raise('task: call it with a colon, as in ChatUser:task("name", function(user) … end)')
  end
  if type(weight) == "function" or kind_of(weight) then
    weight, run, options = 1, weight, run
  end
  check_open("task", self)
  argument.name("task: name", name)
  local where = ('task "%s"'):format(name)
  weight = M.weight(where .. ": weight", weight or 1)
  check_run(where, run)
  argument.fields(where .. ": options", options or {}, TASK_OPTIONS)
  for _, task in ipairs(self.tasks) do
    if task.name == name then
      argument.raise(("%s: %s already has a task of this name"):format(where, kind.article))
    end
  end
  local pause = options and options.think_time
  self.tasks[#self.tasks + 1] = {
    name = name,
    weight = weight,
    run = run,
    think_time = pause and distribution.pause(where .. ": think_time", pause),
    tags = checked_tags(where .. ": tags", options and options.tags),
  }
  return self
end

--- Refuses changes from now on.
---@param owner perigee.TaskOwner
function M.seal(owner)
  owner.sealed = true
end

return M
