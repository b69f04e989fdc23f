-- Message batches: many requests at once, answered within a day, at half the price.
--
-- https://docs.claude.com/en/api/creating-message-batches

local api_call = require "perigee.internal.api_call"
local argument = require "perigee.internal.argument"
local batch_body = require "perigee.internal.batch_body"
local batch_results = require "perigee.internal.batch_results"
local native = require "perigee.native"

local M = {}

--- All fields exist in every outcome but those that may be nil.
---@class perigee.anthropic.Batch
---@field ok boolean the last call about it succeeded
---@field status integer of that call; 0 where no answer came
---@field error perigee.llm.Error|nil nil where ok
---@field id string "" where it was not created
---@field processing_status string "in_progress", "canceling", "ended"; "" where it is not known
---@field request_counts perigee.anthropic.BatchCounts the API's; all but `processing` stay 0 until
---  the batch has ended
---@field created_at string as the API gave it; ""
---@field expires_at string
---@field ended_at string
---@field package client perigee.anthropic.Client
---@field package options table of all calls
---@field package name string
---@field package model string
---@field package clock perigee.native.BatchClock|nil nil of a batch that was created elsewhere
---@field package reserve perigee.native.BatchReserve|nil nil without a budget, and once settled
local Batch = {}

---@class perigee.anthropic.BatchCounts
---@field processing integer
---@field succeeded integer
---@field errored integer
---@field canceled integer
---@field expired integer

local FIELDS = {
  ok = true, status = true, error = true, id = true, processing_status = true,
  request_counts = true, created_at = true, expires_at = true, ended_at = true, clock = true,
  reserve = true,
}
local metatable = api_call.metatable("a batch", FIELDS, Batch)

local function url_of(client, id, more)
  return client.base_url .. "/v1/messages/batches" .. (id and "/" .. id or "") .. (more or "")
end

local function check_id(where, id)
  if type(id) ~= "string" or not id:find("^[%w_-]+$") then
    argument.mismatch(where, "the id of a batch", id)
  end
end

local function refuse_vertex(where, client)
  if client.vertex then
    argument.raise(where .. ": Vertex AI has no message batches")
  end
end

local function call_of(batch, method, more)
  return {
    method = method,
    url = url_of(batch.client, batch.id, more),
    name = batch.name .. "/{id}" .. (more or ""),
    options = batch.options,
  }
end

local function note_outcome(batch, status, problem)
  batch.ok, batch.status, batch.error = problem == nil, status, problem
end

local COUNTS = { "processing", "succeeded", "errored", "canceled", "expired" }

local function text_of(value)
  return type(value) == "string" and value or ""
end

local function take_fields(batch, object)
  for _, name in ipairs { "id", "processing_status", "created_at", "expires_at", "ended_at" } do
    batch[name] = text_of(object[name])
  end
  local counts = type(object.request_counts) == "table" and object.request_counts or {}
  for _, name in ipairs(COUNTS) do
    batch.request_counts[name] = tonumber(counts[name]) or 0
  end
end

-- What an answer says of the batch. A failed one leaves what was known.
local function take(batch, response)
  local object, problem = api_call.object(response)
  note_outcome(batch, response.status, problem)
  if not object then
    return
  end
  take_fields(batch, object)
  if not batch.clock then
    return
  elseif batch.processing_status == "ended" then
    batch.clock:ended()
  else
    batch.clock:goes_on()
  end
end

local function new(client, options)
  options = argument.merged(options)
  local name = options.name or "batches"
  options.name = nil
  return setmetatable({
    ok = false,
    status = 0,
    id = "",
    processing_status = "",
    request_counts = { processing = 0, succeeded = 0, errored = 0, canceled = 0, expired = 0 },
    created_at = "",
    expires_at = "",
    ended_at = "",
    client = client,
    options = options,
    name = name,
    model = "",
  }, metatable)
end

-- Of what is recorded of the batch beside its HTTP requests.
local function tags_of(where, batch)
  local tags = batch.client.endpoint:tags_for(where, batch.options.tags)
  return argument.merged(tags, { name = batch.name })
end

-- Takes the most that the batch can cost out of the run's budget. A batch does not wait for room in
-- it, as requests do: others' money comes back long before a batch's.
local function reserve(batch, whole)
  local granted, part = native.batch_reserve(whole.worst_case_usd)
  batch.reserve = part
  if granted == false then
    note_outcome(batch, 0, api_call.plain_error("other", 0,
      ("the budget has no room for a batch that can cost $%.4f"):format(whole.worst_case_usd)))
  end
  return granted ~= false
end

