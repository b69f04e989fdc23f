-- Pauses in long work, so that the other VUs of a worker are not kept waiting by it.

local native = require "perigee.native"

local M = {}

-- As long as a worker lets scripts run before it looks at its sockets again.
local SLICE = 0.002

--- A function to call after each piece of the work: now and then it lets other VUs go on.
---@return async fun()
function M.new()
  local began = native.now()
  return function()
    if native.now() - began > SLICE then
      native.sleep(0)
      began = native.now()
    end
  end
end

return M
