-- Random lengths in tokens: what perigee.text takes where it takes a number of tokens.

local argument = require "perigee.internal.argument"
local cumulative = require "perigee.internal.cumulative"
local native = require "perigee.native"

local M = {}

--- A random whole number from 1. Plain data: one object may be shared by all VUs.
---@class perigee.text.Length
---@field package draw fun(): number
---@field package min number
---@field package max number
local Length = {}

---@class perigee.text.Limits
---@field min number|nil what is drawn below becomes this; default 1
---@field max number|nil what is drawn above becomes this

local metatable = { __index = argument.strict_index("a length", Length, {}) }

local function make(draw, min, max)
  return setmetatable({ draw = draw, min = min or 1, max = max or math.huge }, metatable)
end

--- Draws from the running VU's random stream.
---@return integer from 1
function Length:sample()
  local value = math.min(math.max(self.draw(), self.min), self.max)
  return math.floor(value + 0.5)
end

-- The most that a length may be, so that a slip of the keys does not fill the memory.
local MOST = 1e7

local function check_number(where, value, from, expected)
  if type(value) ~= "number" or not (value >= from and value <= MOST) then
    argument.mismatch(where, expected or ("a number from %g to %g"):format(from, MOST), value)
  end
end

local LIMITS = { min = "number", max = "number" }

local function check_limits(where, limits)
  if limits == nil then
    return 1, MOST
  end
  argument.fields(where .. ": limits", limits, LIMITS)
  local min, max = limits.min or 1, limits.max or MOST
  check_number(where .. ": limits: min", min, 1)
  check_number(where .. ": limits: max", max, 1)
  if min > max then
    argument.raise(("%s: limits: min %g is above max %g"):format(where, min, max))
  end
  return min, max
end

-- Mean 0, standard deviation 1.
local function normal()
  return math.sqrt(-2 * math.log(native.random())) * math.cos(2 * math.pi * native.random())
end

---@class perigee.text.length
M.length = {}

--- Always the same.
---@param value integer
---@return perigee.text.Length
function M.length.constant(value)
  check_number("perigee.text.length.constant", value, 1)
  return make(function() return value end)
end

--- Whole numbers from low to high, all equally likely.
---@param low integer
---@param high integer
---@return perigee.text.Length
function M.length.uniform(low, high)
  local where = "perigee.text.length.uniform"
  check_number(where .. ": low", low, 1)
  check_number(where .. ": high", high, low)
  return make(function() return math.floor(low + native.random() * (high - low + 1)) end)
end

---@param mean number
---@param stddev number
---@param limits perigee.text.Limits|nil
---@return perigee.text.Length
function M.length.normal(mean, stddev, limits)
  local where = "perigee.text.length.normal"
  check_number(where .. ": mean", mean, 1)
  check_number(where .. ": stddev", stddev, 0)
  local min, max = check_limits(where, limits)
  return make(function() return mean + stddev * normal() end, min, max)
end

--- Many short ones and a few very long ones: what prompts and answers of people look like.
---@param median number half of the lengths are below it
---@param sigma number the standard deviation of the length's natural logarithm, such as 0.8
---@param limits perigee.text.Limits|nil
---@return perigee.text.Length
function M.length.lognormal(median, sigma, limits)
  local where = "perigee.text.length.lognormal"
  check_number(where .. ": median", median, 1)
  check_number(where .. ": sigma", sigma, 0)
  local min, max = check_limits(where, limits)
  return make(function() return median * math.exp(sigma * normal()) end, min, max)
end

---@param mean number
---@param limits perigee.text.Limits|nil
---@return perigee.text.Length
function M.length.exponential(mean, limits)
  local where = "perigee.text.length.exponential"
  check_number(where .. ": mean", mean, 1)
  local min, max = check_limits(where, limits)
  return make(function() return -mean * math.log(native.random()) end, min, max)
end

--- 1 to max, k with a probability in proportion to 1 / k^exponent.
---@param exponent number such as 1.2
---@param max integer at most 100,000
---@return perigee.text.Length
function M.length.zipf(exponent, max)
  local where = "perigee.text.length.zipf"
  check_number(where .. ": exponent", exponent, 0)
  if type(max) ~= "number" or not (max >= 1 and max <= 100000) then
    argument.mismatch(where .. ": max", "a number from 1 to 100000", max)
  end
  local sums = cumulative.sums(cumulative.zipf_weights(max, exponent))
  return make(function() return cumulative.draw(sums) end)
end

local function column_of(where, rows, column)
  argument.typed(where .. ": column", column, "string")
  local values = {}
  for index = 1, rows:size() do
    local row = rows:get(index)
    values[index] = tonumber(type(row) == "table" and row[column])
    if not values[index] then
      argument.mismatch(("%s: row %d: %s"):format(where, index, column), "a number",
        type(row) == "table" and row[column] or nil)
    end
  end
  return values
end

--- Lengths as they were observed: each value of a list, or of a data set's column, equally likely.
---
--- Cost: reads the whole data set once per worker.
---@param values number[]|perigee.data.DataSet
---@param column string|nil of a data set: the field with the length
---@return perigee.text.Length
function M.length.empirical(values, column)
  local where = "perigee.text.length.empirical"
  argument.typed(where, values, "table")
  if getmetatable(values) and values.get then
    values = column_of(where, values, column)
  end
  if #values == 0 then
    argument.raise(where .. ": expected a list with a length in it at least")
  end
  for index, value in ipairs(values) do
    check_number(("%s: [%d]"):format(where, index), value, 0)
  end
  return make(function() return values[math.floor(native.random() * #values) + 1] end)
end

M.length = argument.strict_module("perigee.text.length", M.length)

--- A number of tokens from a number, a text that is one (as CSV fields are) or a length.
---@param where string
---@param value number|string|perigee.text.Length
---@return integer
function M.tokens(where, value)
  if getmetatable(value) == metatable then
    return value:sample()
  end
  local number = tonumber(value)
  check_number(where, number or value, 1,
    ("a number of tokens from 1 to %g, or a length such as text.length.uniform(100, 500)"):format(
      MOST))
  return math.floor(number + 0.5)
end

return M
