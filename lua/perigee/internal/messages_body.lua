-- The body of a Messages API request, from a script's fields and a client's defaults.
--
-- https://docs.claude.com/en/api/messages

local argument = require "perigee.internal.argument"
local prompt_cache = require "perigee.internal.prompt_cache"
local request_fields = require "perigee.internal.request_fields"
local thinking = require "perigee.internal.thinking"

local M = {}

--- Which prefix a request shares with others. "cold": none; a text that no other request has stands
--- in front of the system prompt (tools stand before that: one with a cache_control of its own is
--- still shared). "warm": all of the system prompt is marked to be cached, or, where there is none,
--- the conversation. "none": as the request says.
---@alias perigee.anthropic.Cache "cold"|"warm"|"none"

--- A request's fields. Those of the API are sent as they are, but for the short forms; the API, not
--- perigee, judges them.
---@class perigee.anthropic.Request: perigee.llm.RequestOptions
---@field messages string|table[] one user turn as a text, or the list of turns
---@field model string|nil default the client's
---@field max_tokens integer|nil default the client's
---@field system string|table[]|nil default the client's
---@field temperature number|nil
---@field top_p number|nil
---@field top_k integer|nil
---@field stop_sequences string[]|nil
---@field tools table[]|nil
---@field tool_choice string|table|nil "auto", "any", "none", a tool's name, or the API's table
---@field thinking boolean|integer|string|table|nil true: as the model can; "adaptive"; a budget in
---  tokens; or the API's table
---@field metadata table|nil
---@field service_tier string|nil
---@field output_config table|nil
---@field cache_control boolean|table|nil true: { type = "ephemeral" }
---@field container string|table|nil
---@field betas string[]|nil values of the header anthropic-beta, beside the client's
---@field cache perigee.anthropic.Cache|nil default the client's

local SENT = {
  messages = "any",
  model = "string",
  max_tokens = "number",
  system = "any",
  temperature = "number",
  top_p = "number",
  top_k = "number",
  stop_sequences = "table",
  tools = "table",
  tool_choice = "any",
  thinking = "any",
  metadata = "table",
  service_tier = "string",
  output_config = "table",
  cache_control = "any",
  container = "any",
}

local OWN = { betas = "table", cache = "string" }
local SCHEMA = request_fields.schema(SENT, OWN, { "system", "stop_sequences", "tools" })

local CHOICES = { "auto", "any", "none" }
local CACHES = { "cold", "warm" }
local EPHEMERAL = { type = "ephemeral" }

local function tool_choice(where, body)
  local choice = body.tool_choice
  if type(choice) ~= "string" then
    return choice
  end
  local name = request_fields.chosen_tool(where, choice, CHOICES, body.tools)
  return name and { type = "tool", name = name } or { type = choice }
end

-- A copy whose last block is a breakpoint of the cache; it keeps one that it has.
local function marked(system)
  if type(system) == "string" then
    return { { type = "text", text = system, cache_control = EPHEMERAL } }
  end
  local blocks = argument.merged(system)
  blocks[#blocks] = argument.merged({ cache_control = EPHEMERAL }, blocks[#blocks])
  return blocks
end

local function has_system(system)
  return type(system) == "string" and system ~= "" or type(system) == "table" and #system > 0
end

local function apply_cache(body, cache)
  if cache == "cold" then
    body.system = prompt_cache.made_unique(body.system, "text")
  elseif cache == "warm" and has_system(body.system) then
    body.system = marked(body.system)
  elseif cache == "warm" and body.cache_control == nil then
    body.cache_control = EPHEMERAL
  end
end

--- Raises for a word that `cache` does not know.
---@param where string
---@param cache string|nil
---@return string|nil
function M.check_cache(where, cache)
  return prompt_cache.check(where, cache, CACHES)
end

---@class perigee.internal.MessagesDefaults
---@field model string
---@field max_tokens integer|nil
---@field system string|table[]|nil
---@field cache perigee.anthropic.Cache|nil

--- The body as a table, which is not the script's. max_tokens may be missing.
---
--- Cost: one flat copy of the request's fields.
---@param where string
---@param request perigee.anthropic.Request
---@param defaults perigee.internal.MessagesDefaults
---@return table
function M.build(where, request, defaults)
  local body = request_fields.collect(where, request, {
    model = defaults.model,
    max_tokens = defaults.max_tokens,
    system = defaults.system,
  }, SCHEMA)
  body.messages = request_fields.turns(where, body.messages)
  body.tool_choice = tool_choice(where, body)
  body.thinking = thinking.expand(where, body.thinking, body)
  if body.cache_control == true then
    body.cache_control = EPHEMERAL
  end
  apply_cache(body, M.check_cache(where, request.cache or defaults.cache))
  request_fields.add_extra(body, request.extra)
  return body
end

--- The same for a request that is answered.
---
--- Errors: raises where max_tokens is missing.
---@param where string
---@param request perigee.anthropic.Request
---@param defaults perigee.internal.MessagesDefaults
---@return table
function M.build_whole(where, request, defaults)
  local body = M.build(where, request, defaults)
  if body.max_tokens == nil then
    argument.raise(where .. ": max_tokens: missing here and in the client; the API requires it")
  end
  return body
end

local COUNTED = {
  "model", "messages", "system", "tools", "tool_choice", "thinking", "output_config",
  "cache_control",
}

--- What is asked where only the input's tokens are counted.
---@param where string
---@param request perigee.anthropic.Request
---@param defaults perigee.internal.MessagesDefaults
---@return table
function M.build_counted(where, request, defaults)
  local whole, body = M.build(where, request, defaults), {}
  for _, name in ipairs(COUNTED) do
    body[name] = whole[name]
  end
  return body
end

--- The header's value that joins a request's betas with the client's.
---@param where string
---@param client_betas string[]|nil
---@param request_betas string[]|nil
---@return string|nil
function M.betas(where, client_betas, request_betas)
  local all, seen = {}, {}
  for _, betas in ipairs { client_betas or {}, request_betas or {} } do
    argument.list(where .. ": betas", betas, "texts")
    for _, beta in ipairs(betas) do
      argument.name(where .. ": betas", beta)
      if not seen[beta] then
        seen[beta] = true
        all[#all + 1] = beta
      end
    end
  end
  return #all > 0 and table.concat(all, ",") or nil
end

return M
