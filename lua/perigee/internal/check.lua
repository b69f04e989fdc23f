-- Checks: conditions that ought to hold, counted.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

local function count(name, passed)
  argument.name("perigee.check: name", name)
  passed = not not passed
  native.check(name, passed)
  return passed
end

local function count_all(value, conditions)
  local all_passed = true
  for name, condition in pairs(conditions) do
    local passed = condition
    if type(condition) == "function" then
      passed = condition(value)
    elseif type(condition) ~= "boolean" then
      local where = ('perigee.check: "%s"'):format(tostring(name))
      argument.mismatch(where, "a function or a boolean (of a table, write value ~= nil)", condition)
    end
    all_passed = count(name, passed) and all_passed
  end
  return all_passed
end

---@param name string|any in k6's form the value that the functions get
---@param passed boolean|table<string, boolean|fun(value: any): boolean>|nil
---@return boolean passed
function M.check(name, passed)
  argument.in_vu("perigee.check")
  if type(passed) == "table" then
    return count_all(name, passed)
  elseif type(passed) == "function" then
    local where = ('perigee.check: "%s"'):format(tostring(name))
    argument.mismatch(where, "a condition's outcome", passed)
  end
  return count(name, passed)
end

return M
