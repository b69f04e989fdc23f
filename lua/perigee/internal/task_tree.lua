-- A user class' tasks as VUs run them: whole names, think times inherited, and without the tasks
-- that --only and --skip take away. One tree per class, shared by its VUs and never changed.

local argument = require "perigee.internal.argument"
local task_filter = require "perigee.internal.task_filter"
local task_owner = require "perigee.internal.task_owner"

local M = {}

--- A task that runs.
---@class perigee.internal.Leaf
---@field name string whole, as in "checkout/pay"
---@field weight number
---@field run fun(user: perigee.Vu, row: any)
---@field pause perigee.Distribution|perigee.Pacing|nil

--- A task set, or the class itself.
---@class perigee.internal.Branch
---@field weight number
---@field tasks (perigee.internal.Leaf|perigee.internal.Branch)[]
---@field total_weight number
---@field settings perigee.TaskSetOptions|perigee.UserOptions

-- More than any real plan repeats one step.
local MOST_IN_A_ROW = 10000

-- Calls `visit(task, whole_name)` for all tasks at any depth.
local function walk(owner, prefix, where, visit, around)
  if around[owner] then
    argument.raise(where .. ": the task set contains itself")
  end
  around[owner] = true
  for _, task in ipairs(owner.tasks) do
    local whole_name = prefix .. task.name
    visit(task, whole_name)
    if type(task.run) == "table" then
      local inner_where = ('%s: task "%s"'):format(where, whole_name)
      if #task.run.tasks == 0 then
        argument.raise(inner_where
          .. ': the task set has no task; add one with set:task("name", fn)')
      end
      walk(task.run, whole_name .. "/", inner_where, visit, around)
    end
  end
  around[owner] = nil
end

--- Adds the names and tags of all of a class' tasks.
---@param class perigee.UserClass
---@param where string what errors begin with
---@param known table<string, true>
function M.collect_names(class, where, known)
  local leaves = {}
  walk(class, "", where, function(task, whole_name)
    for _, name in ipairs(task_filter.names(task, whole_name)) do
      known[name] = true
    end
    if leaves[whole_name] then
      argument.raise(('%s: two tasks have the name "%s"'):format(where, whole_name))
    end
    leaves[whole_name] = true
  end, {})
end

-- As in Locust, a weight is how many times in a row where the order is given.
local function add_in_a_row(tasks, node, where)
  argument.whole(where .. ": weight in a sequential set", node.weight, 1)
  if node.weight > MOST_IN_A_ROW then
    argument.raise(("%s: weight in a sequential set: expected at most %d times in a row, got %d")
      :format(where, MOST_IN_A_ROW, node.weight))
  end
  for _ = 1, node.weight do
    tasks[#tasks + 1] = node
  end
end

local branch

local function node_of(task, whole_name, inherited, kept, filter)
  if type(task.run) == "table" then
    local pause = task.think_time or task.run.settings.think_time or inherited
    local node = branch(task.run, whole_name .. "/", pause, kept, filter)
    node.weight = task.weight
    return #node.tasks > 0 and node or nil
  elseif kept then
    local pause = task.think_time or inherited
    return { name = whole_name, weight = task.weight, run = task.run, pause = pause }
  end
end

function branch(owner, prefix, pause, kept, filter)
  task_owner.seal(owner)
  local node = { tasks = {}, total_weight = 0, settings = owner.settings }
  for _, task in ipairs(owner.tasks) do
    local whole_name = prefix .. task.name
    local names = task_filter.names(task, whole_name)
    if not task_filter.skips(filter, names) then
      local inner_kept = kept or task_filter.keeps(filter, names)
      local inner = node_of(task, whole_name, pause, inner_kept, filter)
      if inner and owner.settings.sequential then
        add_in_a_row(node.tasks, inner, ('task "%s"'):format(whole_name))
      elseif inner then
        node.tasks[#node.tasks + 1] = inner
        node.total_weight = node.total_weight + inner.weight
      end
    end
  end
  return node
end

--- The class' tree. Seals the class and its task sets.
---@param class perigee.UserClass
---@param filter perigee.internal.TaskFilter
---@return perigee.internal.Branch
function M.build(class, filter)
  return branch(class, "", class.settings.think_time, false, filter)
end

local function add_leaves(node, names, pauses, seen)
  for _, task in ipairs(node.tasks) do
    if task.tasks then
      add_leaves(task, names, pauses, seen)
    elseif not seen[task.name] then
      seen[task.name] = true
      names[#names + 1] = task.name
      pauses[task.name] = task.pause
    end
  end
end

--- What the tree's tasks are called, and their think times.
---@param root perigee.internal.Branch
---@return string[] names
---@return table<string, perigee.Distribution|perigee.Pacing> pauses by name; none without an entry
function M.leaves(root)
  local names, pauses = {}, {}
  add_leaves(root, names, pauses, {})
  return names, pauses
end

return M
