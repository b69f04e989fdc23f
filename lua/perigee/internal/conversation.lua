-- Conversations: a model's and a user's turns, and the tools that the model calls in between.

local argument = require "perigee.internal.argument"
local cache_marks = require "perigee.internal.cache_marks"
local content_blocks = require "perigee.internal.content_blocks"
local messages_body = require "perigee.internal.messages_body"
local native = require "perigee.native"
local tools = require "perigee.internal.tools"

local M = {}

--- Beside these, any field of a request but `messages`; they are the defaults of all requests.
---@class perigee.anthropic.ConversationOptions: perigee.anthropic.Request
---@field messages nil
---@field tools table<string, perigee.anthropic.Tool>|nil by name
---@field sequential boolean|nil run the tools that one answer calls one after the other; default
---  false: at once
---@field max_tool_rounds integer|nil requests after the first one of a say(); default 10
---@field max_turns integer|nil remember at most so many exchanges, the new one among them; default
---  all
---@field cache boolean|perigee.anthropic.Cache|nil true: breakpoints of the prompt cache at the end
---  of the system prompt and of the newest user turn; false: "none"; default the client's
---@field stream boolean|nil default true

--- One user's talk with a model. Belongs to one VU, and says one thing at a time.
---@class perigee.anthropic.Conversation
---@field messages table[] the turns that are remembered; to be read
---@field turns integer how many exchanges they are: what a user said, and all that answered it
---@field replies perigee.llm.Reply[] of the last say(), one for each request
---@field package client perigee.anthropic.Client
---@field package options table
---@field package request table fields of all requests
---@field package tools perigee.internal.Tools
---@field package lengths integer[] of each exchange, in turns
local Conversation = {}

local FIELDS = { messages = true, turns = true, replies = true }
local metatable = { __index = argument.strict_index("a conversation", Conversation, FIELDS) }

local OWN = {
  tools = "table",
  sequential = "boolean",
  max_tool_rounds = "number",
  max_turns = "number",
  stream = "boolean",
}

local function check_options(where, options)
  argument.typed(where, options, "table")
  for name, expected in pairs(OWN) do
    local value = options[name]
    if value ~= nil and type(value) ~= expected then
      argument.mismatch(("%s: %s"):format(where, name), "a " .. expected, value)
    end
  end
  if options.messages ~= nil then
    argument.raise(where .. ": messages: a conversation makes its own; begin it with conv:say(…)")
  end
  argument.whole(where .. ": max_tool_rounds", options.max_tool_rounds or 10, 0)
  argument.whole(where .. ": max_turns", options.max_turns or 1, 1)
end

-- The fields of all its requests. Its own breakpoints stand instead of the client's way of caching.
local function request_of(client, options, definitions)
  local request = argument.merged(options)
  for name in pairs(OWN) do
    request[name] = nil
  end
  request.tools = definitions
  if type(options.cache) == "boolean" then
    request.cache = "none"
  end
  if options.cache == true then
    request.system = options.system or client.defaults.system
  end
  return request
end

---@param where string
---@param client perigee.anthropic.Client
---@param options perigee.anthropic.ConversationOptions|nil
---@return perigee.anthropic.Conversation
function M.new(where, client, options)
  options = options or {}
  check_options(where, options)
  local declared = tools.new(where, options.tools, options.sequential)
  local request = request_of(client, options, declared.definitions)
  -- What cannot be sent is found here and not by the first say().
  messages_body.build(where, argument.merged(request, { messages = "Hello" }), client.defaults)
  return setmetatable({
    client = client,
    request = request,
    tools = declared,
    options = {
      marks = options.cache == true,
      max_tool_rounds = options.max_tool_rounds or 10,
      max_turns = options.max_turns or math.huge,
      stream = options.stream ~= false,
    },
    messages = {},
    lengths = {},
    turns = 0,
    replies = {},
  }, metatable)
end

-- A copy, so that the script may go on with its table.
local function user_content(where, content)
  if type(content) == "string" and content ~= "" then
    return content
  elseif type(content) == "table" and #content > 0 then
    return native.json_decode(argument.json(where, content))
  end
  argument.mismatch(where, "a text or a list of content blocks", content)
end

