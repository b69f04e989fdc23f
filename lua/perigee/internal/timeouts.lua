-- The time-outs of streamed requests.

local argument = require "perigee.internal.argument"

local M = {}

---@class perigee.llm.Timeouts
---@field connect perigee.Duration|nil DNS, TCP and TLS; default "10s"
---@field first_event perigee.Duration|nil from sending to the first event; default "120s"
---@field silence perigee.Duration|nil without a byte, once the stream has begun; default "60s"
---@field total perigee.Duration|nil default "600s"

--- In seconds.
M.DEFAULTS = { connect = 10, first_event = 120, silence = 60, total = 600 }

local FIELDS = { connect = "any", first_event = "any", silence = "any", total = "any" }

--- The given time-outs in seconds; the others from `defaults`.
---@param where string
---@param given perigee.llm.Timeouts
---@param defaults table<string, number>
---@return table<string, number>
function M.in_seconds(where, given, defaults)
  argument.fields(where, given, FIELDS)
  local timeouts = argument.merged(defaults)
  for name, value in pairs(given) do
    timeouts[name] = argument.seconds(where .. "." .. name, value)
  end
  return timeouts
end

return M
