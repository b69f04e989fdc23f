-- Reads the table that a script returned: checks its fields, and lists the classes that VUs can be
-- of.

local argument = require "perigee.internal.argument"
local plain_options = require "perigee.internal.plain_options"
local shape = require "perigee.internal.shape"
local user_class = require "perigee.internal.user_class"

local M = {}

---@class perigee.internal.NamedClass
---@field name string
---@field class perigee.UserClass
---@field where string what errors about it begin with

---@class perigee.internal.ScriptTable
---@field options table plain data
---@field classes perigee.internal.NamedClass[] the users, then default, then what scenarios' exec names
---@field users string[] names of the user classes
---@field shape perigee.internal.ShapeStage[]|nil

local FIELDS = {
  users = "table",
  default = "function",
  options = "table",
  setup = "function",
  teardown = "function",
  summary = "function",
  shape = "function",
}

local function scenarios_of(script)
  local scenarios = type(script.options) == "table" and script.options.scenarios
  return type(scenarios) == "table" and scenarios or {}
end

local function functions_of(script)
  local functions = {}
  for name, value in pairs(script) do
    if type(value) == "function" and (name == "default" or not FIELDS[name]) then
      functions[name] = value
    end
  end
  return functions
end

local function name_of_class(users, index)
  return users[index].settings.name or (#users == 1 and "user" or "user" .. index)
end

-- Takes the list as it is: what is wrong with it, add_users says.
local function user_class_names(users)
  local names = {}
  for index, class in ipairs(type(users) == "table" and users or {}) do
    if user_class.is_user_class(class) then
      names[name_of_class(users, index)] = true
    end
  end
  return names
end

-- Returns whether it names a function; it may also name a user class.
local function check_exec(where, script, exec)
  if type(exec) ~= "string" then
    argument.mismatch(where, "the name of a function in the script's table, or of a user class",
      exec)
  end
  local functions, names = functions_of(script), user_class_names(script.users)
  if not functions[exec] and not names[exec] then
    local mend = argument.did_you_mean(exec, argument.names(argument.merged(functions, names)))
    argument.raise(('%s: the script\'s table has no function "%s" for VUs, '
      .. 'and no such user class%s'):format(where, exec, mend))
  end
  return functions[exec] ~= nil
end

-- The functions beside `default` that scenarios name, as keys.
local function exec_functions(script)
  local named = {}
  for name, scenario in pairs(scenarios_of(script)) do
    local exec = type(scenario) == "table" and scenario.exec
    if exec then
      local where = ("options.scenarios.%s.exec"):format(tostring(name))
      named[exec] = check_exec(where, script, exec) or nil
    end
  end
  named.default = nil
  return named
end

local function check_fields(script, exec)
  for name, value in pairs(script) do
    if FIELDS[name] then
      argument.fields("script", { [name] = value }, FIELDS)
    elseif not exec[name] then
      local hint = type(value) == "function" and "no scenario names it as exec" or nil
      argument.unknown_field("script", name, argument.merged(FIELDS, exec), hint)
    end
  end
end

local function check_without_scenarios(script)
  if script.users and script.default then
    argument.raise("script: users and default exclude each other; make default a user class' task, "
      .. "or name each in options.scenarios")
  elseif not script.users and not script.default then
    argument.raise("script: expected users or default; return { default = function() … end }")
  end
end

-- Where a scenario leaves open what its VUs are, the script must say it.
local function check_unnamed_scenario(script, where)
  if script.users and script.default then
    argument.raise(where .. ": the script has users and default; name one of them, with "
      .. 'users = { … } or exec = "default"')
  elseif not script.users and not script.default then
    argument.raise(where .. ": name its VUs, with users = { … } or exec, or give the script users "
      .. "or default")
  end
end

local function check_what_vus_are(script)
  local scenarios = scenarios_of(script)
  if next(scenarios) == nil then
    check_without_scenarios(script)
  end
  for _, name in ipairs(argument.names(scenarios)) do
    local scenario = scenarios[name]
    if type(scenario) == "table" and scenario.users == nil and scenario.exec == nil then
      check_unnamed_scenario(script, "options.scenarios." .. name)
    end
  end
end

local function add_class(classes, class, name, where)
  for _, other in ipairs(classes) do
    if other.name == name then
      argument.raise(('%s: the name "%s" is taken by %s'):format(where, name, other.where))
    end
  end
  classes[#classes + 1] = { name = name, class = class, where = where }
end

local function add_users(classes, users)
  if user_class.is_user_class(users) then
    argument.raise("users: expected a list of user classes, as in users = { ChatUser }")
  end
  argument.list("users", users, "user classes")
  if #users == 0 then
    argument.raise("users: the list is empty")
  end
  for index, class in ipairs(users) do
    local where = ("users[%d]"):format(index)
    if not user_class.is_user_class(class) then
      argument.mismatch(where, "a user class made by perigee.user", class)
    end
    if #class.tasks == 0 then
      argument.raise(where .. ': the user class has no task; add one with class:task("name", fn)')
    end
    add_class(classes, class, name_of_class(users, index), where)
  end
end

-- A function is a class of its own: one task, and no think time.
local function add_function(classes, script, name)
  local class = user_class.new { name = name }
  class:task(name, script[name])
  add_class(classes, class, name, "the script's function " .. name)
end

local function classes_of(script, exec)
  local classes, users = {}, {}
  if script.users then
    add_users(classes, script.users)
  end
  for index, class in ipairs(classes) do
    users[index] = class.name
  end
  if script.default then
    add_function(classes, script, "default")
  end
  for _, name in ipairs(argument.names(exec)) do -- Sorted: the order is the same in all workers.
    add_function(classes, script, name)
  end
  return classes, users
end

local function names_for_scenarios(classes, users)
  local names = { of_class = {}, users = {} }
  for index, name in ipairs(users) do
    names.of_class[classes[index].class] = name
    names.users[name] = true
  end
  return names
end

---@param script any
---@return perigee.internal.ScriptTable
function M.read(script)
  if type(script) ~= "table" then
    argument.mismatch("script", "a table with users or default as its return value", script)
  end
  local exec = exec_functions(script)
  check_fields(script, exec)
  check_what_vus_are(script)
  local classes, users = classes_of(script, exec)
  local options = script.options or {}
  if script.shape then
    shape.check_options(options)
  end
  return {
    options = plain_options.from(options, names_for_scenarios(classes, users)),
    classes = classes,
    users = users,
    shape = script.shape and shape.stages(script.shape) or nil,
  }
end

return M
