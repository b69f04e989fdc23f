-- HTTP header lines.

local argument = require "perigee.internal.argument"

local M = {}

local NONE = {}

local function check_header(where, name, value)
  if type(name) ~= "string" then
    argument.mismatch(where, "names and values", name)
  end
  if type(value) ~= "string" and type(value) ~= "number" then
    argument.mismatch(("%s: %s"):format(where, argument.shown(name)), "a text", value)
  end
  if name:find("[%c%s:]") or name == "" or tostring(value):find("[\r\n%z]") then
    argument.raise(("%s: %s is not a valid header"):format(where, argument.shown(name)))
  end
end

--- Lines such as "content-type: application/json".
---@param where string
---@param headers any name -> value, as a script gave them; win over the defaults in any spelling
---@param defaults table<string, string>|nil lower-case name -> value
---@return string[]
function M.lines(where, headers, defaults)
  if not headers and not defaults then
    return NONE
  end
  headers = headers or NONE
  argument.typed(where, headers, "table")
  local lines, given = {}, {}
  for name, value in pairs(headers) do
    check_header(where, name, value)
    given[name:lower()] = true
    lines[#lines + 1] = name .. ": " .. value
  end
  for name, value in pairs(defaults or NONE) do
    if not given[name] then
      check_header(where, name, value)
      lines[#lines + 1] = name .. ": " .. value
    end
  end
  return lines
end

return M
