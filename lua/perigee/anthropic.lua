-- The Claude Messages API, and servers that speak it.
--
--     local anthropic = require "perigee.anthropic"
--     local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 256 }
--
--     local reply = claude:stream { messages = "Why is the sky blue?" }
--
-- A client is a plain description without connections or state: make it once, at the top of the
-- script, for all VUs. What goes wrong in the world is data: `reply.ok`, `reply.error`.

local argument = require "perigee.internal.argument"
local headers = require "perigee.internal.headers"
local llm = require "perigee.llm"
local messages_body = require "perigee.internal.messages_body"
local native = require "perigee.native"
local timeouts = require "perigee.internal.timeouts"

local M = {}

---@class perigee.anthropic.ClientOptions
---@field model string such as "claude-haiku-4-5"
---@field base_url string|nil default ANTHROPIC_BASE_URL, else "https://api.anthropic.com"
---@field api_key string|nil default ANTHROPIC_API_KEY; a server on this machine needs none
---@field auth_token string|nil sent as a bearer token, instead of api_key
---@field max_tokens integer|nil for requests that name none
---@field system string|table[]|nil for requests that name none
---@field headers table<string, string>|nil
---@field betas string[]|nil values of the header anthropic-beta
---@field version string|nil the header anthropic-version; default "2023-06-01"
---@field name string|nil the tag `name`; default "messages"
---@field tags table<string, string|number|boolean>|nil
---@field timeouts perigee.llm.Timeouts|nil
---@field stall_after perigee.Duration|nil longer gaps in a stream count as stalls; default "1s"
---@field insecure boolean|nil do not verify the server's certificate; default false
---@field http2 boolean|nil default false

---@class perigee.anthropic.Client
---@field model string
---@field base_url string
---@field package url string
---@field package headers string[]
---@field package defaults table
---@field package timeouts table<string, number>
---@field package options table
local Client = {}

local CLIENT_FIELDS = {
  model = "string",
  base_url = "string",
  api_key = "string",
  auth_token = "string",
  max_tokens = "number",
  system = "any",
  headers = "table",
  betas = "table",
  version = "string",
  name = "string",
  tags = "table",
  timeouts = "table",
  stall_after = "any",
  insecure = "boolean",
  http2 = "boolean",
}

local function is_loopback(url)
  local host = url:lower():match("^https?://([^/]*)")
  host = host:match("^%[(.-)%]") or host:match("^[^:]*")
  return host == "localhost" or host == "::1" or host:find("^127%.%d+%.%d+%.%d+$") ~= nil
end

local function base_url_of(where, options)
  local url = options.base_url or native.env("ANTHROPIC_BASE_URL") or "https://api.anthropic.com"
  if not url:lower():find("^https?://[^/]") then
    argument.mismatch(where .. ": base_url", 'a URL such as "https://api.anthropic.com"', url)
  end
  return (url:gsub("/+$", ""))
end

-- The error does not show the key.
local function check_key(where, key)
  if key:find("[%s%c]") then
    argument.raise(where .. ": the key holds white space")
  end
  return key
end

-- Exactly one of the two headers: the API refuses requests with both.
local function credential(where, options, base_url)
  if options.api_key and options.auth_token then
    argument.raise(where .. ": api_key and auth_token exclude each other")
  elseif options.auth_token then
    return "authorization", "Bearer " .. check_key(where .. ": auth_token", options.auth_token)
  end
  local key = options.api_key or native.env("ANTHROPIC_API_KEY") or ""
  if key ~= "" then
    return "x-api-key", check_key(where .. ": api_key", key)
  elseif is_loopback(base_url) then
    return "x-api-key", "no-key"
  end
  argument.raise(where .. ": no API key for " .. base_url
    .. "; set ANTHROPIC_API_KEY, or run against the mock with --mock")
end

local function header_lines(where, options, base_url)
  local defaults = {
    ["content-type"] = "application/json",
    ["anthropic-version"] = options.version or "2023-06-01",
  }
  local name, value = credential(where, options, base_url)
  defaults[name] = value
  if options.betas and #options.betas > 0 then
    defaults["anthropic-beta"] = table.concat(options.betas, ",")
  end
  return headers.lines(where .. ": headers", options.headers, defaults)
end

local client_metatable = {
  __index = argument.strict_index("an anthropic client", Client, {}),
  __tostring = function(client)
    return ("anthropic.client { model = %q, base_url = %q }"):format(client.model, client.base_url)
  end,
}

