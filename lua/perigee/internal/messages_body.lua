-- The body of a Messages API request, from a script's fields and a client's defaults.
--
-- https://docs.claude.com/en/api/messages

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

--- A request's fields. Those of the API are sent as they are; the API, not perigee, judges them.
---@class perigee.anthropic.Request
---@field messages string|table[] one user turn as a text, or the list of turns
---@field model string|nil default the client's
---@field max_tokens integer|nil default the client's
---@field system string|table[]|nil default the client's
---@field temperature number|nil
---@field top_p number|nil
---@field top_k integer|nil
---@field stop_sequences string[]|nil
---@field tools table[]|nil
---@field tool_choice table|nil
---@field thinking table|nil
---@field metadata table|nil
---@field service_tier string|nil
---@field output_config table|nil
---@field cache_control table|nil
---@field container string|table|nil
---@field extra table|nil fields of the API that perigee does not know; sent as they are
---@field name string|nil the tag `name`; default the client's
---@field tags table<string, string|number|boolean>|nil beside the client's
---@field timeouts perigee.llm.Timeouts|nil instead of the client's, one by one
---@field stop_after_tokens integer|nil cancel a stream at so many content events, which are about
---  tokens: its user has seen enough

-- Sent. "any" where the API takes more than one type.
local API_FIELDS = {
  messages = "any",
  model = "string",
  max_tokens = "number",
  system = "any",
  temperature = "number",
  top_p = "number",
  top_k = "number",
  stop_sequences = "table",
  tools = "table",
  tool_choice = "table",
  thinking = "table",
  metadata = "table",
  service_tier = "string",
  output_config = "table",
  cache_control = "table",
  container = "any",
}

-- Kept.
local OWN_FIELDS = {
  extra = "table",
  name = "string",
  tags = "table",
  timeouts = "table",
  stop_after_tokens = "number",
}

local ALL_FIELDS = argument.merged(API_FIELDS, OWN_FIELDS)

local UNKNOWN = "a field of the API that perigee does not know goes into extra = { … }"

-- Lists that are empty in Lua would be sent as {}.
local EMPTY_LIST = native.json_array({})
local LISTS = { messages = true, system = true, stop_sequences = true, tools = true }

local function check_field(where, name, value)
  local expected = ALL_FIELDS[name]
  if not expected then
    argument.unknown_field(where, name, ALL_FIELDS, UNKNOWN)
  elseif expected ~= "any" and type(value) ~= expected and value ~= native.null then
    argument.mismatch(("%s: %s"):format(where, name), "a " .. expected, value)
  end
end

local function turns(where, messages)
  if type(messages) == "string" then
    return { { role = "user", content = messages } }
  elseif type(messages) ~= "table" then
    argument.mismatch(where .. ": messages", "a text or a list of turns", messages)
  elseif messages.role ~= nil then
    argument.raise(where .. ": messages: expected a list of turns, got one; "
      .. 'write messages = { { role = "user", content = … } }')
  end
  return messages
end

--- The body as JSON text. Never changes the script's tables.
---
--- Cost: one flat copy of the request's fields and one encoding.
---@param where string
---@param request perigee.anthropic.Request
---@param defaults { model: string, max_tokens: integer|nil, system: string|table|nil }
---@param stream boolean
---@return string json
---@return string model
function M.encode(where, request, defaults, stream)
  argument.typed(where, request, "table")
  local body = {
    model = defaults.model,
    max_tokens = defaults.max_tokens,
    system = defaults.system,
  }
  for name, value in pairs(request) do
    check_field(where, name, value)
    if API_FIELDS[name] then
      local is_empty = LISTS[name] and type(value) == "table" and next(value) == nil
      body[name] = is_empty and EMPTY_LIST or value
    end
  end
  body.messages = turns(where, body.messages)
  for name, value in pairs(request.extra or {}) do
    body[name] = value
  end
  if body.max_tokens == nil then
    argument.raise(where .. ": max_tokens: missing here and in the client; the API requires it")
  end
  body.stream = stream or nil
  local model = type(body.model) == "string" and body.model or defaults.model
  return argument.json(where, body), model
end

return M
