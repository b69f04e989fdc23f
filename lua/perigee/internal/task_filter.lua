-- --only and --skip: which tasks of a script run. Both take names of tasks and tags; a task inside
-- a set is also known by its whole name, as in "checkout/pay". Skipping wins.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

---@class perigee.internal.TaskFilter
---@field package only table<string, true>|nil nil for all
---@field package skip table<string, true>

local function as_set(list)
  local set = {}
  for _, name in ipairs(list) do
    set[name] = true
  end
  return set
end

local function check_known(flag, list, known)
  for _, name in ipairs(list) do
    if not known[name] then
      local mend = argument.did_you_mean(name, argument.names(known))
      if mend == "" then
        mend = "; known are " .. table.concat(argument.names(known), ", ")
      end
      argument.raise(('%s: no task has the name or tag "%s"%s'):format(flag, name, mend))
    end
  end
end

--- What the command line asked for.
---@param known table<string, true> the names and tags of all tasks
---@return perigee.internal.TaskFilter
function M.new(known)
  local asked = native.task_filter()
  check_known("--only", asked.only, known)
  check_known("--skip", asked.skip, known)
  return { only = #asked.only > 0 and as_set(asked.only) or nil, skip = as_set(asked.skip) }
end

--- All that a task may be called by.
---@param task perigee.Task
---@param whole_name string
---@return string[]
function M.names(task, whole_name)
  return { task.name, whole_name, unpack(task.tags) }
end

local function any_of(set, names)
  for _, name in ipairs(names) do
    if set[name] then
      return true
    end
  end
  return false
end

---@param filter perigee.internal.TaskFilter
---@param names string[] of one task
---@return boolean
function M.keeps(filter, names)
  return not filter.only or any_of(filter.only, names)
end

---@param filter perigee.internal.TaskFilter
---@param names string[] of one task
---@return boolean
function M.skips(filter, names)
  return any_of(filter.skip, names)
end

return M