-- By id: a batch can have several handles, and the same money is in all of them.
local reserves, recorded = {}, {}

local function settle(batch, usd)
  local part = batch.reserve or reserves[batch.id]
  batch.reserve, reserves[batch.id] = nil, nil
  if part then
    part:settle(usd)
  end
end

--- Creates a batch.
---
--- Errors: raises for what cannot be sent; failures are in the batch.
---@async
---@param where string
---@param client perigee.anthropic.Client
---@param requests perigee.anthropic.BatchRequest[]|fun(): perigee.anthropic.BatchRequest|nil
---@param options perigee.llm.CallOptions|nil of this call and all that follow about the batch
---@return perigee.anthropic.Batch
function M.create(where, client, requests, options)
  refuse_vertex(where, client)
  argument.fields(where .. ": options", options or {}, api_call.OPTIONS)
  local batch = new(client, options)
  local whole = batch_body.build(where, client, requests)
  batch.model = whole.model
  if not reserve(batch, whole) then
    return batch
  end
  take(batch, api_call.send(where, client, {
    method = "POST",
    url = url_of(client),
    body = whole.body,
    name = batch.name,
    options = batch.options,
  }))
  if batch.ok then
    local tags = tags_of(where, batch)
    tags.model = whole.model
    batch.clock = native.batch_clock(tags)
    reserves[batch.id] = batch.reserve
  elseif batch.status >= 400 then
    settle(batch, 0)
  end
  return batch
end

--- A batch that was created before, by whomever.
---@async
---@param where string
---@param client perigee.anthropic.Client
---@param id string
---@param options perigee.llm.CallOptions|nil of this call and all that follow about the batch
---@return perigee.anthropic.Batch
function M.retrieve(where, client, id, options)
  refuse_vertex(where, client)
  check_id(where .. ": id", id)
  argument.fields(where .. ": options", options or {}, api_call.OPTIONS)
  local batch = new(client, options)
  batch.id = id
  batch:refresh()
  return batch
end

---@class perigee.anthropic.BatchPage
---@field limit integer|nil at most so many; default the API's: 20
---@field after_id string|nil
---@field before_id string|nil

local PAGE = { limit = "number", after_id = "string", before_id = "string" }

--- All fields exist in every outcome but `error`.
---@class perigee.anthropic.BatchList
---@field ok boolean
---@field status integer 0 where no answer came
---@field error perigee.llm.Error|nil nil where ok
---@field batches perigee.anthropic.Batch[] the newest first
---@field has_more boolean
---@field first_id string "" where there is none
---@field last_id string

local LIST_FIELDS = {
  ok = true, status = true, error = true, batches = true, has_more = true, first_id = true,
  last_id = true,
}
local list_metatable = api_call.metatable("a list of batches", LIST_FIELDS)

