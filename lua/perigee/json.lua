-- JSON.
--
--     local json = require "perigee.json"
--
-- An empty table encodes as {}, unless it was made by json.array. Whole numbers are written without
-- a fraction. JSON's null is json.null, because a nil would drop the field.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

--- JSON's null, in both directions.
M.null = native.null

--- The value as JSON text.
---
--- Errors: raises for a value that JSON cannot hold (a function, NaN, a cycle), naming its place.
---@param value any
---@return string
---@nodiscard
function M.encode(value)
  return argument.json("perigee.json.encode", value)
end

--- The value of a JSON text. Integers outside ±2^53, which a number cannot hold, come as texts.
---
--- Errors: nil and the reason where the text is not JSON; raises where it is no text.
---@param text string
---@return any value
---@return string|nil error
---@nodiscard
function M.decode(text)
  argument.typed("perigee.json.decode", text, "string")
  return native.json_decode(text)
end

--- Marks a list as an array, so that it encodes as [] when it is empty.
---@generic T: table
---@param list T|nil default a new table
---@return T list the same table
function M.array(list)
  list = list or {}
  argument.typed("perigee.json.array", list, "table")
  return native.json_array(list)
end

return argument.strict_module("perigee.json", M)
