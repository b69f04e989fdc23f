-- The body of a request to OpenAI's responses, from the same fields as a chat completion's.
--
-- https://platform.openai.com/docs/api-reference/responses/create

local argument = require "perigee.internal.argument"
local chat_body = require "perigee.internal.chat_body"
local prompt_cache = require "perigee.internal.prompt_cache"
local request_fields = require "perigee.internal.request_fields"

local M = {}

local SENT = {
  model = "string",
  tools = "table",
  tool_choice = "any",
  temperature = "number",
  top_p = "number",
  user = "string",
  metadata = "table",
}

-- Sent under other names.
local RENAMED = {
  messages = "any",
  system = "string",
  max_tokens = "number",
  response_format = "table",
  reasoning_effort = "string",
}

local OWN = argument.merged(RENAMED, { cache = "string" })
local SCHEMA = request_fields.schema(SENT, OWN, { "tools" })

-- The responses have the schema's name and the like beside its type, not one level below.
local function text_format(format)
  if type(format.json_schema) ~= "table" then
    return format
  end
  local flat = argument.merged(format.json_schema, format)
  flat.json_schema = nil
  return flat
end

local function add_prompt(where, body, request, defaults)
  body.instructions = request.system or defaults.system
  body.input = request_fields.turns(where, request.messages)
  if chat_body.check_cache(where, request.cache or defaults.cache) ~= "cold" then
    return
  elseif body.instructions then
    body.instructions = prompt_cache.made_unique(body.instructions, "input_text")
  else
    body.input = prompt_cache.unique_turns(body.input, "input_text")
  end
end

--- The body as a table, which is not the script's.
---@param where string
---@param request perigee.openai.Request
---@param defaults perigee.internal.OpenaiDefaults
---@return table body
---@return number|nil max_tokens
function M.build(where, request, defaults)
  local body = request_fields.collect(where, request, { model = defaults.model }, SCHEMA)
  local tool = chat_body.chosen_tool(where, body)
  add_prompt(where, body, request, defaults)
  if tool then
    body.tool_choice = { type = "function", name = tool }
  end
  if request.response_format then
    body.text = { format = text_format(request.response_format) }
  end
  if request.reasoning_effort then
    body.reasoning = { effort = request.reasoning_effort }
  end
  body.max_output_tokens = request.max_tokens or defaults.max_tokens
  request_fields.add_extra(body, request.extra)
  return body, body.max_output_tokens
end

return M
