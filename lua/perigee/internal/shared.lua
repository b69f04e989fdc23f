-- perigee.shared: numbers that all VUs of all workers share.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

--- A number that all VUs of all workers share. It begins at 0.
---@class perigee.shared.Counter
---@field name string
local Counter = {}
Counter.__index = Counter

local function check_number(counter, value)
  argument.in_vu(counter.name)
  if type(value) ~= "number" or value ~= value or math.abs(value) == math.huge then
    argument.mismatch(counter.name, "a number", value)
  end
end

--- Adds; no two VUs ever get the same value from adding 1.
---@param amount number|nil default 1; may be negative
---@return number value after adding
function Counter:add(amount)
  amount = amount == nil and 1 or amount
  check_number(self, amount)
  return native.counter_add(self.name, amount)
end

---@return number value
function Counter:get()
  check_number(self, 0)
  return native.counter_add(self.name, 0)
end

---@param value number
function Counter:set(value)
  check_number(self, value)
  native.counter_set(self.name, value)
end

--- Declares a shared counter; the same name is the same counter everywhere. Only while the script
--- loads.
---@param name string
---@return perigee.shared.Counter
---@nodiscard
function M.counter(name)
  argument.while_loading("perigee.shared.counter")
  argument.name("perigee.shared.counter: name", name)
  return setmetatable({ name = name }, Counter)
end

return argument.strict_module("perigee.shared", M)
