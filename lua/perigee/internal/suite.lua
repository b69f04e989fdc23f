-- The script as the engine sees it: what it returned, its user classes, and a VU's iterations.
--
-- Only C++ calls this module. Every worker loads the script for itself; a class' index is the same
-- in all of them.
--
-- Errors: a script's mistakes propagate; the caller adds the traceback.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"
local user_class = require "perigee.internal.user_class"

local M = {}

--- A VU's own table: what its tasks get as `user`, and what perigee.vu is. Scripts keep in it what
--- the VU remembers.
---@class perigee.Vu
---@field id integer from 1, unique in the run
---@field class string the name of its user class
---@field iteration integer from 1; 0 in on_start
---@field task string the name of the task under way or of the last one; "" in on_start
---@field [string] any the script's own

---@class perigee.internal.SuiteDescription
---@field options table the script's, as plain data
---@field users { name: string, weight: number, tasks: string[] }[]

---@class perigee.internal.RunningClass
---@field name string
---@field settings perigee.UserOptions
---@field tasks perigee.Task[]
---@field total_weight number
---@field pauses table<string, perigee.Distribution> task -> think time; none without an entry
---@field vu_metatable table

local SCRIPT_FIELDS = { options = "table", users = "table", default = "function" }

---@type perigee.internal.RunningClass[]
local classes = {}

-- Options are plain data: they are read by C++ and written into the result file.
local function check_plain(where, value, depth)
  local kind = type(value)
  if kind == "table" then
    if depth > 20 then
      argument.raise(where .. ": tables are nested too deeply")
    end
    for key, inner in pairs(value) do
      local format = type(key) == "number" and "%s[%s]" or "%s.%s"
      check_plain(format:format(where, tostring(key)), inner, depth + 1)
    end
  elseif kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
    argument.mismatch(where, "plain data", value)
  end
end

-- { "llm_ttft p(95) < 2s", delay = "10s" } is neither a JSON array nor an object: the line gets the
-- name `threshold`, as in k6.
local function threshold_entry(entry)
  if type(entry) ~= "table" or type(entry[1]) ~= "string" then
    return entry
  end
  local named = argument.merged(entry, { threshold = entry[1] })
  named[1] = nil
  return named
end

local function has_names(entry)
  return #argument.names(entry) > 0
end

-- Either a list of entries, or k6's map from a metric to an entry or to a list of them.
local function plain_thresholds(thresholds)
  local plain = {}
  for key, value in pairs(thresholds) do
    if type(key) == "number" or type(value) ~= "table" or has_names(value) then
      plain[key] = threshold_entry(value)
    else
      plain[key] = {}
      for index, entry in ipairs(value) do
        plain[key][index] = threshold_entry(entry)
      end
    end
  end
  return plain
end

local function plain_options(options)
  check_plain("options", options, 1)
  local plain = argument.merged(options)
  if type(options.thresholds) == "table" then
    plain.thresholds = plain_thresholds(options.thresholds)
  end
  return plain
end

local function total_weight(tasks)
  local total = 0
  for _, task in ipairs(tasks) do
    total = total + task.weight
  end
  return total
end

local function running_class(class, name)
  rawset(class, "sealed", true)
  local pauses = {}
  for _, task in ipairs(class.tasks) do
    pauses[task.name] = task.think_time or class.settings.think_time
  end
  return {
    name = name,
    settings = class.settings,
    tasks = class.tasks,
    total_weight = total_weight(class.tasks),
    pauses = pauses,
  }
end

local function classes_of_users(users)
  if user_class.is_user_class(users) then
    argument.raise("users: expected a list of user classes, as in users = { ChatUser }")
  end
  local list, taken = {}, {}
  for index, class in ipairs(users) do
    local where = ("users[%d]"):format(index)
    if not user_class.is_user_class(class) then
      argument.mismatch(where, "a user class made by perigee.user", class)
    end
    if #class.tasks == 0 then
      argument.raise(where .. ': the user class has no task; add one with class:task("name", fn)')
    end
    local name = class.settings.name or (#users == 1 and "user" or "user" .. index)
    if taken[name] then
      argument.raise(('%s: the name "%s" is taken by users[%d]'):format(where, name, taken[name]))
    end
    taken[name] = index
    list[index] = running_class(class, name)
  end
  for key in pairs(users) do
    if list[key] == nil then
      argument.raise(("users: expected a list, got the key %s"):format(argument.shown(key)))
    end
  end
  if #list == 0 then
    argument.raise("users: the list is empty")
  end
  return list
end

local function class_of_default(default)
  local class = user_class.new { name = "default" }
  class:task("default", default)
  return running_class(class, "default")
end

--- Takes what the script returned.
---@param script any
---@return perigee.internal.SuiteDescription
function M.load(script)
  if type(script) ~= "table" then
    argument.mismatch("script", "a table with users or default as its return value", script)
  end
  argument.fields("script", script, SCRIPT_FIELDS)
  if script.users and script.default then
    argument.raise("script: users and default exclude each other; make default a user class' task")
  elseif not script.users and not script.default then
    argument.raise("script: expected users or default; return { default = function() … end }")
  end
  local options = plain_options(script.options or {})

  classes = script.users and classes_of_users(script.users) or { class_of_default(script.default) }

  local users = {}
  for index, class in ipairs(classes) do
    -- A VU carries its class in its metatable, where the script's own fields cannot clash with it;
    -- __metatable keeps the script from replacing it.
    class.vu_metatable = { __metatable = class }
    local tasks = {}
    for position, task in ipairs(class.tasks) do
      tasks[position] = task.name
    end
    users[index] = { name = class.name, weight = class.settings.weight or 1, tasks = tasks }
  end
  return { options = options, users = users }
end

--- Makes the VU's own table.
---@param class_index integer from 1, as in the description's users
---@param vu_id integer
---@return perigee.Vu
function M.new_vu(class_index, vu_id)
  local class = classes[class_index]
  local vu = { id = vu_id, class = class.name, iteration = 0, task = "" }
  return setmetatable(vu, class.vu_metatable)
end

---@async
---@param vu perigee.Vu
function M.on_start(vu)
  local on_start = getmetatable(vu).settings.on_start
  if on_start then
    on_start(vu)
  end
end

---@async
---@param vu perigee.Vu
function M.on_stop(vu)
  local on_stop = getmetatable(vu).settings.on_stop
  if on_stop then
    on_stop(vu)
  end
end

---@param class perigee.internal.RunningClass
---@return perigee.Task
local function pick_task(class)
  local tasks = class.tasks
  if #tasks == 1 then
    return tasks[1]
  end
  local left = native.random() * class.total_weight
  for _, task in ipairs(tasks) do
    left = left - task.weight
    if left < 0 then
      return task
    end
  end
  return tasks[#tasks]
end

--- Draws the pause after the VU's last task, which may have failed.
---@param vu perigee.Vu
---@return number think_time seconds until the next iteration; 0 for none
function M.think_time(vu)
  local pause = getmetatable(vu).pauses[vu.task]
  return pause and pause:sample() or 0
end

--- Runs one task.
---@async
---@param vu perigee.Vu
---@return number think_time seconds until the next iteration; 0 for none
function M.run_iteration(vu)
  local task = pick_task(getmetatable(vu))
  vu.iteration = vu.iteration + 1
  vu.task = task.name
  native.set_task(task.name)
  task.run(vu)
  return M.think_time(vu)
end

return M