--- Describes an endpoint, a model and what its requests share.
---
--- Errors: raises for unknown fields, and where no key is given for a server that is not on this
--- machine.
---@param options perigee.anthropic.ClientOptions
---@return perigee.anthropic.Client
---@nodiscard
function M.client(options)
  local where = "perigee.anthropic.client"
  argument.fields(where, options, CLIENT_FIELDS)
  argument.typed(where .. ": model", options.model, "string")
  local base_url = base_url_of(where, options)
  return setmetatable({
    model = options.model,
    base_url = base_url,
    url = base_url .. "/v1/messages",
    headers = header_lines(where, options, base_url),
    defaults = {
      model = options.model,
      max_tokens = options.max_tokens,
      system = options.system,
    },
    timeouts = timeouts.in_seconds(
      where .. ": timeouts", options.timeouts or {}, timeouts.DEFAULTS),
    options = {
      name = options.name or "messages",
      tags = argument.tags(where .. ": tags", options.tags),
      stall_after = argument.seconds(where .. ": stall_after", options.stall_after or 1),
      insecure = options.insecure,
      http2 = options.http2,
    },
  }, client_metatable)
end

-- Starts a request; does not wait.
local function open(where, client, request, stream, keep_events)
  if getmetatable(client) ~= client_metatable then
    argument.raise(where .. ": call it with a colon, as in claude:stream { messages = … }")
  end
  argument.in_vu(where)
  local body, model = messages_body.encode(where, request, client.defaults, stream)
  local limits, tags = client.timeouts, client.options.tags
  if request.timeouts then
    limits = timeouts.in_seconds(where .. ": timeouts", request.timeouts, limits)
  end
  if request.tags then
    tags = argument.merged(tags, argument.tags(where .. ": tags", request.tags))
  end
  local stop_after = request.stop_after_tokens
  if stop_after and not stream then
    argument.raise(where .. ": stop_after_tokens: only a stream can be stopped on its way")
  elseif stop_after then
    argument.whole(where .. ": stop_after_tokens", stop_after, 1)
  end
  return native.llm_open({
    provider = "anthropic",
    url = client.url,
    headers = client.headers,
    body = body,
    stream = stream,
    model = model,
    name = request.name or client.options.name,
    tags = tags,
    connect_timeout = limits.connect,
    first_event_timeout = limits.first_event,
    silence_timeout = limits.silence,
    total_timeout = limits.total,
    stall_after = client.options.stall_after,
    insecure = client.options.insecure,
    http2 = client.options.http2,
    keep_events = keep_events,
    stop_after = stop_after,
  })
end

--- Sends a request that is answered in one piece, and waits for it.
---@async
---@param request perigee.anthropic.Request
---@return perigee.llm.Reply
function Client:create(request)
  return llm.complete(open("client:create", self, request, false, false):reply())
end

--- Sends a request that is answered as a stream, and waits for its end. All of the stream's events
--- are measured.
---@async
---@param request perigee.anthropic.Request
---@return perigee.llm.Reply
function Client:stream(request)
  return llm.complete(open("client:stream", self, request, true, false):reply())
end

---@class perigee.anthropic.Event
---@field type string "message_start", "content_block_delta", "ping" …
---@field data any the decoded JSON; nil where it is not JSON
---@field raw string the event's data as it came
---@field at number seconds from sending the request to the event's arrival

--- A stream under way.
---@class perigee.anthropic.Stream
---@field package handle perigee.native.LlmStream
local Stream = {}

local stream_metatable = { __index = argument.strict_index("a stream", Stream, {}) }

--- Iterates over the events as they arrive.
---
---     for event in stream:events() do … end
---@return async fun(): perigee.anthropic.Event|nil
function Stream:events()
  local handle = self.handle
  return function()
    local name, raw, at = handle:next_event()
    if name == nil then
      return nil
    end
    local data = native.json_decode(raw)
    -- Relays and some servers leave the event's name out; its JSON repeats it.
    if (name == "" or name == "message") and type(data) == "table" and data.type then
      name = data.type
    end
    return { type = name, data = data, raw = raw, at = at }
  end
end

--- Waits for the stream's end. May be called at any time, and again.
---@async
---@return perigee.llm.Reply
function Stream:reply()
  return llm.complete(self.handle:reply())
end

--- Ends the request: its user has seen enough. The reply is ok and `cancelled`. Does nothing where
--- the stream is over.
function Stream:cancel()
  self.handle:cancel()
end

--- Sends a request that is answered as a stream, for scripts that look at its events. No waiting.
---@param request perigee.anthropic.Request
---@return perigee.anthropic.Stream
---@nodiscard
function Client:open(request)
  return setmetatable({ handle = open("client:open", self, request, true, true) }, stream_metatable)
end

return argument.strict_module("perigee.anthropic", M)