local function query_of(where, page)
  argument.fields(where, page, PAGE)
  local parts = {}
  for _, name in ipairs(argument.names(page)) do
    if name == "limit" then
      argument.whole(where .. ": limit", page.limit, 1)
    else
      check_id(("%s: %s"):format(where, name), page[name])
    end
    parts[#parts + 1] = name .. "=" .. page[name]
  end
  return #parts > 0 and "?" .. table.concat(parts, "&") or ""
end

--- One page of the account's batches.
---@async
---@param where string
---@param client perigee.anthropic.Client
---@param page perigee.anthropic.BatchPage|nil
---@return perigee.anthropic.BatchList
function M.list(where, client, page)
  refuse_vertex(where, client)
  local response = api_call.send(where, client, {
    method = "GET",
    url = url_of(client, nil, query_of(where, page or {})),
    name = "batches",
  })
  local object, problem = api_call.object(response)
  object = object or {}
  local batches = {}
  for index, entry in ipairs(type(object.data) == "table" and object.data or {}) do
    batches[index] = new(client)
    note_outcome(batches[index], response.status, nil)
    take_fields(batches[index], entry)
  end
  return setmetatable({
    ok = problem == nil,
    status = response.status,
    error = problem,
    batches = batches,
    has_more = object.has_more == true,
    first_id = text_of(object.first_id),
    last_id = text_of(object.last_id),
  }, list_metatable)
end

-- ---- a batch's methods; their outcome is in its ok, status and error

-- The failure of the call that created a batch stays its error.
local function exists(batch)
  return batch.id ~= ""
end

--- Asks how far it is.
---@async
---@return boolean ok
function Batch:refresh()
  if exists(self) then
    take(self, api_call.send("batch:refresh", self.client, call_of(self, "GET")))
  end
  return self.ok
end

---@class perigee.anthropic.BatchWait
---@field poll perigee.Duration|nil before the first look; each wait is half as long again as the
---  one before; default "1s"
---@field max_poll perigee.Duration|nil the longest; default "60s"
---@field timeout perigee.Duration|nil default none: batches end after 24 hours at the latest

local WAIT = { poll = "any", max_poll = "any", timeout = "any" }
local GROWTH = 1.5

-- Failures of a look that the next one may not have.
local PASSING = {
  timeout = true, connect = true, dns = true, reset = true, rate_limited = true, overloaded = true,
  server_error = true,
}

local function wait_options(where, options)
  argument.fields(where, options, WAIT)
  local poll = argument.seconds(where .. ": poll", options.poll or 1)
  local most = argument.seconds(where .. ": max_poll", options.max_poll or math.max(60, poll))
  if poll == 0 then
    argument.mismatch(where .. ": poll", "a duration above 0", options.poll)
  elseif most < poll then
    argument.raise(where .. ": max_poll: shorter than poll")
  end
  local timeout = options.timeout and argument.seconds(where .. ": timeout", options.timeout)
  return poll, most, native.now() + (timeout or math.huge)
end

--- Waits until it has ended, looking from time to time. Looks that fail for a passing reason are
--- made again.
---@async
---@param options perigee.anthropic.BatchWait|nil
---@return boolean ended
function Batch:wait(options)
  local where = "batch:wait"
  argument.in_vu(where)
  local delay, most, deadline = wait_options(where, options or {})
  while exists(self) and self.processing_status ~= "ended" do
    local left = deadline - native.now()
    if left <= 0 then
      note_outcome(self, self.status,
        api_call.plain_error("timeout", self.status, "the batch has not ended in time"))
      return false
    end
    native.sleep(math.min(delay, left))
    if not self:refresh() and not PASSING[self.error.kind] then
      return false
    end
    local asked = self.error and self.error.retry_after or 0
    delay = math.max(math.min(delay * GROWTH, most), asked)
  end
  return exists(self)
end

-- True where there are results to read.
local function has_ended(batch)
  if exists(batch) and batch.processing_status ~= "ended" and batch:refresh()
    and batch.processing_status ~= "ended" then
    note_outcome(batch, batch.status, api_call.plain_error("other", batch.status,
      ("the batch has not ended: it is %s; call batch:wait() first"):format(
        batch.processing_status)))
  end
  return exists(batch) and batch.processing_status == "ended"
end

-- Reads all results. The first time that this succeeds they become part of the metrics.
---@return perigee.anthropic.BatchTotals
---@return perigee.native.BatchLines|nil lines
local function read(where, batch, keep)
  argument.in_vu(where)
  if not has_ended(batch) then
    return batch_results.nothing()
  end
  local request = api_call.prepare(where, batch.client, call_of(batch, "GET", "/results"))
  request.model, request.keep, request.recorded = batch.model, keep, recorded[batch.id]
  request.batch_tags = tags_of(where, batch)
  local answer = native.batch_results(request)
  local response = api_call.response(answer)
  note_outcome(batch, response.status, response.error)
  recorded[batch.id] = recorded[batch.id] or batch.ok
  if batch.ok and answer.cost_usd then
    settle(batch, answer.cost_usd)
  end
  return batch_results.totals(answer), answer.lines
end

--- Reads the results and adds them up, without keeping them: a batch of any size takes little
--- memory.
---@async
---@return perigee.anthropic.BatchTotals
function Batch:totals()
  return (read("batch:totals", self, false))
end

--- Reads the results and iterates over them, in no particular order. None come where the batch has
--- not ended or they cannot be read: see `ok` and `error`.
---
---     for result in batch:results() do … end
---
--- Cost: keeps those in memory, as they came, that were not yet iterated over.
---@async
---@return async fun(): perigee.anthropic.BatchResult|nil
function Batch:results()
  local _, lines = read("batch:results", self, true)
  return batch_results.each(lines)
end

--- Asks the API to process no further requests of it. It ends some time later: batch:wait().
---@async
---@return boolean ok
function Batch:cancel()
  if exists(self) then
    take(self, api_call.send("batch:cancel", self.client, call_of(self, "POST", "/cancel")))
  end
  return self.ok
end

--- Deletes it, which the API allows once it has ended.
---@async
---@return boolean ok
function Batch:delete()
  if exists(self) then
    local response = api_call.send("batch:delete", self.client, call_of(self, "DELETE"))
    local _, problem = api_call.object(response)
    note_outcome(self, response.status, problem)
  end
  return self.ok
end

return M
