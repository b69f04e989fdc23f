-- What the clients of all providers are made of: their options, and the requests they open.

local argument = require "perigee.internal.argument"
local endpoint = require "perigee.internal.endpoint"
local limits = require "perigee.internal.limits"
local native = require "perigee.native"
local retries = require "perigee.internal.retries"
local timeouts = require "perigee.internal.timeouts"

local M = {}

---@class perigee.llm.ClientOptions: perigee.llm.EndpointOptions
---@field model string such as "claude-haiku-4-5"
---@field max_tokens integer|nil for requests that name none
---@field system string|table[]|nil for requests that name none
---@field limits perigee.llm.Limits|nil client-side rate limits; default none

M.OPTIONS = argument.merged(endpoint.FIELDS, {
  model = "string",
  max_tokens = "number",
  system = "any",
  limits = "table",
})

--- What a request says beside the fields of its API; none of it is sent as it stands.
---@class perigee.llm.RequestOptions
---@field extra table|nil fields of the API that perigee does not know; sent as they are
---@field name string|nil the tag `name`; default the client's
---@field tags table<string, string|number|boolean>|nil beside the client's
---@field headers table<string, string|number>|nil beside the client's
---@field timeouts perigee.llm.Timeouts|nil instead of the client's, one by one
---@field retries perigee.llm.Retries|nil instead of the client's
---@field stop_after_tokens integer|nil cancel a stream at so many content events, which are about
---  tokens: its user has seen enough

M.REQUEST_FIELDS = {
  extra = "table",
  name = "string",
  tags = "table",
  headers = "table",
  timeouts = "table",
  retries = "any",
  stop_after_tokens = "number",
}

---@class perigee.llm.Client
---@field model string
---@field base_url string
---@field limits table<string, any> the server's rate limits as the newest reply that named some saw
---  them; as reply.limits
---@field package endpoint perigee.internal.Endpoint
---@field package defaults table what requests have that do not say otherwise
---@field package pacing integer|nil

--- The metatable of a class of clients. Methods that are added to `methods` later are found too.
---@param what string as in "an anthropic client"
---@param constructor string as in "anthropic.client"
---@param methods table<string, function>
---@param optional table<string, true>|nil fields that a client need not have
---@return table
function M.metatable(what, constructor, methods, optional)
  return {
    __index = argument.strict_index(what, methods, argument.merged({ pacing = true }, optional)),
    __tostring = function(client)
      return ("%s { model = %q, base_url = %q }"):format(
        constructor, client.model, client.base_url)
    end,
  }
end

--- The fields that the clients of all providers have.
---@param where string
---@param options table checked for unknown fields
---@param provider perigee.internal.Provider
---@return table
function M.fields(where, options, provider)
  argument.typed(where .. ": model", options.model, "string")
  local to = endpoint.new(where, options, provider)
  if native.phase() == "load" then
    native.declare_model(options.model, to.base_url)
  end
  return {
    model = options.model,
    base_url = to.base_url,
    limits = {},
    endpoint = to,
    pacing = limits.declare(where .. ": limits", options.limits, to.base_url, options.model),
    defaults = {
      model = options.model,
      max_tokens = options.max_tokens,
      system = options.system,
    },
  }
end

--- Raises unless a method was called with a colon.
---@param where string as in "client:stream"
---@param client any
---@param metatable table
function M.check_self(where, client, metatable)
  if getmetatable(client) ~= metatable then
    argument.raise(("%s: call it with a colon, as in %s(…)"):format(where, where))
  end
end

--- The same for a method that sends a request, which takes a VU.
---@param where string
---@param client any
---@param metatable table
function M.check_call(where, client, metatable)
  M.check_self(where, client, metatable)
  argument.in_vu(where)
end

local function stop_after_of(where, request, stream)
  local stop_after = request.stop_after_tokens
  if stop_after and not stream then
    argument.raise(where .. ": stop_after_tokens: only a stream can be stopped on its way")
  elseif stop_after then
    argument.whole(where .. ": stop_after_tokens", stop_after, 1)
  end
  return stop_after
end

-- What the API will refuse reserves nothing.
local function max_output_of(max_tokens)
  return type(max_tokens) == "number" and math.max(max_tokens, 0) or nil
end

---@class perigee.internal.LlmCall what a provider says of one request
---@field dialect "anthropic"|"openai_chat"|"openai_responses"
---@field url string
---@field body table what is sent
---@field model string
---@field max_tokens any as the body has it
---@field headers table<string, string>|nil defaults of this request's headers; lower-case names
---@field stream boolean
---@field keep_events boolean

--- Starts a request; does not wait.
---@param where string
---@param client perigee.llm.Client
---@param request perigee.llm.RequestOptions
---@param call perigee.internal.LlmCall
---@return perigee.native.LlmStream
function M.open(where, client, request, call)
  local to = client.endpoint
  local waits, rules = to.timeouts, to.retries
  if request.timeouts then
    waits = timeouts.in_seconds(where .. ": timeouts", request.timeouts, waits)
  end
  if request.retries then
    rules = retries.from(where .. ": retries", request.retries)
  end
  return native.llm_open({
    dialect = call.dialect,
    url = call.url,
    headers = to:header_lines(where, request.headers, call.headers),
    body = argument.json(where, call.body),
    stream = call.stream,
    model = call.model,
    max_output = max_output_of(call.max_tokens),
    name = request.name or to.name,
    tags = to:tags_for(where, request.tags),
    connect_timeout = waits.connect,
    first_event_timeout = waits.first_event,
    silence_timeout = waits.silence,
    total_timeout = waits.total,
    stall_after = to.stall_after,
    insecure = to.insecure,
    http2 = to.http2,
    keep_events = call.keep_events,
    stop_after = stop_after_of(where, request, call.stream),
    retries = rules,
    pacing = client.pacing,
  })
end

return M
