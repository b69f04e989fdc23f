-- How long pauses are: random durations, and pauses that keep a pace. The durations also serve as
-- lengths of anything else that is drawn, such as prompts in tokens.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

--- A random number of zero or more, made by perigee.between, constant, exponential, normal or
--- lognormal. Plain data: one object may be shared by all user classes.
---@class perigee.Distribution
---@field package kind "constant"|"uniform"|"exponential"|"normal"|"lognormal"
---@field package first number the value, the low end, the mean or the median; seconds of a duration
---@field package second number the high end, the standard deviation, or sigma
local Distribution = {}
Distribution.__index = Distribution

-- The Box-Muller transform's cosine half: a state to keep the other half in would make draws depend
-- on who drew before.
local function standard_normal()
  local radius = math.sqrt(-2 * math.log(native.random()))
  return radius * math.cos(2 * math.pi * native.random())
end

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
  normal = function(self)
    return math.max(0, self.first + self.second * standard_normal())
  end,
  lognormal = function(self)
    return self.first * math.exp(self.second * standard_normal())
  end,
}

local SHOWN = {
  constant = "perigee.constant(%g)",
  uniform = "perigee.between(%g, %g)",
  exponential = "perigee.exponential(%g)",
  normal = "perigee.normal(%g, %g)",
  lognormal = "perigee.lognormal(%g, %g)",
}

-- What argument.seconds takes too: 30 years.
local LONGEST = 1e9

--- Draws from the running VU's random stream.
---@return number seconds from 0 to 1e9
function Distribution:sample()
  return math.min(DRAW[self.kind](self), LONGEST)
end

function Distribution:__tostring()
  return SHOWN[self.kind]:format(self.first, self.second)
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

---@param where string
---@param mean number|string
---@param sd number|string
---@return perigee.Distribution
function M.normal(where, mean, sd)
  return make("normal", argument.seconds(where .. ": mean", mean),
    argument.seconds(where .. ": sd", sd))
end

-- Above it one draw in a few thousand is longer than any test.
local MOST_SIGMA = 5

---@param where string
---@param median number|string
---@param sigma number
---@return perigee.Distribution
function M.lognormal(where, median, sigma)
  if type(sigma) ~= "number" or not (sigma >= 0 and sigma <= MOST_SIGMA) then
    argument.mismatch(where .. ": sigma", ("a number from 0 to %d"):format(MOST_SIGMA), sigma)
  end
  return make("lognormal", argument.seconds(where .. ": median", median), sigma)
end

--- A pause that lasts until a period is over that began with the iteration, made by
--- perigee.constant_pacing or perigee.constant_throughput.
---@class perigee.Pacing
---@field package period number seconds
local Pacing = {}
Pacing.__index = Pacing

--- What is left of the period.
---@param run_time number seconds since the iteration began
---@return number seconds 0 where it took longer
function Pacing:rest(run_time)
  return math.max(0, self.period - run_time)
end

function Pacing:__tostring()
  return ("perigee.constant_pacing(%g)"):format(self.period)
end

---@param where string
---@param period number|string
---@return perigee.Pacing
function M.pacing(where, period)
  return setmetatable({ period = argument.seconds(where, period) }, Pacing)
end

---@param where string
---@param per_second number
---@return perigee.Pacing
function M.throughput(where, per_second)
  if type(per_second) ~= "number" or not (per_second >= 1e-6 and per_second <= 1e6) then
    argument.mismatch(where, "a number of iterations per second above 0", per_second)
  end
  return setmetatable({ period = 1 / per_second }, Pacing)
end

---@param value any
---@return boolean
function M.is_pacing(value)
  return getmetatable(value) == Pacing
end

---@param value any
---@return boolean
function M.is_distribution(value)
  return getmetatable(value) == Distribution
end

local function refuse_pacing(where, value)
  if M.is_pacing(value) then
    argument.raise(where .. ": a pace has no length of its own, it fills an iteration's period; "
      .. "only think_time takes constant_pacing and constant_throughput")
  end
end

--- A distribution as it is; a number of seconds or a duration text becomes a constant.
---@param where string
---@param value number|string|perigee.Distribution
---@return perigee.Distribution
function M.from(where, value)
  if M.is_distribution(value) then
    return value --[[@as perigee.Distribution]]
  end
  refuse_pacing(where, value)
  return M.constant(where, value --[[@as number|string]])
end

--- What think_time takes: a pacing too.
---@param where string
---@param value perigee.Pause
---@return perigee.Distribution|perigee.Pacing
function M.pause(where, value)
  if M.is_pacing(value) then
    return value --[[@as perigee.Pacing]]
  end
  return M.from(where, value --[[@as number|string|perigee.Distribution]])
end

--- One duration from a number, a text or a distribution.
---@param where string
---@param value number|string|perigee.Distribution
---@return number seconds
function M.seconds(where, value)
  if M.is_distribution(value) then
    return value:sample()
  end
  refuse_pacing(where, value)
  return argument.seconds(where, value)
end

return M
