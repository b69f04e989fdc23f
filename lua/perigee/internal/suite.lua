-- The script as the engine sees it: what it returned, its classes, and a VU's iterations.
--
-- Only C++ calls this module. Every worker loads the script for itself; a class' index is the same
-- in all of them.
--
-- Errors: a script's mistakes propagate; the caller adds the traceback.

local argument = require "perigee.internal.argument"
local distribution = require "perigee.internal.distribution"
local native = require "perigee.native"
local plain_options = require "perigee.internal.plain_options"
local position = require "perigee.internal.position"
local script_table = require "perigee.internal.script_table"
local task_filter = require "perigee.internal.task_filter"
local task_tree = require "perigee.internal.task_tree"

local M = {}

--- A VU's own table: what its tasks get as `user`, and what perigee.vu is. Scripts keep in it what
--- the VU remembers.
---@class perigee.Vu
---@field id integer from 1, unique in the run; 0 in setup, teardown and summary
---@field class string the name of its user class
---@field data any what setup() returned; shared by the VUs of a worker, so it must not be changed
---@field iteration integer from 1; 0 in on_start
---@field task string the name of the task under way or of the last one; "" in on_start
---@field [string] any the script's own

---@class perigee.internal.ClassDescription
---@field name string
---@field weight number
---@field fixed_count integer|nil
---@field on_start boolean has one
---@field tasks string[] whole names, those in task sets too
---@field empty boolean|nil --only and --skip left it no task

---@class perigee.internal.SuiteDescription
---@field options table the script's, as plain data
---@field classes perigee.internal.ClassDescription[] its users, `default`, and what scenarios' exec names
---@field default_users string[] the classes of a scenario that names none; those that are not empty
---@field shape perigee.internal.ShapeStage[]|nil
---@field setup boolean has one, as the two that follow
---@field teardown boolean
---@field summary boolean

---@class perigee.internal.RunningClass
---@field settings perigee.UserOptions
---@field root perigee.internal.Branch
---@field pauses table<string, perigee.Distribution|perigee.Pacing> task -> think time
---@field shared { class: string, data: any } what all its VUs have in common
---@field vu_metatable table

---@type perigee.internal.RunningClass[]
local classes = {}
---@type perigee.Script
local script = {}

-- When iterations began whose pause keeps a pace.
---@type table<perigee.Vu, number>
local begun = setmetatable({}, { __mode = "k" })

-- A VU carries its class in its metatable, where the script's own fields cannot clash with it, and
-- finds there what all VUs of the class have in common: there may be tens of thousands of VUs.
-- __metatable keeps the script from replacing it.
local function running_class(name, settings, root, pauses)
  local class = { settings = settings, root = root, pauses = pauses, shared = { class = name } }
  class.vu_metatable = { __metatable = class, __index = class.shared }
  return class
end

-- What setup, teardown and summary run as.
local hook_class = running_class("", {}, nil, {})

-- A list that is one in JSON even where it is empty.
local function json_list(list)
  return #list > 0 and list or native.json_array(list)
end

local function known_names(named_classes)
  local known = {}
  for _, named in ipairs(named_classes) do
    task_tree.collect_names(named.class, named.where, known)
  end
  return known
end

---@param named perigee.internal.NamedClass
---@return perigee.internal.RunningClass
---@return perigee.internal.ClassDescription
local function load_class(named, filter)
  local settings = named.class.settings
  local root = task_tree.build(named.class, filter)
  local tasks, pauses = task_tree.leaves(root)
  return running_class(named.name, settings, root, pauses), {
    name = named.name,
    weight = settings.weight or 1,
    fixed_count = settings.fixed_count,
    on_start = settings.on_start ~= nil,
    tasks = json_list(tasks),
    empty = #tasks == 0 or nil,
  }
end

local function names_left(descriptions)
  local left = {}
  for _, class in ipairs(descriptions) do
    left[class.name] = not class.empty or nil
  end
  if next(left) == nil then
    argument.raise("--only and --skip leave no task")
  end
  return left
end

