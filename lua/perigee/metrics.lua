-- A script's own metrics, for thresholds and reports beside the built-in ones.
--
--     local metrics = require "perigee.metrics"
--     local answer_words = metrics.trend("answer_words")       -- at the top of the script
--     answer_words:add(42, { language = "en" })                -- in a task
--
-- Names are letters, digits and _, and are taken once: a name with another type or unit raises.
-- Tags: every distinct set of tags is a series of its own; do not tag with ids.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

---@alias perigee.metrics.Unit
---| "" a plain number
---| "s" a time; thresholds on it need a unit
---| "tokens"
---| "tokens/s"
---| "events"
---| "B" bytes
---| "usd"
---| "%" a share, recorded as 0 to 1

---@class perigee.metrics.Options
---@field unit perigee.metrics.Unit|nil default ""

---@alias perigee.metrics.Tags table<string, string|number|boolean>

local OPTIONS = { unit = "string" }

local UNITS = {
  [""] = true, s = true, ["%"] = true, tokens = true, ["tokens/s"] = true, events = true,
  B = true, usd = true,
}

local function check_unit(where, unit)
  if UNITS[unit] then
    return
  end
  local mend = "known are s, %, tokens, tokens/s, events, B, usd"
  if unit == "ms" or unit == "us" or unit == "ns" then
    mend = 'times are kept in seconds: unit = "s"'
  end
  argument.raise(('%s: unknown unit "%s"; %s'):format(where, unit, mend))
end

-- Declares the metric and makes the object that records into it.
local function declare(class, kind, name, unit)
  local where = "perigee.metrics." .. kind
  argument.while_loading(where)
  argument.typed(where, name, "string")
  local id = argument.call(where, native.declare_metric, name, kind, unit)
  return setmetatable({ id = id, name = name, unit = unit }, class)
end

local function unit_of(kind, options)
  local where = "perigee.metrics." .. kind
  argument.fields(where, options or {}, OPTIONS)
  local unit = options and options.unit or ""
  check_unit(where, unit)
  return unit
end

local function record(metric, value, tags)
  argument.in_vu(metric.name)
  if type(value) ~= "number" or value ~= value or value == math.huge or value == -math.huge then
    argument.mismatch(metric.name, "a number", value)
  end
  native.record(metric.id, value, argument.tags(metric.name .. ": tags", tags))
end

---@class perigee.metrics.Metric
---@field name string
---@field unit string
---@field package id integer

--- Adds up.
---@class perigee.metrics.Counter: perigee.metrics.Metric
local Counter = {}
Counter.__index = Counter

---@param value number|nil default 1; never negative
---@param tags perigee.metrics.Tags|nil
function Counter:add(value, tags)
  if value == nil then
    value = 1
  elseif type(value) == "number" and value < 0 then
    argument.mismatch(self.name, "a number from 0", value)
  end
  record(self, value, tags)
end

--- Keeps the last value.
---@class perigee.metrics.Gauge: perigee.metrics.Metric
local Gauge = {}
Gauge.__index = Gauge

---@param value number
---@param tags perigee.metrics.Tags|nil
function Gauge:set(value, tags)
  record(self, value, tags)
end

--- The same as set, as k6 calls it.
Gauge.add = Gauge.set

--- The share of true among all.
---@class perigee.metrics.Rate: perigee.metrics.Metric
local Rate = {}
Rate.__index = Rate

---@param value boolean|0|1
---@param tags perigee.metrics.Tags|nil
function Rate:add(value, tags)
  if value == true then
    value = 1
  elseif value == false then
    value = 0
  elseif value ~= 0 and value ~= 1 then
    argument.mismatch(self.name, "true or false", value)
  end
  record(self, value, tags)
end

--- A distribution: its average, percentiles and extremes.
---@class perigee.metrics.Trend: perigee.metrics.Metric
local Trend = {}
Trend.__index = Trend

---@param value number|string for the unit "s" a number of seconds, or a text such as "250ms"
---@param tags perigee.metrics.Tags|nil
function Trend:add(value, tags)
  if type(value) == "string" and self.unit == "s" then
    value = argument.seconds(self.name, value)
  end
  record(self, value, tags)
end

--- Declares a counter. Only while the script loads, like all four.
---@param name string
---@param options perigee.metrics.Options|nil
---@return perigee.metrics.Counter
---@nodiscard
function M.counter(name, options)
  return declare(Counter, "counter", name, unit_of("counter", options))
end

---@param name string
---@param options perigee.metrics.Options|nil
---@return perigee.metrics.Gauge
---@nodiscard
function M.gauge(name, options)
  return declare(Gauge, "gauge", name, unit_of("gauge", options))
end

--- Declares a rate; its unit is always "%".
---@param name string
---@return perigee.metrics.Rate
---@nodiscard
function M.rate(name)
  return declare(Rate, "rate", name, "%")
end

---@param name string
---@param options perigee.metrics.Options|nil
---@return perigee.metrics.Trend
---@nodiscard
function M.trend(name, options)
  return declare(Trend, "trend", name, unit_of("trend", options))
end

return argument.strict_module("perigee.metrics", M)
