-- Client-side rate limits: token buckets that all VUs of the process share.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

--- At least one limit. Clients with the same endpoint, model and limits share their buckets.
---@class perigee.llm.Limits
---@field rpm number|nil requests per minute
---@field itpm number|nil input tokens per minute
---@field otpm number|nil output tokens per minute
---@field tpd number|nil tokens per day, input and output together
---@field concurrency integer|nil requests at once
---@field burst perigee.Duration|nil a bucket holds the refill of this time, one request at least;
---  default "1s"
---@field mode "observe"|"pace"|nil "observe" counts what would be used and nobody waits; "pace":
---  requests wait until they fit; default "observe"

local QUANTITIES = { "rpm", "itpm", "otpm", "tpd", "concurrency" }

local FIELDS = {
  rpm = "number",
  itpm = "number",
  otpm = "number",
  tpd = "number",
  concurrency = "number",
  burst = "any",
  mode = "string",
}

local function check(where, given)
  argument.fields(where, given, FIELDS)
  local found = false
  for _, name in ipairs(QUANTITIES) do
    local value = given[name]
    if value and not (value > 0 and value < math.huge) then
      argument.mismatch(("%s: %s"):format(where, name), "a number above 0", value)
    end
    found = found or value ~= nil
  end
  if not found then
    argument.raise(("%s: no limit; name at least one of %s")
      :format(where, table.concat(QUANTITIES, ", ")))
  elseif given.concurrency then
    argument.whole(where .. ": concurrency", given.concurrency, 1)
  end
  if given.mode and given.mode ~= "observe" and given.mode ~= "pace" then
    argument.mismatch(where .. ": mode", '"observe" or "pace"', given.mode)
  end
end

-- Equal limits, equal text.
local function text_of(limits)
  local parts = {}
  for _, name in ipairs(argument.names(limits)) do
    parts[#parts + 1] = ("%s=%s"):format(name, tostring(limits[name]))
  end
  return table.concat(parts, " ")
end

--- Declares the limits of a client. Only while the script loads.
---@param where string
---@param given perigee.llm.Limits|nil
---@param base_url string
---@param model string
---@return integer|nil id of the shared buckets
function M.declare(where, given, base_url, model)
  if given == nil then
    return nil
  end
  argument.while_loading(where)
  check(where, given)
  local limits = argument.merged(given, {
    burst = argument.seconds(where .. ": burst", given.burst or 1),
    mode = given.mode or "observe",
  })
  local key = ("%s %s %s"):format(base_url, model, text_of(limits))
  return argument.call(where, native.pacing, key, limits)
end

return M
