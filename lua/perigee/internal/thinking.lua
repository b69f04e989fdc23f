-- The short forms of `thinking`.

local argument = require "perigee.internal.argument"

local M = {}

local LEAST_BUDGET = 1024

-- Models since 4.6 think adaptively; those before take a budget alone.
local function is_adaptive(model)
  local major, minor = tostring(model):match("claude%-%a+%-(%d+)%-?(%d*)")
  if not major then
    return false
  end
  -- A date may follow the major version at once, as in "claude-opus-4-20250514".
  local release = #minor <= 2 and tonumber(minor) or 0
  return tonumber(major) * 100 + release >= 406
end

local function with_budget(budget)
  return { type = "enabled", budget_tokens = budget }
end

--- As the API takes it.
---@param where string
---@param given any true: as the model can, with half of max_tokens where it wants a budget; false;
---  "adaptive"; a budget in tokens; or the API's own table
---@param body { model: string, max_tokens: integer|nil }
---@return any
function M.expand(where, given, body)
  if given == true then
    if is_adaptive(body.model) then
      return { type = "adaptive" }
    end
    local half = math.floor((tonumber(body.max_tokens) or 0) / 2)
    return with_budget(math.max(half, LEAST_BUDGET))
  elseif given == false then
    return { type = "disabled" }
  elseif given == "adaptive" then
    return { type = "adaptive" }
  elseif type(given) == "number" then
    return with_budget(given)
  elseif type(given) == "string" then
    local expected = 'true, "adaptive", a budget in tokens or a table'
    argument.mismatch(where .. ": thinking", expected, given)
  end
  return given
end

return M
