-- A stream under way, of whatever provider, and how its reply reaches the script.

local argument = require "perigee.internal.argument"
local llm = require "perigee.llm"
local native = require "perigee.native"

local M = {}

---@class perigee.llm.Event
---@field type string what the event's JSON says it is ("message_start", "content_block_delta",
---  "chat.completion.chunk" …), else the event's own name
---@field data any the decoded JSON; nil where it is not JSON, as [DONE] is not
---@field raw string the event's data as it came
---@field at number seconds from sending the request to the event's arrival

---@class perigee.llm.Stream
---@field package handle perigee.native.LlmStream
---@field package client perigee.llm.Client
---@field package finished perigee.llm.Reply|nil
local Stream = {}

local metatable = { __index = argument.strict_index("a stream", Stream, { finished = true }) }

-- Relays and some servers leave the event's name out, and one dialect has none; the JSON says it.
local function type_of(name, data)
  if name ~= "" and name ~= "message" or type(data) ~= "table" then
    return name
  end
  return data.type or data.object or name
end

--- Iterates over the events as they arrive.
---
---     for event in stream:events() do … end
---@return async fun(): perigee.llm.Event|nil
function Stream:events()
  local handle = self.handle
  return function()
    local name, raw, at = handle:next_event()
    if name == nil then
      return nil
    end
    local data = native.json_decode(raw)
    return { type = type_of(name, data), data = data, raw = raw, at = at }
  end
end

--- Waits for the stream's end. May be called at any time, and again.
---@async
---@return perigee.llm.Reply
function Stream:reply()
  self.finished = self.finished or M.reply(self.client, self.handle)
  return self.finished
end

--- Ends the request: its user has seen enough. The reply is ok and `cancelled`. Does nothing where
--- the stream is over.
function Stream:cancel()
  self.handle:cancel()
end

---@param client perigee.llm.Client
---@param handle perigee.native.LlmStream
---@return perigee.llm.Stream
function M.new(client, handle)
  return setmetatable({ client = client, handle = handle }, metatable)
end

--- Waits for the end of a request; the client remembers the rate limits that the reply names.
---@async
---@param client perigee.llm.Client
---@param handle perigee.native.LlmStream
---@return perigee.llm.Reply
function M.reply(client, handle)
  local reply = llm.complete(handle:reply())
  if next(reply.limits) ~= nil then
    client.limits = reply.limits
  end
  return reply
end

return M
