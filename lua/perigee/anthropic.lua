-- The Claude Messages API, and servers that speak it.
--
--     local anthropic = require "perigee.anthropic"
--     local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 256 }
--
--     local reply = claude:stream { messages = "Why is the sky blue?" }
--
-- A client is a plain description without connections: make it once, at the top of the script, for
-- all VUs. What goes wrong in the world is data: `reply.ok`, `reply.error`.

local api_call = require "perigee.internal.api_call"
local argument = require "perigee.internal.argument"
local batches = require "perigee.internal.batches"
local conversation = require "perigee.internal.conversation"
local image = require "perigee.internal.image"
local llm_client = require "perigee.internal.llm_client"
local llm_stream = require "perigee.internal.llm_stream"
local messages_body = require "perigee.internal.messages_body"
local models = require "perigee.internal.models"
local vertex = require "perigee.internal.vertex"

local M = {}

--- base_url is by default ANTHROPIC_BASE_URL, else "https://api.anthropic.com"; api_key is
--- ANTHROPIC_API_KEY; the tag `name` is "messages".
---@class perigee.anthropic.ClientOptions: perigee.llm.ClientOptions
---@field betas string[]|nil values of the header anthropic-beta
---@field version string|nil the header anthropic-version; default "2023-06-01"
---@field cache perigee.anthropic.Cache|nil for requests that name none; default "none"
---@field vertex perigee.anthropic.Vertex|nil Claude on Vertex AI: base_url is by default
---  ANTHROPIC_VERTEX_BASE_URL, else the region's own, and the key is auth_token or token_command

--- The methods of all clients; what is added is found as `client:name(…)`.
---@class perigee.anthropic.Client: perigee.llm.Client
---@field package vertex perigee.anthropic.Vertex|nil
---@field package betas string[]|nil
local Client = {}
M.Client = Client

local CLIENT_FIELDS = argument.merged(llm_client.OPTIONS, {
  betas = "table",
  version = "string",
  cache = "string",
  vertex = "table",
})

local metatable =
  llm_client.metatable("an anthropic client", "anthropic.client", Client, { vertex = true })

---@return perigee.internal.Provider
local function provider_of(where, options)
  local provider = {
    name = "messages",
    headers = {
      ["content-type"] = "application/json",
      ["anthropic-version"] = options.version or "2023-06-01",
      ["anthropic-beta"] = messages_body.betas(where, options.betas),
    },
  }
  if not options.vertex then
    return argument.merged(provider, {
      base_url = "https://api.anthropic.com",
      base_variable = "ANTHROPIC_BASE_URL",
      key_variable = "ANTHROPIC_API_KEY",
      key_header = "x-api-key",
      key_mend = "set ANTHROPIC_API_KEY, or run against the mock with --mock",
    })
  end
  vertex.check(where .. ": vertex", options.vertex)
  if options.api_key then
    argument.raise(where .. ": api_key: Vertex AI takes auth_token or token_command")
  end
  return argument.merged(provider, {
    base_url = vertex.base_url(options.vertex.region),
    base_variable = "ANTHROPIC_VERTEX_BASE_URL",
    key_header = "authorization",
    key_mend = 'give token_command = "gcloud auth print-access-token", or auth_token',
  })
end

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
  local cache = messages_body.check_cache(where, options.cache)
  local client = llm_client.fields(where, options, provider_of(where, options))
  client.vertex = options.vertex
  client.betas = options.betas or {}
  client.defaults.cache = cache
  return setmetatable(client, metatable)
end

--- An image as a block of a turn's content.
---
---     local chart = anthropic.image "chart.png"
---     claude:stream { messages = { { role = "user", content = { chart, question } } } }
---
--- Errors: raises for a file that cannot be read, and for a file once the script is loaded.
---@param source string a file (.png .jpg .gif .webp) by its path from the script's directory, or a
---  URL that the API fetches
---@return table
---@nodiscard
function M.image(source)
  return image.block("perigee.anthropic.image", source)
end

-- ---- requests that the model answers

local function url_of(client, path, vertex_model, stream)
  if client.vertex then
    return vertex.url(client.vertex, client.base_url, vertex_model, stream)
  end
  return client.base_url .. path
end

-- A request's own betas, joined with the client's.
local function beta_header(where, client, betas)
  if not betas then
    return nil
  end
  return { ["anthropic-beta"] = messages_body.betas(where, client.betas, betas) }
end

-- Starts a request; does not wait.
local function open(where, client, request, stream, keep_events)
  llm_client.check_call(where, client, metatable)
  local body = messages_body.build_whole(where, request, client.defaults)
  local model = type(body.model) == "string" and body.model or client.model
  body.stream = stream or nil
  return llm_client.open(where, client, request, {
    dialect = "anthropic",
    url = url_of(client, "/v1/messages", model, stream),
    body = client.vertex and vertex.adapt(body) or body,
    model = model,
    max_tokens = body.max_tokens,
    headers = beta_header(where, client, request.betas),
    stream = stream,
    keep_events = keep_events,
  })
end

--- Sends a request that is answered in one piece, and waits for it.
---@async
---@param request perigee.anthropic.Request
---@return perigee.llm.Reply
function Client:create(request)
  return llm_stream.reply(self, open("client:create", self, request, false, false))
end

--- Sends a request that is answered as a stream, and waits for its end. All of the stream's events
--- are measured.
---@async
---@param request perigee.anthropic.Request
---@return perigee.llm.Reply
function Client:stream(request)
  return llm_stream.reply(self, open("client:stream", self, request, true, false))
