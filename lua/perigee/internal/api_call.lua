-- Calls of a provider's API that are answered in one piece and are no answers of a model: counting
-- tokens, lists of models, batches. They are measured as HTTP requests are.

local argument = require "perigee.internal.argument"
local http_request = require "perigee.internal.http_request"
local native = require "perigee.native"

local M = {}

---@class perigee.llm.CallOptions
---@field name string|nil the tag `name`; default the path without its query
---@field tags table<string, string|number|boolean>|nil beside the client's
---@field headers table<string, string|number>|nil beside the client's
---@field timeout perigee.Duration|nil for the whole call; default the client's timeouts.total

M.OPTIONS = { name = "string", tags = "table", headers = "table", timeout = "any" }

---@class perigee.llm.Response
---@field ok boolean a status from 200 to 299, and all of the body
---@field status integer 0 where no answer came
---@field headers table<string, string> lower-case names
---@field body string "" where there is none
---@field error perigee.llm.Error|nil nil where ok
local Response = {}

--- The body as a Lua value.
---@return any value nil where the body is not JSON
---@return string|nil error why it is not
function Response:json()
  return native.json_decode(self.body)
end

--- The metatable of what a call returns: reading a misspelt field is an error.
---@param what string as in "a count of tokens"
---@param fields table<string, true>
---@param methods table<string, function>|nil
---@return table
function M.metatable(what, fields, methods)
  return { __index = argument.strict_index(what, methods or {}, fields) }
end

local RESPONSE_FIELDS = { ok = true, status = true, headers = true, body = true, error = true }
local response_metatable = M.metatable("an API's response", RESPONSE_FIELDS, Response)

local NONE = {}

--- An error that the provider did not word.
---@param kind string
---@param status integer
---@param message string
---@return perigee.llm.Error
function M.plain_error(kind, status, message)
  return {
    kind = kind,
    status = status,
    type = "",
    message = message,
    request_id = "",
    limit = "",
  }
end

local function error_of(response)
  if response.ok then
    return nil
  elseif response.status >= 300 then
    return native.llm_error(response.status, response.body, response.headers)
  end
  return M.plain_error(response.error.kind, response.status, response.error.message)
end

local function text_of(where, body)
  if type(body) == "table" then
    return argument.json(where .. ": body", body)
  end
  return body
end

---@class perigee.internal.ApiCall
---@field method string
---@field url string
---@field body table|string|perigee.native.Body|nil a table is sent as JSON
---@field name string
---@field options perigee.llm.CallOptions|nil known to have none but good fields
---@field headers table<string, string>|nil defaults of this call's headers; lower-case names

--- The request that is sent.
---@param where string
---@param client perigee.llm.Client
---@param call perigee.internal.ApiCall
---@return perigee.native.HttpRequest
function M.prepare(where, client, call)
  local to, options = client.endpoint, call.options or NONE
  local timeout = options.timeout or to.timeouts.total
  return {
    method = http_request.check_method(where, call.method),
    url = call.url,
    headers = to:header_lines(where, options.headers, call.headers),
    body = text_of(where, call.body),
    name = options.name or call.name,
    tags = to:tags_for(where, options.tags),
    connect_timeout = to.timeouts.connect,
    timeout = argument.seconds(where .. ": timeout", timeout),
    insecure = to.insecure,
    http2 = to.http2,
    accept_encoding = true,
    no_cookies = true,
    redirects = 0,
    expected_statuses = { { 200, 299 } },
  }
end

--- What came of it, as scripts see it.
---@param answer perigee.http.Response
---@return perigee.llm.Response
function M.response(answer)
  return setmetatable({
    ok = answer.ok,
    status = answer.status,
    headers = answer.headers,
    body = answer.body,
    error = error_of(answer),
  }, response_metatable)
end

--- Sends it and waits for the answer.
---@async
---@param where string
---@param client perigee.llm.Client
---@param call perigee.internal.ApiCall
---@return perigee.llm.Response
function M.send(where, client, call)
  return M.response(native.http(M.prepare(where, client, call)))
end

--- A call of a path of the API, as a script asks for it.
---@async
---@param where string
---@param client perigee.llm.Client
---@param method string
---@param path string below base_url
---@param body table|string|nil
---@param options perigee.llm.CallOptions|nil known to have none but good fields
---@param headers table<string, string>|nil
---@return perigee.llm.Response
function M.request(where, client, method, path, body, options, headers)
  if type(path) ~= "string" or not path:find("^/") or path:find("[%s%c]") then
    argument.mismatch(where .. ": path", 'a path below base_url, such as "/models"', path)
  end
  return M.send(where, client, {
    method = method,
    url = client.base_url .. path,
    body = body,
    name = path:match("^[^?#]*"),
    options = options,
    headers = headers,
  })
end

--- The JSON object that a call was answered with, or why there is none.
---@param response perigee.llm.Response
---@return table|nil object
---@return perigee.llm.Error|nil error
function M.object(response)
  if response.error then
    return nil, response.error
  end
  local object, why = response:json()
  if type(object) ~= "table" then
    local message = "the answer is no JSON object" .. (why and ": " .. why or "")
    return nil, M.plain_error("protocol", response.status, message)
  end
  return object
end

return M
