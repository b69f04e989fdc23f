-- Recorded conversations, brought into the form of the Messages API.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

---@class perigee.data.Conversation
---@field messages { role: "user"|"assistant", content: string|table[] }[] beginning and ending with
---  a user turn, so that they can be sent as they are; the roles alternate
---@field system string|nil
---@field answer string|table[]|nil what the recorded assistant said to the last user turn

local ROLES = {
  human = "user",
  user = "user",
  gpt = "assistant",
  chatgpt = "assistant",
  assistant = "assistant",
  bing = "assistant",
  bard = "assistant",
  model = "assistant",
  system = "system",
  developer = "system",
}

-- nil where a turn says nothing.
local function content_of(turn)
  local content = turn.value
  if content == nil then
    content = turn.content
  end
  if type(content) == "table" and #content > 0 or type(content) == "string" and content ~= "" then
    return content
  end
end

local function as_blocks(content)
  if type(content) == "table" then
    return content
  end
  return { { type = "text", text = content } }
end

-- Two turns of one role become one: the API wants them to alternate.
local function joined(first, second)
  if type(first) == "string" and type(second) == "string" then
    return first .. "\n\n" .. second
  end
  local blocks = {}
  for _, content in ipairs { first, second } do
    for _, block in ipairs(as_blocks(content)) do
      blocks[#blocks + 1] = block
    end
  end
  return native.json_array(blocks)
end

local function text_of(content)
  if type(content) == "string" then
    return content
  end
  local texts = {}
  for _, block in ipairs(content) do
    texts[#texts + 1] = type(block) == "table" and type(block.text) == "string" and block.text
      or nil
  end
  return table.concat(texts, "\n\n")
end

local function turns_of(row, where)
  local turns
  if type(row) == "table" then
    turns = row.conversations or row.conversation or row.messages
  end
  if type(turns) ~= "table" then
    argument.raise(where .. ": expected a conversation, with the field conversations or messages")
  end
  return turns
end

--- Turns of other roles (tools), empty ones, and what an assistant says before the first user are
--- left out.
---@param row any as decoded
---@param where string
---@return perigee.data.Conversation
function M.read(row, where)
  local messages, system = {}, nil
  for _, turn in ipairs(turns_of(row, where)) do
    local role = type(turn) == "table" and ROLES[turn.from or turn.role]
    local content = role and content_of(turn)
    local last = messages[#messages]
    if not content or role == "assistant" and not last then
      -- Left out.
    elseif role == "system" then
      system = system and system .. "\n\n" .. text_of(content) or text_of(content)
    elseif last and last.role == role then
      last.content = joined(last.content, content)
    else
      messages[#messages + 1] = { role = role, content = content }
    end
  end
  local answer
  if #messages > 0 and messages[#messages].role == "assistant" then
    answer = table.remove(messages).content
  end
  return { messages = messages, system = system, answer = answer }
end

---@param row perigee.data.Conversation
---@return boolean
function M.has_turns(row)
  return #row.messages > 0
end

return M
