-- Streams of any server, measured as those of a model are.
--
-- Scripts call them as perigee.http.stream and the like. By rules the script says which event is
-- content; C++ applies them as the events arrive. Only a rule that is a Lua function takes each
-- event through Lua: its times are still those of its arrival.

local argument = require "perigee.internal.argument"
local http_request = require "perigee.internal.http_request"
local llm = require "perigee.llm"
local native = require "perigee.native"
local timeouts = require "perigee.internal.timeouts"

local M = {}

---@class perigee.http.StreamUsage JSON pointers; the last number seen counts
---@field input_tokens string|nil
---@field output_tokens string|nil

--- What a stream's rules are, beside the params of every HTTP request.
---@class perigee.http.StreamParams: perigee.http.Params
---@field format "sse"|"lines"|nil server-sent events, or each line an event; default "sse"
---@field content string|nil|fun(event: perigee.http.Event): string|boolean|nil which event is
---  content: a JSON pointer to its text; or a function that returns the text, true for content
---  without one, or nil, and must not wait; default every event with data, which is the text
---@field done string|nil which event ends the stream: the one with these data, as "[DONE]", or,
---  where it begins with "/", the one with a true value at this pointer; default the body's end
---@field usage perigee.http.StreamUsage|nil where the server says what it counted
---@field model string|nil the tag `model`, and what is priced
---@field max_tokens integer|nil the most output tokens that the body asks for: what a budget reserves
---@field timeouts perigee.llm.Timeouts|nil
---@field stall_after perigee.Duration|nil longer gaps count as stalls; default "1s"
---@field stop_after_tokens integer|nil cancel at so many content events, which are about tokens

local STREAM_FIELDS = {
  format = "string",
  content = "any",
  done = "string",
  usage = "table",
  model = "string",
  max_tokens = "number",
  timeouts = "table",
  stall_after = "any",
  stop_after_tokens = "number",
}

local NOT_FOR_STREAMS = { "accept_encoding", "discard_body", "expected_statuses", "redirects" }
local USAGE_FIELDS = { input_tokens = "string", output_tokens = "string" }
local NONE = {}

local function pointer(where, value)
  if value ~= nil and (type(value) ~= "string" or value:sub(1, 1) ~= "/") then
    argument.mismatch(where, 'a JSON pointer such as "/choices/0/delta/content"', value)
  elseif value and value:gsub("~[01]", ""):find "~" then
    argument.mismatch(where, 'a JSON pointer, with "~0" for "~" and "~1" for "/"', value)
  end
  return value
end

local function add_content_rule(place, request, content)
  if type(content) == "function" then
    request.content_told = true
  elseif content == nil or type(content) == "string" then
    request.content_pointer = pointer(place .. ": content", content)
  else
    argument.mismatch(place .. ": content", "a JSON pointer or a function", content)
  end
end

local function add_rules(place, request, params)
  local format, done, usage = params.format or "sse", params.done, params.usage or NONE
  if format ~= "sse" and format ~= "lines" then
    argument.mismatch(place .. ": format", '"sse" or "lines"', format)
  elseif done == "" then
    argument.mismatch(place .. ": done", 'a text such as "[DONE]" or a JSON pointer', done)
  end
  argument.fields(place .. ": usage", usage, USAGE_FIELDS)
  add_content_rule(place, request, params.content)
  request.format = format
  request[done and done:sub(1, 1) == "/" and "done_pointer" or "done_text"] = done
  request.input_tokens_pointer = pointer(place .. ": usage.input_tokens", usage.input_tokens)
  request.output_tokens_pointer = pointer(place .. ": usage.output_tokens", usage.output_tokens)
end

local function add_limits(place, request, params)
  local defaults = argument.merged(timeouts.DEFAULTS, { connect = request.connect_timeout })
  if params.timeout then
    defaults.total = request.timeout
  end
  local limits = timeouts.in_seconds(place .. ": timeouts", params.timeouts or NONE, defaults)
  request.connect_timeout = limits.connect
  request.first_event_timeout = limits.first_event
  request.silence_timeout = limits.silence
  request.total_timeout = limits.total
  request.stall_after = argument.seconds(place .. ": stall_after", params.stall_after or 1)
  if params.stop_after_tokens then
    argument.whole(place .. ": stop_after_tokens", params.stop_after_tokens, 1)
    request.stop_after = params.stop_after_tokens
  end
end

---@class perigee.http.Event
---@field type string the SSE event's name; "" where it has none, and for lines
---@field data string as it came
---@field at number seconds from sending the request to the event's arrival
local Event = {}