end

--- Sends a request that is answered as a stream, for scripts that look at its events. No waiting.
---@param request perigee.anthropic.Request
---@return perigee.llm.Stream
---@nodiscard
function Client:open(request)
  return llm_stream.new(self, open("client:open", self, request, true, true))
end

--- The body that a request would be sent with, for APIs that take such bodies inside of others, as
--- batches do. max_tokens may be missing.
---@param request perigee.anthropic.Request
---@return table body not the script's table
---@nodiscard
function Client:body(request)
  llm_client.check_self("client:body", self, metatable)
  return messages_body.build("client:body", request, self.defaults)
end

-- ---- other calls of the API

---@class perigee.anthropic.CallOptions: perigee.llm.CallOptions
---@field betas string[]|nil beside the client's

local CALL_OPTIONS = argument.merged(api_call.OPTIONS, { betas = "table" })

--- Sends a request to any path of the API and waits for the answer. It carries the client's headers
--- and key; it is measured as an HTTP request and is no part of the llm metrics.
---
---     local response = claude:request("GET", "/v1/messages/batches?limit=5")
---@async
---@param method string
---@param path string below base_url, such as "/v1/models"
---@param body table|string|nil a table is sent as JSON
---@param options perigee.anthropic.CallOptions|nil
---@return perigee.llm.Response
function Client:request(method, path, body, options)
  local where = "client:request"
  llm_client.check_call(where, self, metatable)
  argument.fields(where .. ": options", options or {}, CALL_OPTIONS)
  local betas = beta_header(where, self, options and options.betas)
  return api_call.request(where, self, method, path, body, options, betas)
end

---@class perigee.anthropic.TokenCount
---@field ok boolean
---@field status integer 0 where no answer came
---@field input_tokens integer 0 where not ok
---@field error perigee.llm.Error|nil nil where ok

local COUNT_FIELDS = { ok = true, status = true, input_tokens = true, error = true }
local count_metatable = api_call.metatable("a count of tokens", COUNT_FIELDS)

--- Asks the API how many input tokens a request has. The model does not run and nothing is billed.
---@async
---@param request perigee.anthropic.Request what does not count is left out
---@return perigee.anthropic.TokenCount
function Client:count_tokens(request)
  local where = "client:count_tokens"
  llm_client.check_call(where, self, metatable)
  local body = messages_body.build_counted(where, request, self.defaults)
  local response = api_call.send(where, self, {
    method = "POST",
    url = url_of(self, "/v1/messages/count_tokens", "count-tokens", false),
    body = self.vertex and vertex.adapt(body, true) or body,
    name = "count_tokens",
    options = { name = request.name, tags = request.tags, headers = request.headers },
    headers = beta_header(where, self, request.betas),
  })
  local answer, problem = api_call.object(response)
  return setmetatable({
    ok = problem == nil,
    status = response.status,
    input_tokens = answer and answer.input_tokens or 0,
    error = problem,
  }, count_metatable)
end

--- What the API knows of its models: of all, page by page, or of one.
---@async
---@param id string|nil
---@return perigee.llm.Models
function Client:models(id)
  local where = "client:models"
  llm_client.check_call(where, self, metatable)
  if self.vertex then
    argument.raise(where .. ": Vertex AI has no list of models")
  end
  local url = self.base_url .. "/v1/models"
  if id ~= nil then
    return models.one(where, self, url, id)
  end
  return models.all(where, self, url, "?limit=1000")
end

-- ---- conversations

--- Begins a conversation, which remembers its turns and runs the tools that the model calls.
---
---     local talk = claude:conversation { system = "You are terse.", max_turns = 10 }
---     local reply = talk:say "Why is the sky blue?"
---@param options perigee.anthropic.ConversationOptions|nil
---@return perigee.anthropic.Conversation
---@nodiscard
function Client:conversation(options)
  local where = "client:conversation"
  llm_client.check_self(where, self, metatable)
  return conversation.new(where, self, options)
end

-- ---- message batches

--- Creates a batch of up to 100,000 requests.
---
---     local batch = claude:batch { { custom_id = "a", params = { messages = "Why?" } } }
---     batch:wait { timeout = "1h" }
---     for result in batch:results() do … end
---
--- Errors: raises for a request that cannot be sent; failures are in the batch's ok and error.
---@async
---@param requests perigee.anthropic.BatchRequest[]|fun(): perigee.anthropic.BatchRequest|nil a
---  list, or a function that returns one after the other
---@param options perigee.llm.CallOptions|nil of all calls about the batch
---@return perigee.anthropic.Batch
function Client:batch(requests, options)
  local where = "client:batch"
  llm_client.check_call(where, self, metatable)
  return batches.create(where, self, requests, options)
end

--- A batch that was created before, by whomever.
---@async
---@param id string
---@param options perigee.llm.CallOptions|nil of all calls about the batch
---@return perigee.anthropic.Batch
function Client:retrieve_batch(id, options)
  local where = "client:retrieve_batch"
  llm_client.check_call(where, self, metatable)
  return batches.retrieve(where, self, id, options)
end

--- One page of the account's batches, the newest first.
---@async
---@param page perigee.anthropic.BatchPage|nil
---@return perigee.anthropic.BatchList
function Client:batches(page)
  local where = "client:batches"
  llm_client.check_call(where, self, metatable)
  return batches.list(where, self, page)
end

return argument.strict_module("perigee.anthropic", M)
