-- Where each VU is among its tasks: at the top of its class, or inside task sets.

local native = require "perigee.native"
local task_set = require "perigee.internal.task_set"

local M = {}

--- A VU's stay in a task set.
---@class perigee.internal.Stay
---@field set perigee.internal.Branch
---@field left number tasks, or rounds of a sequential set, that are still to begin
---@field next integer the task that comes next in a sequential set
---@field entered boolean on_start is done
---@field outer perigee.internal.Stay|nil

-- The innermost stay of the VUs that are in a task set. A VU's own table has no room for it: what
-- is there is the script's.
---@type table<perigee.Vu, perigee.internal.Stay>
local stays = setmetatable({}, { __mode = "k" })

local function pick_by_weight(node)
  local tasks = node.tasks
  if #tasks == 1 then
    return tasks[1]
  end
  local left = native.random() * node.total_weight
  for _, task in ipairs(tasks) do
    left = left - task.weight
    if left < 0 then
      return task
    end
  end
  return tasks[#tasks]
end

-- A stay is counted down as its task begins, so a task that fails does not come again.
local function choose(stay)
  local set = stay.set
  if not set.settings.sequential then
    stay.left = stay.left - 1
    return pick_by_weight(set)
  end
  local task = set.tasks[stay.next]
  stay.next = stay.next + 1
  if stay.next > #set.tasks then
    stay.next, stay.left = 1, stay.left - 1
  end
  return task
end

--- The VU's next task; moves it into the sets around that task.
---@param vu perigee.Vu
---@param root perigee.internal.Branch its class
---@return perigee.internal.Leaf
function M.advance(vu, root)
  local stay = stays[vu]
  local node = stay and choose(stay) or pick_by_weight(root)
  while node.tasks do
    local left = task_set.stay(node.settings.repeats)
    stay = { set = node, left = left, next = 1, entered = false, outer = stay }
    node = choose(stay)
  end
  if stay then
    stays[vu] = stay
  end
  return node
end

local function enter(vu, stay)
  if stay.entered then
    return
  end
  if stay.outer then
    enter(vu, stay.outer)
  end
  local on_start = stay.set.settings.on_start
  if on_start then
    on_start(vu)
  end
  stay.entered = true
end

--- Runs on_start of the sets that the VU has moved into, the outermost first.
---@async
---@param vu perigee.Vu
function M.enter(vu)
  local stay = stays[vu]
  if stay then
    enter(vu, stay)
  end
end

-- The stay ends before on_stop runs, so that an error there does not run it again.
local function stop(vu, stay)
  stays[vu] = stay.outer
  local on_stop = stay.set.settings.on_stop
  if on_stop and stay.entered then
    on_stop(vu)
  end
end

--- Takes the VU out of the sets that it is done with, the innermost first, and runs their on_stop.
--- Sets whose on_start failed are among them.
---@async
---@param vu perigee.Vu
function M.leave_finished(vu)
  local stay = stays[vu]
  while stay and (stay.left <= 0 or not stay.entered) do
    stop(vu, stay)
    stay = stays[vu]
  end
end

--- Takes the VU out of all sets.
---@async
---@param vu perigee.Vu
function M.leave_all(vu)
  while stays[vu] do
    stop(vu, stays[vu])
  end
end

--- Makes the task under way the last one of the innermost set.
---@param vu perigee.Vu
---@return boolean inside a task set
function M.leave(vu)
  local stay = stays[vu]
  if stay then
    stay.left = 0
  end
  return stay ~= nil
end

return M
