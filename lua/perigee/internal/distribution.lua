-- Random durations: what think_time and sleep take.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

--- A random duration, made by perigee.between, perigee.constant or perigee.exponential.
--- Plain data: one object may be shared by all user classes.
---@class perigee.Distribution
---@field package kind "constant"|"uniform"|"exponential"
---@field package first number seconds: the value, the low end or the mean
---@field package second number seconds: the high end
local Distribution = {}
Distribution.__index = Distribution

local DRAW = {
  constant = function(self)
    return self.first
  end,
  uniform = function(self)
    return self.first + (self.second - self.first) * native.random()
  end,
  exponential = function(self)
    return -self.first * math.log(native.random())
  end,
}

--- Draws from the running VU's random stream.
---@return number seconds never negative
function Distribution:sample()
  return DRAW[self.kind](self)
end

function Distribution:__tostring()
  if self.kind == "uniform" then
    return ("perigee.between(%g, %g)"):format(self.first, self.second)
  end
  return ("perigee.%s(%g)"):format(self.kind, self.first)
end

local function make(kind, first, second)
  return setmetatable({ kind = kind, first = first, second = second or 0 }, Distribution)
end

---@param where string
---@param low number|string
---@param high number|string
---@return perigee.Distribution
function M.uniform(where, low, high)
  local from, to = argument.seconds(where, low), argument.seconds(where, high)
  if from > to then
    argument.raise(("%s: the low end %s is above the high end %s"):format(
      where, argument.shown(low), argument.shown(high)))
  end
  return make("uniform", from, to)
end

---@param where string
---@param value number|string
---@return perigee.Distribution
function M.constant(where, value)
  return make("constant", argument.seconds(where, value))
end

---@param where string
---@param mean number|string
---@return perigee.Distribution
function M.exponential(where, mean)
  return make("exponential", argument.seconds(where, mean))
end

--- A distribution as it is; a number of seconds or a duration text becomes a constant.
---@param where string
---@param value perigee.Pause
---@return perigee.Distribution
function M.from(where, value)
  if getmetatable(value) == Distribution then
    return value --[[@as perigee.Distribution]]
  end
  return M.constant(where, value --[[@as number|string]])
end

--- One duration from a number, a text or a distribution.
---@param where string
---@param value perigee.Pause
---@return number seconds
function M.seconds(where, value)
  if getmetatable(value) == Distribution then
    return value:sample()
  end
  return argument.seconds(where, value)
end

return M