-- The history without its oldest exchanges, and the user's turn: what is said counts only once it
-- was answered.
---@return { messages: table[], lengths: integer[], before: integer }
local function begin(self, content)
  local drop = math.max(0, #self.lengths + 1 - self.options.max_turns)
  local messages, lengths, first = {}, {}, 1
  for index, length in ipairs(self.lengths) do
    if index <= drop then
      first = first + length
    else
      lengths[#lengths + 1] = length
    end
  end
  for index = first, #self.messages do
    messages[#messages + 1] = self.messages[index]
  end
  local before = #messages
  messages[before + 1] = { role = "user", content = content }
  return { messages = messages, lengths = lengths, before = before }
end

local function commit(self, draft)
  draft.lengths[#draft.lengths + 1] = #draft.messages - draft.before
  self.messages, self.lengths, self.turns = draft.messages, draft.lengths, #draft.lengths
end

-- What the API wants back as it came is only in a stream's events, and looking at those costs.
local function needs_blocks(self, request)
  local needed = self.tools.has_server_tools or self.tools.definitions and request.thinking
  if needed and not self.options.stream then
    argument.raise("conversation:say: tools beside thinking, and the provider's own tools, need "
      .. "stream = true: what the API wants back is only known of a stream")
  end
  return needed
end

local function content_of(reply)
  local content = {}
  if reply.text ~= "" then
    content[1] = { type = "text", text = reply.text }
  end
  for _, tool_use in ipairs(reply.tool_uses) do
    content[#content + 1] = {
      type = "tool_use",
      id = tool_use.id,
      name = tool_use.name,
      -- Not the table that the tool gets.
      input = native.json_decode(tool_use.input_json) or {},
    }
  end
  return content
end

---@return perigee.llm.Reply
---@return table[] content of the assistant's turn
local function ask(self, draft, overrides)
  local client = self.client
  local request = argument.merged(self.request, overrides)
  request.messages = draft.messages
  if self.options.marks then
    cache_marks.place(request)
  end
  if not needs_blocks(self, request) then
    local reply = self.options.stream and client:stream(request) or client:create(request)
    return reply, content_of(reply)
  end
  local stream, blocks = client:open(request), content_blocks.new()
  for event in stream:events() do
    blocks:add(event.data)
  end
  return stream:reply(), blocks:content()
end

local function add(draft, role, content)
  draft.messages[#draft.messages + 1] = { role = role, content = content }
end

local function is_thinking(block)
  return block.type == "thinking" or block.type == "redacted_thinking"
end

-- The end of an exchange. A tool that was called and not run must not stand in the history, and
-- neither may a turn that says nothing.
local function finish(self, draft, content)
  local kept, says_something = {}, false
  for _, block in ipairs(content) do
    if block.type ~= "tool_use" then
      kept[#kept + 1] = block
      says_something = says_something or not is_thinking(block)
    end
  end
  if says_something then
    add(draft, "assistant", kept)
    commit(self, draft)
  end
end

-- True where the model waits for a further request.
local function goes_on(reply)
  return reply.ok and (reply.stop_reason == "tool_use" and #reply.tool_uses > 0
    or reply.stop_reason == "pause_turn")
end

--- Says something and waits for the answer, running the tools that the model calls on the way. Then
--- both are part of the history. An answer that failed, that has no text, or that still calls tools
--- after max_tool_rounds without saying anything takes the user's turn back with it.
---
--- Errors: raises for what cannot be sent. Failures are in the reply.
---@async
---@param content string|table[] a text, or content blocks
---@param request perigee.anthropic.Request|nil fields for this exchange's requests alone
---@return perigee.llm.Reply reply the last one
function Conversation:say(content, request)
  local where = "conversation:say"
  if getmetatable(self) ~= metatable then
    argument.raise(where .. ": call it with a colon, as in conv:say(…)")
  end
  argument.in_vu(where)
  if request ~= nil then
    argument.typed(where .. ": request", request, "table")
  end
  local draft = begin(self, user_content(where, content))
  self.replies = {}
  while true do
    local reply, answer = ask(self, draft, request)
    self.replies[#self.replies + 1] = reply
    if not goes_on(reply) or #self.replies > self.options.max_tool_rounds then
      if reply.ok and reply.stop_reason ~= "pause_turn" then
        finish(self, draft, answer)
      end
      return reply
    end
    add(draft, "assistant", answer)
    if reply.stop_reason == "tool_use" then
      add(draft, "user", self.tools:run(reply.tool_uses))
    end
  end
end

--- Forgets all that was said.
function Conversation:reset()
  self.messages, self.lengths, self.turns, self.replies = {}, {}, 0, {}
end

return M
