-- Several things at once inside one VU.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

local function check_functions(where, functions)
  argument.list(where, functions, "functions")
  for index, entry in ipairs(functions) do
    if type(entry) ~= "function" then
      argument.mismatch(("%s[%d]"):format(where, index), "a function", entry)
    end
  end
end

-- The list without the named field `limit`, and the limit.
local function split_limit(where, functions)
  argument.typed(where, functions, "table")
  local limit = functions.limit
  if limit == nil then
    return functions, 0
  end
  argument.whole(where .. ": limit", limit, 1)
  local list = argument.merged(functions)
  list.limit = nil
  return list, limit
end

---@async
---@param functions table
---@return any[] results
function M.all(functions)
  argument.in_vu("perigee.all")
  local list, limit = split_limit("perigee.all", functions)
  check_functions("perigee.all", list)
  if #list == 0 then
    return {}
  end
  return (native.all(list, limit, false))
end

---@async
---@param functions (fun(): any)[]
---@return any result
---@return integer index
function M.first(functions)
  argument.in_vu("perigee.first")
  check_functions("perigee.first", functions)
  if #functions == 0 then
    argument.raise("perigee.first: the list is empty")
  end
  local results, winner = native.all(functions, 0, true)
  return results[winner], winner
end

return M