local function only_left(names, left)
  local kept = {}
  for _, name in ipairs(names) do
    if left[name] then
      kept[#kept + 1] = name
    end
  end
  return kept
end

-- A scenario without any class that still has tasks does not run at all.
local function drop_empty(scenarios, default_users, left)
  for name, scenario in pairs(scenarios) do
    local wanted = scenario.users or (scenario.exec and { scenario.exec }) or default_users
    local kept = only_left(wanted, left)
    if scenario.users then
      scenario.users = kept
    end
    if #kept == 0 then
      scenarios[name] = nil
    end
  end
  if next(scenarios) == nil then
    argument.raise("--only and --skip leave no scenario")
  end
end

-- Which user classes there will be is not known yet: the script that gets the options says.
local ANY_NAME = { of_class = {}, users = setmetatable({}, { __index = function() return true end }) }

--- Takes what a file of options returned, for scripts that are still to be loaded.
---@param returned any
---@return table
function M.load_options(returned)
  if type(returned) ~= "table" then
    argument.mismatch("what it returns", "a table of options such as { vus = 10 }", returned)
  end
  return plain_options.from(returned, ANY_NAME)
end

--- Takes what the script returned.
---@param returned any
---@return perigee.internal.SuiteDescription
function M.load(returned)
  local read = script_table.read(returned)
  local filter = task_filter.new(known_names(read.classes))
  local loaded, descriptions = {}, {}
  for index, named in ipairs(read.classes) do
    loaded[index], descriptions[index] = load_class(named, filter)
  end
  local left = names_left(descriptions)
  local default_users = only_left(returned.default and { "default" } or read.users, left)
  if read.options.scenarios and next(read.options.scenarios) ~= nil then
    drop_empty(read.options.scenarios, default_users, left)
  end
  classes, script = loaded, returned
  return {
    options = read.options,
    classes = descriptions,
    default_users = json_list(default_users),
    shape = read.shape,
    setup = script.setup ~= nil,
    teardown = script.teardown ~= nil,
    summary = script.summary ~= nil,
  }
end

--- Makes the VU's own table.
---@param class_index integer from 1, as in the description's classes; 0 for setup, teardown and summary
---@param vu_id integer
---@param data any what setup() returned: the same for all VUs
---@return perigee.Vu
function M.new_vu(class_index, vu_id, data)
  local class = classes[class_index] or hook_class
  class.shared.data = data
  return setmetatable({ id = vu_id, iteration = 0, task = "" }, class.vu_metatable)
end

--- Runs the script's setup.
---@async
---@return any data
function M.setup()
  local data = script.setup()
  if data ~= nil then
    argument.json("setup: its result", data) -- It goes to the workers as JSON.
  end
  return data
end

---@async
---@param data any what setup() returned
function M.teardown(data)
  script.teardown(data)
end

--- Runs the script's summary.
---@async
---@param result table
---@return string|table<string, string>|nil text for stdout, or texts by file name; nil for the usual summary
function M.summary(result)
  local summary = script.summary(result)
  if type(summary) == "table" then
    for name, text in pairs(summary) do
      if type(name) ~= "string" then
        argument.raise(("summary: expected texts by file name, got the entry [%s]"):format(
          tostring(name)))
      elseif type(text) ~= "string" then
        argument.mismatch(('summary: "%s"'):format(name),
          "a text, such as perigee.json.encode makes", text)
      end
    end
  elseif summary ~= nil and type(summary) ~= "string" then
    argument.mismatch("summary", "a text, or a table of texts by file name, as its result", summary)
  end
  return summary
end

---@async
---@param vu perigee.Vu
function M.on_start(vu)
  local on_start = getmetatable(vu).settings.on_start
  if on_start then
    on_start(vu)
  end
end

--- Takes the VU out of its task sets, and stops it.
---@async
---@param vu perigee.Vu
function M.on_stop(vu)
  position.leave_all(vu)
  local on_stop = getmetatable(vu).settings.on_stop
  if on_stop then
    on_stop(vu)
  end
end

--- The pause after the VU's last task, which may have failed.
---@param vu perigee.Vu
---@return number think_time seconds until the next iteration; 0 for none
function M.think_time(vu)
  local pause = getmetatable(vu).pauses[vu.task]
  if not pause then
    return 0
  elseif distribution.is_pacing(pause) then
    return pause:rest(native.now() - (begun[vu] or native.now()))
  end
  return pause:sample()
end

--- Runs one task. What a set's on_start and on_stop do belongs to the task's iteration.
---@async
---@param vu perigee.Vu
---@param row any the line of a trace that this iteration replays
---@return number think_time seconds until the next iteration; 0 for none
function M.run_iteration(vu, row)
  local class = getmetatable(vu)
  local began = native.now()
  vu.iteration = vu.iteration + 1
  position.leave_finished(vu) -- Where the last task failed.
  local task = position.advance(vu, class.root)
  vu.task = task.name
  native.set_task(task.name)
  if distribution.is_pacing(task.pause) then
    begun[vu] = began
  end
  position.enter(vu)
  task.run(vu, row)
  position.leave_finished(vu)
  return M.think_time(vu)
end

return M
