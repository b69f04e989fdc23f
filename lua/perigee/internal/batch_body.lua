-- The body that creates a message batch, written request by request into a buffer outside of Lua.

local argument = require "perigee.internal.argument"
local breather = require "perigee.internal.breather"
local messages_body = require "perigee.internal.messages_body"
local native = require "perigee.native"

local M = {}

---@class perigee.anthropic.BatchRequest
---@field custom_id string|nil finds its result again; default "request-1", "request-2" …
---@field params perigee.anthropic.Request as for client:create

--- What is known of a batch before it is sent.
---@class perigee.internal.BatchBody
---@field body perigee.native.Body
---@field count integer
---@field model string that all of its requests ask; "" where they are several
---@field worst_case_usd number the most that its requests can cost whose models have a price

-- https://docs.claude.com/en/docs/build-with-claude/batch-processing
local MOST_REQUESTS = 100000
local MOST_BYTES = 256 * 1024 * 1024

local ENTRY = { custom_id = "string", params = "table" }

local OF_THE_BATCH = "belongs to the batch: claude:batch(requests, { … })"
local OF_ANSWERS = "the requests of a batch are not answered one by one"
local REFUSED = {
  stream = "a batch's requests are not streamed",
  stop_after_tokens = "a batch's requests are not streamed",
  timeouts = OF_ANSWERS,
  retries = OF_ANSWERS,
  name = OF_THE_BATCH,
  tags = OF_THE_BATCH,
  headers = OF_THE_BATCH,
  betas = "belongs to the client",
}

local function source_of(where, requests)
  if type(requests) == "function" then
    return requests
  end
  argument.list(where .. ": requests", requests, "requests")
  local index = 0
  return function()
    index = index + 1
    return requests[index]
  end
end

local function params_of(place, client, params)
  argument.typed(place, params, "table")
  for name, why in pairs(REFUSED) do
    if params[name] ~= nil then
      argument.raise(("%s: %s: %s"):format(place, name, why))
    end
  end
  local built = messages_body.build_whole(place, params, client.defaults)
  if built.stream ~= nil then
    argument.raise(("%s: extra.stream: %s"):format(place, REFUSED.stream))
  end
  return built
end

-- One request: the only place that sees them all, one by one.
local function add(self, place, client, entry)
  argument.fields(place, entry, ENTRY)
  local params = params_of(place .. ".params", client, entry.params)
  local json = argument.json(place .. ".params", params)
  local model = type(params.model) == "string" and params.model or client.model
  self.count = self.count + 1
  local id = argument.json(place .. ".custom_id", entry.custom_id or "request-" .. self.count)
  self.body:append(('%s{"custom_id":%s,"params":'):format(self.count > 1 and "," or "", id))
  self.body:append(json)
  self.body:append("}")
  self.model = (self.count == 1 or self.model == model) and model or ""
  local usd = native.batch_worst_case(json, model, tonumber(params.max_tokens) or 0)
  self.worst_case_usd = self.worst_case_usd + (usd or 0)
end

--- Takes the requests one at a time, so that what makes them need not hold them all. Lets other VUs
--- go on now and then.
---
--- Errors: raises for a request that cannot be sent, and past the API's limits of 100,000 requests
--- and 256 MB.
---@async
---@param where string
---@param client perigee.anthropic.Client
---@param requests perigee.anthropic.BatchRequest[]|fun(): perigee.anthropic.BatchRequest|nil
---@return perigee.internal.BatchBody
function M.build(where, client, requests)
  local self = { body = native.body_new(), count = 0, model = "", worst_case_usd = 0 }
  local next_entry, breathe = source_of(where, requests), breather.new()
  self.body:append '{"requests":['
  for entry in next_entry do
    local place = ("%s: requests[%d]"):format(where, self.count + 1)
    if self.count == MOST_REQUESTS then
      argument.raise(place .. ": the API takes at most 100,000 requests in a batch")
    end
    add(self, place, client, entry)
    if self.body:size() > MOST_BYTES then
      argument.raise(place .. ": the batch is larger than 256 MB, which the API does not take")
    end
    breathe()
  end
  self.body:append "]}"
  return self
end

return M
