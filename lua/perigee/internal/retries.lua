-- When a failed request is sent again.

local argument = require "perigee.internal.argument"

local M = {}

--- How often and when. What is left out is as the SDKs have it.
---@class perigee.llm.RetryRules
---@field max integer requests after the first one
---@field base perigee.Duration|nil before the first retry; doubles with each; default "500ms"
---@field cap perigee.Duration|nil the longest; default "8s"
---@field jitter number|nil from 0 to 1: delays are drawn from (1 - jitter, 1] of what is computed;
---  default 0.25
---@field statuses (integer|string|integer[])[]|nil such as { 429, "500-599" }; default 408, 409,
---  429 and from 500 on
---@field honor_retry_after boolean|nil wait for what the server asks instead; default true

--- "none", what an official SDK does, or rules of one's own. Retries hide what the server refuses,
--- so there are none unless they are asked for.
---@alias perigee.llm.Retries "none"|"sdk-python"|"sdk-ts"|"sdk-openai"|perigee.llm.RetryRules

local NAMES = { "none", "sdk-python", "sdk-ts", "sdk-openai" }

local FIELDS = {
  max = "number",
  base = "any",
  cap = "any",
  jitter = "number",
  statuses = "table",
  honor_retry_after = "boolean",
}

local function check_name(where, name)
  for _, known in ipairs(NAMES) do
    if name == known then
      return name
    end
  end
  argument.raise(('%s: expected "%s" or a table, got %s%s'):format(where,
    table.concat(NAMES, '", "'), argument.shown(name), argument.did_you_mean(name, NAMES)))
end

local function is_status(value)
  return type(value) == "number" and value >= 100 and value <= 999 and value % 1 == 0
end

local function range_of(where, entry)
  local low, high = entry, entry
  if type(entry) == "string" then
    low, high = entry:match("^(%d+)%s*%-%s*(%d+)$")
    low, high = tonumber(low or entry), tonumber(high or entry)
  elseif type(entry) == "table" then
    low, high = entry[1], entry[2]
  end
  if not is_status(low) or not is_status(high) or low > high then
    argument.mismatch(where, 'a status such as 429 or a range such as "500-599"', entry)
  end
  return { low, high }
end

local function ranges_of(where, statuses)
  argument.list(where, statuses, "statuses")
  local ranges = {}
  for index, entry in ipairs(statuses) do
    ranges[index] = range_of(("%s[%d]"):format(where, index), entry)
  end
  return ranges
end

local function optional_seconds(where, value)
  return value ~= nil and argument.seconds(where, value) or nil
end

--- Checked, as native.llm_open takes it: a name, or a table whose durations are seconds and whose
--- statuses are pairs { low, high }.
---@param where string
---@param given perigee.llm.Retries|nil
---@return string|table|nil
function M.from(where, given)
  if given == nil then
    return nil
  elseif type(given) == "string" then
    return check_name(where, given)
  elseif type(given) ~= "table" then
    argument.mismatch(where, ('"%s" or a table'):format(table.concat(NAMES, '", "')), given)
  end
  argument.fields(where, given, FIELDS)
  argument.whole(where .. ": max", given.max, 0)
  local jitter = given.jitter
  if jitter and not (jitter >= 0 and jitter <= 1) then
    argument.mismatch(where .. ": jitter", "a number from 0 to 1", jitter)
  end
  local base = optional_seconds(where .. ": base", given.base)
  local cap = optional_seconds(where .. ": cap", given.cap)
  if base and cap and cap < base then
    argument.raise(where .. ": cap: shorter than base")
  end
  return {
    max = given.max,
    base = base,
    cap = cap,
    jitter = jitter,
    statuses = given.statuses and ranges_of(where .. ": statuses", given.statuses),
    honor_retry_after = given.honor_retry_after,
  }
end

return M
