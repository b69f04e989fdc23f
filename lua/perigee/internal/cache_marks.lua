-- Breakpoints of the prompt cache in a conversation that grows.
--
-- https://docs.claude.com/en/docs/build-with-claude/prompt-caching

local argument = require "perigee.internal.argument"

local M = {}

local EPHEMERAL = { type = "ephemeral" }

-- The API refuses more in one request.
local MOST = 4

local function count(blocks)
  local found = 0
  for _, block in ipairs(type(blocks) == "table" and blocks or {}) do
    found = found + (type(block) == "table" and block.cache_control and 1 or 0)
  end
  return found
end

local function count_all(request)
  local found = count(request.tools) + count(request.system) + (request.cache_control and 1 or 0)
  for _, turn in ipairs(request.messages) do
    found = found + count(turn.content)
  end
  return found
end

local function as_blocks(content)
  if type(content) == "table" then
    return argument.merged(content)
  end
  return { { type = "text", text = content } }
end

-- A copy whose last block is a breakpoint; the same where it is one, or where there is no block.
local function marked(content)
  local blocks = as_blocks(content)
  local last = blocks[#blocks]
  if type(last) ~= "table" or last.cache_control or last.text == "" then
    return content
  end
  blocks[#blocks] = argument.merged(last, { cache_control = EPHEMERAL })
  return blocks
end

local function last_user_turn(messages)
  for index = #messages, 1, -1 do
    if messages[index].role == "user" then
      return index
    end
  end
end

--- Marks the end of the newest user turn, which the next request will begin with, and the end of
--- the system prompt, as far as the script's own breakpoints leave room. Changes fields of the
--- request, but none of the tables in them.
---@param request perigee.anthropic.Request its messages are a list of turns
function M.place(request)
  local room = MOST - count_all(request)
  local last = last_user_turn(request.messages)
  if last and room > 0 then
    local turn = request.messages[last]
    local content = marked(turn.content)
    room = content ~= turn.content and room - 1 or room
    request.messages = argument.merged(request.messages)
    request.messages[last] = { role = "user", content = content }
  end
  if request.system and room > 0 then
    request.system = marked(request.system)
  end
end

return M