local DECODED = {}

--- The data as a Lua value.
---@return any value nil where the data is not JSON
---@return string|nil error why it is not
function Event:json()
  local value, why = rawget(self, DECODED), nil
  if value == nil then
    value, why = native.json_decode(self.data)
    self[DECODED] = value
  end
  return value, why
end

local EVENT_FIELDS = { type = true, data = true, at = true }
local event_metatable = {
  __index = argument.strict_index("a stream's event", Event, EVENT_FIELDS),
}

--- A stream under way.
---@class perigee.http.Stream
---@field package handle perigee.native.LlmStream
---@field package rule fun(event: perigee.http.Event)|nil a rule for content that is a function
---@field package done string|nil
---@field package in_rule boolean|nil the rule is being asked
---@field package where string
local Stream = {}

local STREAM_STATE = { rule = true, done = true, in_rule = true }
local stream_metatable = { __index = argument.strict_index("a stream", Stream, STREAM_STATE) }

---@return boolean is_content
---@return string|nil text
local function apply_rule(stream, event)
  if event.data == stream.done then
    return false
  end
  local found = stream.rule(event)
  if type(found) == "string" then
    return found ~= "", found
  elseif found ~= nil and type(found) ~= "boolean" then
    argument.mismatch(stream.where .. ": what the rule for content returned", "a text, true or nil",
      found)
  end
  return found == true
end

--- Asks the rule about an event and tells C++, which waits for a word on every event: where the
--- rule raises, the event is no content.
local function classify(stream, event)
  stream.in_rule = true
  local ok, is_content, text = pcall(apply_rule, stream, event)
  stream.in_rule = nil
  if not ok then
    stream.handle:classify(false)
    error(is_content, 0)
  end
  stream.handle:classify(is_content, text)
end

local function next_event(stream)
  if stream.in_rule then
    argument.raise(stream.where .. ": a rule for content must not wait for its own stream")
  end
  local handle = stream.handle
  local name, data, at = handle:next_event()
  if name == nil then
    return nil
  end
  local event = setmetatable({ type = name, data = data, at = at }, event_metatable)
  if stream.rule then
    classify(stream, event)
  end
  return event
end

local function check_self(method, self)
  if getmetatable(self) ~= stream_metatable then
    argument.raise(("call it with a colon, as in stream:%s()"):format(method))
  end
end

--- Iterates over the events as they arrive.
---
---     for event in stream:events() do … end
---@return async fun(): perigee.http.Event|nil
function Stream:events()
  check_self("events", self)
  return function()
    return next_event(self)
  end
end

--- Waits for the stream's end. May be called at any time, and again.
---@async
---@return perigee.llm.Reply
function Stream:reply()
  check_self("reply", self)
  while self.rule and next_event(self) do end
  return llm.complete(self.handle:reply())
end

--- Ends the request: its user has seen enough. The reply is ok and `cancelled`. Does nothing where
--- the stream is over.
function Stream:cancel()
  check_self("cancel", self)
  self.handle:cancel()
end

local function start(where, method, url, body, params, keep_events)
  argument.in_vu(where)
  method = http_request.check_method(where, method)
  params = params or NONE
  local request = http_request.prepare(where, method, url, body, params, STREAM_FIELDS)
  local place = where .. ": params"
  for _, name in ipairs(NOT_FOR_STREAMS) do
    if params[name] ~= nil then
      argument.raise(("%s: %s: not available for streams"):format(place, name))
    end
  end
  add_rules(place, request, params)
  add_limits(place, request, params)
  request.model = params.model
  request.max_output = params.max_tokens
  request.keep_events = keep_events
  return setmetatable({
    handle = native.stream_open(request),
    rule = request.content_told and params.content or nil,
    done = params.done,
    where = where,
  }, stream_metatable)
end

--- Sends a request that is answered as a stream, and waits for its end.
---@async
---@param method string
---@param url string
---@param body string|table|nil
---@param params perigee.http.StreamParams|nil
---@return perigee.llm.Reply
function M.stream(method, url, body, params)
  return start("perigee.http.stream", method, url, body, params, false):reply()
end

--- Sends a request that is answered as a stream, for scripts that look at its events. No waiting.
---@param method string
---@param url string
---@param body string|table|nil
---@param params perigee.http.StreamParams|nil
---@return perigee.http.Stream
---@nodiscard
function M.open(method, url, body, params)
  return start("perigee.http.open", method, url, body, params, true)
end

return M
