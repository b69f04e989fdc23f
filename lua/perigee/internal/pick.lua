-- Random entries of lists.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

local function sum_of_weights(list, weights)
  argument.typed("perigee.pick: weights", weights, "table")
  if #weights ~= #list then
    argument.raise(("perigee.pick: expected %d weights, got %d"):format(#list, #weights))
  end
  local sum = 0
  for index, weight in ipairs(weights) do
    if type(weight) ~= "number" or not (weight >= 0 and weight < math.huge) then
      argument.mismatch(("perigee.pick: weights[%d]"):format(index), "a number from 0", weight)
    end
    sum = sum + weight
  end
  if sum == 0 then
    argument.raise("perigee.pick: all weights are 0")
  end
  return sum
end

---@generic T
---@param list T[]
---@param weights number[]|nil
---@return T
function M.pick(list, weights)
  argument.typed("perigee.pick", list, "table")
  local count = #list
  if count == 0 then
    argument.raise(next(list) == nil and "perigee.pick: the list is empty"
      or "perigee.pick: expected a list, got a table without [1]")
  end
  if not weights then
    return list[math.floor(native.random() * count) + 1]
  end
  local left = native.random() * sum_of_weights(list, weights)
  local last = 1
  for index, weight in ipairs(weights) do
    left = left - weight
    if left < 0 then
      return list[index]
    end
    last = weight > 0 and index or last
  end
  return list[last]
end

return M
