-- Lists of models.

local api_call = require "perigee.internal.api_call"
local argument = require "perigee.internal.argument"

local M = {}

--- All fields exist in every outcome but `model` and `error`.
---@class perigee.llm.Models
---@field ok boolean
---@field status integer of the last page; 0 where no answer came
---@field models table[] as the provider describes them; {} where not ok or where one was asked for
---@field model table|nil the one that was asked for
---@field error perigee.llm.Error|nil nil where ok

local FIELDS = { ok = true, status = true, models = true, model = true, error = true }
local metatable = api_call.metatable("a list of models", FIELDS)

-- A server whose pages never end must not hold its user forever.
local MOST_PAGES = 100

local function escape(text)
  return (text:gsub("[^%w%-._~]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

local function result(response, problem, models, model)
  return setmetatable({
    ok = problem == nil,
    status = response.status,
    models = models,
    model = model,
    error = problem,
  }, metatable)
end

local function fetch(where, client, url)
  return api_call.send(where, client, { method = "GET", url = url, name = "models" })
end

--- One model.
---@async
---@param where string
---@param client perigee.llm.Client
---@param url string of the list
---@param id string
---@return perigee.llm.Models
function M.one(where, client, url, id)
  argument.name(where .. ": id", id)
  local response = fetch(where, client, url .. "/" .. escape(id))
  local model, problem = api_call.object(response)
  return result(response, problem, {}, model)
end

--- All of them, page by page.
---@async
---@param where string
---@param client perigee.llm.Client
---@param url string
---@param query string asks for long pages; "" where the provider's list has none
---@return perigee.llm.Models
function M.all(where, client, url, query)
  local models, response, more = {}, nil, ""
  for _ = 1, MOST_PAGES do
    response = fetch(where, client, url .. query .. more)
    local page, problem = api_call.object(response)
    if not page then
      return result(response, problem, {})
    end
    for _, model in ipairs(type(page.data) == "table" and page.data or {}) do
      models[#models + 1] = model
    end
    if page.has_more ~= true or type(page.last_id) ~= "string" then
      break
    end
    more = (query == "" and "?" or "&") .. "after_id=" .. escape(page.last_id)
  end
  return result(response, nil, models)
end

return M
