-- The body of a chat completion, from a script's fields and a client's defaults.
--
-- https://platform.openai.com/docs/api-reference/chat/create

local prompt_cache = require "perigee.internal.prompt_cache"
local request_fields = require "perigee.internal.request_fields"

local M = {}

--- Which prefix a request shares with others. "cold": none; a text that no other request has stands
--- in front of the first turn. "none": as the request says.
---@alias perigee.openai.Cache "cold"|"none"

--- A request's fields. Those of the API are sent as they are, but for the short forms; the API, not
--- perigee, judges them.
---@class perigee.openai.Request: perigee.llm.RequestOptions
---@field messages string|table[] one user turn as a text, or the list of turns
---@field model string|nil default the client's
---@field system string|table[]|nil sent as the first turn, or, of responses, as instructions;
---  default the client's
---@field max_tokens integer|nil sent under the name that the server knows; default the client's
---@field tools table[]|nil
---@field tool_choice string|table|nil "auto", "none", "required", a tool's name, or the API's table
---@field temperature number|nil
---@field top_p number|nil
---@field stop string|string[]|nil of chat alone
---@field seed integer|nil of chat alone
---@field response_format table|nil { type = "json_schema", json_schema = { … } } for both APIs
---@field reasoning_effort string|nil "low", "medium", "high" …
---@field user string|nil
---@field metadata table|nil
---@field usage boolean|nil ask a stream for its token counts; of chat alone; default the client's
---@field cache perigee.openai.Cache|nil default the client's

local SENT = {
  messages = "any",
  model = "string",
  tools = "table",
  tool_choice = "any",
  temperature = "number",
  top_p = "number",
  stop = "any",
  seed = "number",
  response_format = "table",
  reasoning_effort = "string",
  user = "string",
  metadata = "table",
}

local OWN = { system = "any", max_tokens = "number", usage = "boolean", cache = "string" }
local SCHEMA = request_fields.schema(SENT, OWN, { "stop", "tools" })

local CHOICES = { "auto", "none", "required" }
local CACHES = { "cold" }
local WITH_USAGE = { include_usage = true }

--- Raises for a word that `cache` does not know.
---@param where string
---@param cache string|nil
---@return string|nil
function M.check_cache(where, cache)
  return prompt_cache.check(where, cache, CACHES)
end

--- The name of the tool that `tool_choice` names; nil where it is no tool's name.
---@param where string
---@param body { tool_choice: any, tools: any }
---@return string|nil
function M.chosen_tool(where, body)
  local choice = body.tool_choice
  return type(choice) == "string"
    and request_fields.chosen_tool(where, choice, CHOICES, body.tools) or nil
end

-- The turns with the system's in front.
local function turns(where, body, system, cache, role)
  local list = request_fields.turns(where, body.messages)
  if system ~= nil then
    local whole = { { role = role, content = system } }
    for _, turn in ipairs(list) do
      whole[#whole + 1] = turn
    end
    list = whole
  end
  return cache == "cold" and prompt_cache.unique_turns(list, "text") or list
end

---@class perigee.internal.OpenaiDefaults
---@field model string
---@field max_tokens integer|nil
---@field system string|table[]|nil
---@field cache perigee.openai.Cache|nil
---@field usage boolean|nil
---@field max_tokens_field string
---@field system_role "system"|"developer"

-- Where neither names one, nil.
local function either(own, default)
  if own == nil then
    return default
  end
  return own
end

-- What all of the answer's choices together may have; nil where nothing bounds them.
local function most_tokens(body)
  local one = tonumber(body.max_tokens)
  local other = tonumber(body.max_completion_tokens)
  if not one and not other then
    return nil
  end
  return math.max(one or 0, other or 0) * math.max(1, tonumber(body.n) or 1)
end

--- The body as a table, which is not the script's.
---
--- Cost: one flat copy of the request's fields, and of the turns where there is a system's.
---@param where string
---@param request perigee.openai.Request
---@param defaults perigee.internal.OpenaiDefaults
---@param stream boolean
---@return table body
---@return number|nil max_tokens
function M.build(where, request, defaults, stream)
  local body = request_fields.collect(where, request, { model = defaults.model }, SCHEMA)
  local cache = M.check_cache(where, request.cache or defaults.cache)
  local system = either(request.system, defaults.system)
  local tool = M.chosen_tool(where, body)
  body.messages = turns(where, body, system, cache, defaults.system_role)
  if tool then
    body.tool_choice = { type = "function", ["function"] = { name = tool } }
  end
  body[defaults.max_tokens_field] = either(request.max_tokens, defaults.max_tokens)
  if stream and either(request.usage, defaults.usage) ~= false then
    body.stream_options = WITH_USAGE
  end
  request_fields.add_extra(body, request.extra)
  return body, most_tokens(body)
end

return M
