-- OpenAI's chat completions and responses, and the many servers that speak them.
--
--     local openai = require "perigee.openai"
--     local llama = openai.client { model = "llama-3.1-8b", base_url = "http://127.0.0.1:8000/v1" }
--
--     local reply = llama:stream { messages = "Why is the sky blue?", max_tokens = 256 }
--
-- A client is a plain description without connections: make it once, at the top of the script, for
-- all VUs. What goes wrong in the world is data: `reply.ok`, `reply.error`.

local api_call = require "perigee.internal.api_call"
local argument = require "perigee.internal.argument"
local chat_body = require "perigee.internal.chat_body"
local llm_client = require "perigee.internal.llm_client"
local llm_stream = require "perigee.internal.llm_stream"
local models = require "perigee.internal.models"
local responses_body = require "perigee.internal.responses_body"

local M = {}

--- base_url is by default OPENAI_BASE_URL, else "https://api.openai.com/v1": what stands before
--- "/chat/completions". api_key is OPENAI_API_KEY; the tag `name` is "chat" or "responses".
---@class perigee.openai.ClientOptions: perigee.llm.ClientOptions
---@field api "chat"|"responses"|nil default "chat"
---@field organization string|nil
---@field project string|nil
---@field max_tokens_field string|nil what max_tokens is called in a chat's body; default
---  "max_completion_tokens" at api.openai.com, "max_tokens" elsewhere
---@field system_role "system"|"developer"|nil the role of a chat's system turn; default "system"
---@field usage boolean|nil ask streams of a chat for their token counts; default true
---@field cache perigee.openai.Cache|nil for requests that name none; default "none"

--- The methods of all clients; what is added is found as `client:name(…)`.
---@class perigee.openai.Client: perigee.llm.Client
---@field package api perigee.internal.OpenaiApi
local Client = {}
M.Client = Client

local CLIENT_FIELDS = argument.merged(llm_client.OPTIONS, {
  api = "string",
  organization = "string",
  project = "string",
  max_tokens_field = "string",
  system_role = "string",
  usage = "boolean",
  cache = "string",
})

---@class perigee.internal.OpenaiApi
---@field path string
---@field dialect string
---@field build fun(where: string, request: table, defaults: table, stream: boolean): table, any

---@type table<string, perigee.internal.OpenaiApi>
local APIS = {
  chat = { path = "/chat/completions", dialect = "openai_chat", build = chat_body.build },
  responses = { path = "/responses", dialect = "openai_responses", build = responses_body.build },
}

local metatable = llm_client.metatable("an openai client", "openai.client", Client)

---@return perigee.internal.Provider
local function provider_of(options)
  return {
    name = options.api or "chat",
    base_url = "https://api.openai.com/v1",
    base_variable = "OPENAI_BASE_URL",
    key_variable = "OPENAI_API_KEY",
    key_header = "authorization",
    key_mend = "set OPENAI_API_KEY, or run against the mock with --mock",
    headers = {
      ["content-type"] = "application/json",
      ["openai-organization"] = options.organization,
      ["openai-project"] = options.project,
    },
  }
end

local function max_tokens_field(options, base_url)
  local at_openai = base_url:lower():find("^https?://api%.openai%.com[:/]") ~= nil
  return options.max_tokens_field or at_openai and "max_completion_tokens" or "max_tokens"
end

local function check_one_of(where, value, first, second)
  if value ~= first and value ~= second then
    argument.mismatch(where, ('"%s" or "%s"'):format(first, second), value)
  end
end

--- Describes an endpoint, a model and what its requests share.
---
--- Errors: raises for unknown fields, and where no key is given for a server that is not on this
--- machine.
---@param options perigee.openai.ClientOptions
---@return perigee.openai.Client
---@nodiscard
function M.client(options)
  local where = "perigee.openai.client"
  argument.fields(where, options, CLIENT_FIELDS)
  check_one_of(where .. ": api", options.api or "chat", "chat", "responses")
  check_one_of(where .. ": system_role", options.system_role or "system", "system", "developer")
  local cache = chat_body.check_cache(where, options.cache)
  local client = llm_client.fields(where, options, provider_of(options))
  client.api = APIS[options.api or "chat"]
  local defaults = client.defaults
  defaults.cache = cache
  defaults.usage = options.usage
  defaults.max_tokens_field = max_tokens_field(options, client.base_url)
  defaults.system_role = options.system_role or "system"
  return setmetatable(client, metatable)
end

-- ---- requests that the model answers

-- Starts a request; does not wait.
local function open(where, client, request, stream, keep_events)
  llm_client.check_call(where, client, metatable)
  local api = client.api
  local body, max_tokens = api.build(where, request, client.defaults, stream)
  body.stream = stream or nil
  return llm_client.open(where, client, request, {
    dialect = api.dialect,
    url = client.base_url .. api.path,
    body = body,
    model = type(body.model) == "string" and body.model or client.model,
    max_tokens = max_tokens,
    stream = stream,
    keep_events = keep_events,
  })
end

--- Sends a request that is answered in one piece, and waits for it.
---@async
---@param request perigee.openai.Request
---@return perigee.llm.Reply
function Client:create(request)
  return llm_stream.reply(self, open("client:create", self, request, false, false))
end

--- Sends a request that is answered as a stream, and waits for its end. All of the stream's events
--- are measured.
---@async
---@param request perigee.openai.Request
---@return perigee.llm.Reply
function Client:stream(request)
  return llm_stream.reply(self, open("client:stream", self, request, true, false))
end

--- Sends a request that is answered as a stream, for scripts that look at its events. No waiting.
---@param request perigee.openai.Request
---@return perigee.llm.Stream
---@nodiscard
function Client:open(request)
  return llm_stream.new(self, open("client:open", self, request, true, true))
end

-- ---- other calls of the API

--- Sends a request to any path of the API and waits for the answer. It carries the client's headers
--- and key; it is measured as an HTTP request and is no part of the llm metrics.
---@async
---@param method string
---@param path string below base_url, such as "/embeddings"
---@param body table|string|nil a table is sent as JSON
---@param options perigee.llm.CallOptions|nil
---@return perigee.llm.Response
function Client:request(method, path, body, options)
  local where = "client:request"
  llm_client.check_call(where, self, metatable)
  argument.fields(where .. ": options", options or {}, api_call.OPTIONS)
  return api_call.request(where, self, method, path, body, options)
end

--- What the server knows of its models: of all, or of one.
---@async
---@param id string|nil
---@return perigee.llm.Models
function Client:models(id)
  local where = "client:models"
  llm_client.check_call(where, self, metatable)
  local url = self.base_url .. "/models"
  if id ~= nil then
    return models.one(where, self, url, id)
  end
  return models.all(where, self, url, "")
end

return argument.strict_module("perigee.openai", M)
