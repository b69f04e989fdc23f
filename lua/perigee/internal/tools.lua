-- The tools of a conversation: what the model is told of them, and running them.

local argument = require "perigee.internal.argument"
local distribution = require "perigee.internal.distribution"
local native = require "perigee.native"

local M = {}

--- A tool that the script runs, or, with a `type` and without `run`, one of the provider's own.
--- Other fields, such as `strict` and `cache_control`, are sent as they are.
---@class perigee.anthropic.Tool
---@field run nil|fun(input: any): any a text, a list of content blocks, or a value that is sent as
---  JSON; may wait; an error is told to the model
---@field description string|nil
---@field input_schema table|nil a JSON schema; default any object
---@field latency number|string|perigee.Distribution|nil how long the tool takes, beside what run
---  takes; default 0
---@field type string|nil such as "web_search_20250305"

---@class perigee.internal.Tools
---@field definitions table[]|nil as they are sent, by name; nil where there are none
---@field has_server_tools boolean
---@field private by_name table<string, { run: function, latency: perigee.Distribution }>
---@field private sequential boolean
local Tools = {}
Tools.__index = Tools

local TYPES = {
  run = "function",
  description = "string",
  input_schema = "table",
  latency = "any",
  type = "string",
}

local ANY_OBJECT = { type = "object" }

local function check_tool(place, tool)
  argument.typed(place, tool, "table")
  for field, expected in pairs(TYPES) do
    local value = tool[field]
    if value ~= nil and expected ~= "any" and type(value) ~= expected then
      argument.mismatch(("%s.%s"):format(place, field), "a " .. expected, value)
    end
  end
  if not tool.run and not tool.type then
    argument.mismatch(place .. ".run", "a function", tool.run)
  end
end

local function definition(name, tool)
  local sent = argument.merged(tool, { name = name })
  sent.run, sent.latency = nil, nil
  if not sent.type then
    sent.input_schema = sent.input_schema or ANY_OBJECT
  end
  return sent
end

---@param where string
---@param tools table<string, perigee.anthropic.Tool>|nil
---@param sequential boolean|nil
---@return perigee.internal.Tools
function M.new(where, tools, sequential)
  local self = setmetatable({
    has_server_tools = false,
    by_name = {},
    sequential = sequential or false,
  }, Tools)
  -- Sorted: tools are the beginning of what a prompt cache remembers.
  for _, name in ipairs(argument.names(tools or {})) do
    local tool, place = tools[name], ("%s: tools.%s"):format(where, name)
    check_tool(place, tool)
    self.definitions = self.definitions or {}
    table.insert(self.definitions, definition(name, tool))
    self.has_server_tools = self.has_server_tools or not tool.run
    self.by_name[name] = tool.run and {
      run = tool.run,
      latency = distribution.from(place .. ".latency", tool.latency or 0),
    }
  end
  if tools and not self.definitions and next(tools) ~= nil then
    argument.raise(where .. ": tools: expected tools by their names, as in { get_time = { … } }")
  end
  return self
end

local function is_content(value)
  local first = rawget(value, 1)
  return type(first) == "table" and type(first.type) == "string"
end

-- What run returned, as the API takes it; nil for nothing.
local function content_of(result)
  if type(result) == "table" then
    -- A copy: the script may go on with its table.
    local json = argument.json("what the tool returned", result)
    return is_content(result) and native.json_decode(json) or json
  end
  return result ~= nil and result ~= "" and tostring(result) or nil
end

local function run_one(tool, tool_use)
  if not tool then
    return false, ('there is no tool "%s"'):format(tool_use.name)
  end
  local seconds = tool.latency:sample()
  if seconds > 0 then
    native.sleep(seconds)
  end
  return pcall(function()
    return content_of(tool.run(tool_use.input or {}))
  end)
end

local function result_block(tool_use, ok, content)
  return {
    type = "tool_result",
    tool_use_id = tool_use.id,
    content = ok and content or not ok and tostring(content) or nil,
    is_error = not ok or nil,
  }
end

--- Runs the tools that an answer calls, at once unless they are sequential.
---@async
---@param tool_uses perigee.llm.ToolUse[]
---@return table[] results blocks of the user turn that answers it, in the order of the calls
function Tools:run(tool_uses)
  local calls, results = {}, {}
  for index, tool_use in ipairs(tool_uses) do
    calls[index] = function()
      return result_block(tool_use, run_one(self.by_name[tool_use.name], tool_use))
    end
  end
  if not self.sequential and #calls > 1 then
    return (native.all(calls, 0, false))
  end
  for index, call in ipairs(calls) do
    results[index] = call()
  end
  return results
end

return M
