-- The results of a message batch, as scripts see them.
--
-- https://docs.claude.com/en/api/retrieving-message-batch-results

local api_call = require "perigee.internal.api_call"
local breather = require "perigee.internal.breather"
local native = require "perigee.native"

local M = {}

--- By what became of the requests; `other`: results that cannot be read.
---@class perigee.anthropic.ResultCounts
---@field succeeded integer
---@field errored integer
---@field canceled integer
---@field expired integer
---@field other integer

---@class perigee.anthropic.BatchTotals
---@field ok boolean all results came
---@field counts perigee.anthropic.ResultCounts
---@field usage perigee.llm.Usage of all that succeeded
---@field cost_usd number|nil nil where a model's price is not known

---@return perigee.anthropic.BatchTotals
function M.nothing()
  return {
    ok = false,
    counts = { succeeded = 0, errored = 0, canceled = 0, expired = 0, other = 0 },
    usage = {
      input_tokens = 0,
      output_tokens = 0,
      cache_read_tokens = 0,
      cache_write_tokens = 0,
      thinking_tokens = 0,
    },
    cost_usd = 0,
  }
end

---@param answer perigee.native.BatchAnswer
---@return perigee.anthropic.BatchTotals
function M.totals(answer)
  return {
    ok = answer.ok,
    counts = answer.counts,
    usage = answer.usage,
    cost_usd = answer.cost_usd,
  }
end

---@class perigee.anthropic.BatchResult
---@field custom_id string
---@field type string "succeeded", "errored", "canceled", "expired"; "other" where it cannot be read
---@field ok boolean type == "succeeded"
---@field text string of the message, joined; "" where there is none
---@field message table|nil as the API sends messages; nil where there is none
---@field error { type: string, message: string, request_id: string }|nil of what errored

local FIELDS = {
  custom_id = true, type = true, ok = true, text = true, message = true, error = true,
}
local metatable = api_call.metatable("a batch's result", FIELDS)

local function table_of(value)
  return type(value) == "table" and value or nil
end

local function text_of(value)
  return type(value) == "string" and value or ""
end

local function text_of_message(message)
  local texts = {}
  for _, block in ipairs(table_of(message.content) or {}) do
    texts[#texts + 1] = block.type == "text" and text_of(block.text) or nil
  end
  return table.concat(texts)
end

-- The API wraps the error in an error.
local function error_of(outer)
  local inner = table_of(outer.error) or outer
  return {
    type = text_of(inner.type),
    message = text_of(inner.message),
    request_id = text_of(outer.request_id),
  }
end

local function result_of(line)
  local entry = table_of(native.json_decode(line)) or {}
  local result = table_of(entry.result) or {}
  local message, problem = table_of(result.message), table_of(result.error)
  return setmetatable({
    custom_id = text_of(entry.custom_id),
    type = type(result.type) == "string" and result.type or "other",
    ok = result.type == "succeeded",
    text = message and text_of_message(message) or "",
    message = message,
    error = problem and error_of(problem),
  }, metatable)
end

--- Decodes one line after the other, and lets other VUs go on now and then.
---@param lines perigee.native.BatchLines|nil nil for none
---@return async fun(): perigee.anthropic.BatchResult|nil
function M.each(lines)
  local breathe = breather.new()
  return function()
    local line = lines and lines:next_line()
    if not line then
      return nil
    end
    breathe()
    return result_of(line)
  end
end

return M
