-- The fields of a request to a model, from a script's table to the body that is sent.
--
-- The script's tables are never changed: what is added goes into copies.

local argument = require "perigee.internal.argument"
local llm_client = require "perigee.internal.llm_client"
local native = require "perigee.native"

local M = {}

local UNKNOWN = "a field of the API that perigee does not know goes into extra = { … }"

-- An empty list is {} in Lua and would be sent so.
local EMPTY_LIST = native.json_array({})

---@class perigee.internal.Schema
---@field sent table<string, string> the API's fields that are sent under their own names
---@field all table<string, string> the known fields
---@field lists table<string, true> the fields that are lists

--- What one dialect's requests may have.
---@param sent table<string, string> name -> type, "any" where the API takes more than one
---@param own table<string, string> fields of perigee's own, beside those of all dialects
---@param lists string[]
---@return perigee.internal.Schema
function M.schema(sent, own, lists)
  local is_list = {}
  for _, name in ipairs(lists) do
    is_list[name] = true
  end
  local kept = argument.merged(llm_client.REQUEST_FIELDS, own)
  return { sent = sent, all = argument.merged(sent, kept), lists = is_list }
end

local function check(where, name, value, schema)
  local expected = schema.all[name]
  if not expected then
    argument.unknown_field(where, name, schema.all, UNKNOWN)
  elseif expected ~= "any" and type(value) ~= expected and value ~= native.null then
    argument.mismatch(("%s: %s"):format(where, name), "a " .. expected, value)
  end
end

--- Checks a request's fields and copies those that are sent into the body.
---@param where string
---@param request any
---@param body table
---@param schema perigee.internal.Schema
---@return table body
function M.collect(where, request, body, schema)
  argument.typed(where, request, "table")
  for name, value in pairs(request) do
    check(where, name, value, schema)
    if schema.sent[name] then
      local is_empty = schema.lists[name] and type(value) == "table" and next(value) == nil
      body[name] = is_empty and EMPTY_LIST or value
    end
  end
  return body
end

--- The turns of a conversation; a text is one user turn.
---@param where string
---@param messages any
---@return table[]
function M.turns(where, messages)
  if type(messages) == "string" then
    return { { role = "user", content = messages } }
  elseif type(messages) ~= "table" then
    argument.mismatch(where .. ": messages", "a text or a list of turns", messages)
  elseif messages.role ~= nil then
    argument.raise(where .. ": messages: expected a list of turns, got one; "
      .. 'write messages = { { role = "user", content = … } }')
  end
  return next(messages) == nil and EMPTY_LIST or messages
end

--- Adds what perigee does not know; it wins.
---@param body table
---@param extra table|nil
function M.add_extra(body, extra)
  for name, value in pairs(extra or {}) do
    body[name] = value
  end
end

local function names_of(tools)
  local names = {}
  for _, tool in ipairs(type(tools) == "table" and tools or {}) do
    local inner = type(tool) == "table" and (tool["function"] or tool)
    names[#names + 1] = type(inner) == "table" and inner.name or nil
  end
  return names
end

--- The tool that a text such as "get_weather" chooses; nil for a word of the API such as "auto".
---
--- Errors: raises for a text that is neither.
---@param where string
---@param choice string
---@param words string[] of the API
---@param tools any as the body has them
---@return string|nil name
function M.chosen_tool(where, choice, words, tools)
  local names = names_of(tools)
  for _, name in ipairs(names) do
    if choice == name then
      return name
    end
  end
  for _, word in ipairs(words) do
    if choice == word then
      return nil
    end
    names[#names + 1] = word
  end
  argument.raise(('%s: tool_choice: expected "%s" or the name of a tool, got %s%s'):format(where,
    table.concat(words, '", "'), argument.shown(choice), argument.did_you_mean(choice, names)))
end

return M
