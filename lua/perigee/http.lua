-- HTTP requests, shaped like k6's.
--
--     local http = require "perigee.http"
--     local response = http.get("https://example.com/health", { timeout = "5s" })
--
-- What goes wrong in the world (refused, time-out, status 500) is data: look at `response.ok` and
-- `response.error`. Only a mistake in the script raises.

local argument = require "perigee.internal.argument"
local headers = require "perigee.internal.headers"
local native = require "perigee.native"

local M = {}

---@class perigee.http.Params
---@field headers table<string, string|number>|nil
---@field tags table<string, string|number|boolean>|nil tags for this request's samples
---@field name string|nil the tag `name`; default the URL without its query
---@field timeout perigee.Duration|nil for the whole request; default "60s"
---@field connect_timeout perigee.Duration|nil default "10s"
---@field insecure boolean|nil do not verify the server's certificate; default false
---@field http2 boolean|nil offer HTTP/2; default false
---@field discard_body boolean|nil count the body's bytes and drop them; default false
---@field json any sent as a JSON body, instead of `body`

---@class perigee.http.Timings all in seconds
---@field blocked number waiting for a connection
---@field looking_up number DNS
---@field connecting number TCP
---@field tls_handshaking number
---@field sending number
---@field waiting number from the request's last byte to the answer's first
---@field receiving number
---@field duration number sending + waiting + receiving, as k6 counts

---@class perigee.http.Error
---@field kind string "timeout" "connect" "dns" "tls" "reset" "protocol" without an answer; "auth"
---  "not_found" "too_large" "rate_limited" "overloaded" "server_error" "invalid_request" by status
---@field message string

---@class perigee.http.Response
---@field ok boolean an answer came, with a status below 400
---@field status integer 0 where no answer came
---@field headers table<string, string> lower-case names
---@field body string "" where there is none
---@field timings perigee.http.Timings
---@field error perigee.http.Error|nil nil where ok
---@field url string
---@field method string
local Response = {}

--- The body as a Lua value.
---@return any value nil where the body is not JSON
---@return string|nil error why it is not
function Response:json()
  return native.json_decode(self.body)
end

local RESPONSE_FIELDS = {
  ok = true, status = true, headers = true, body = true, timings = true, error = true, url = true,
  method = true,
}

local response_metatable = {
  __index = argument.strict_index("an HTTP response", Response, RESPONSE_FIELDS),
}

local PARAMS = {
  headers = "table",
  tags = "table",
  name = "string",
  timeout = "any",
  connect_timeout = "any",
  insecure = "boolean",
  http2 = "boolean",
  discard_body = "boolean",
  json = "any",
}

local JSON_TYPE = { ["content-type"] = "application/json" }
local FORM_TYPE = { ["content-type"] = "application/x-www-form-urlencoded" }
local NO_PARAMS = {}

local function escape(text)
  local escaped = text:gsub("[^%w%-._~ ]", function(char)
    return ("%%%02X"):format(char:byte())
  end)
  return (escaped:gsub(" ", "+"))
end

-- Sorted by name, so that one table always gives one body.
local function form_body(where, fields)
  local parts = {}
  for name, value in pairs(fields) do
    local kind = type(value)
    if type(name) ~= "string" then
      argument.raise(where .. ": body: a table is sent as a form and needs named fields; "
        .. "send a list with params.json")
    elseif kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
      argument.mismatch(("%s: body.%s"):format(where, name), "a text", value)
    end
    parts[#parts + 1] = escape(name) .. "=" .. escape(tostring(value))
  end
  table.sort(parts)
  return table.concat(parts, "&")
end

---@return string|nil body
---@return table<string, string>|nil content_type
local function body_of(where, body, params)
  if params.json ~= nil then
    if body ~= nil then
      argument.raise(where .. ": body and params.json exclude each other")
    end
    return argument.json(where .. ": params.json", params.json), JSON_TYPE
  elseif body == nil or type(body) == "string" then
    return body, nil
  elseif type(body) == "table" then
    return form_body(where, body), FORM_TYPE
  end
  argument.mismatch(where .. ": body", "a text or a table", body)
end

local function check_url(where, url)
  if type(url) ~= "string" or not url:find("^[hH][tT][tT][pP][sS]?://[^/]") then
    argument.mismatch(where, 'a URL such as "http://127.0.0.1:8080/path"', url)
  end
end

local function send(where, method, url, body, params)
  argument.in_vu(where)
  check_url(where, url)
  params = params or NO_PARAMS
  local place = where .. ": params"
  argument.fields(place, params, PARAMS)
  local text, content_type = body_of(where, body, params)
  local response = native.http({
    method = method,
    url = url,
    headers = headers.lines(place, params.headers, content_type),
    body = text,
    name = params.name or url:match("^[^?#]*"),
    tags = argument.tags(place, params.tags),
    connect_timeout = argument.seconds(place, params.connect_timeout or 10),
    timeout = argument.seconds(place, params.timeout or 60),
    insecure = params.insecure,
    http2 = params.http2,
    discard_body = params.discard_body,
  })
  response.method, response.url = method, url
  return setmetatable(response, response_metatable)
end

--- Sends a GET and waits for the answer.
---
--- Every distinct `name` is a series of its own in the results: where the path holds an id, give a
--- `name` such as "/items/{id}".
---@async
---@param url string
---@param params perigee.http.Params|nil
---@return perigee.http.Response
function M.get(url, params)
  return send("perigee.http.get", "GET", url, nil, params)
end

---@async
---@param url string
---@param params perigee.http.Params|nil
---@return perigee.http.Response
function M.head(url, params)
  return send("perigee.http.head", "HEAD", url, nil, params)
end

---@async
---@param url string
---@param params perigee.http.Params|nil
---@return perigee.http.Response
function M.delete(url, params)
  return send("perigee.http.delete", "DELETE", url, nil, params)
end

--- Sends a POST and waits for the answer.
---@async
---@param url string
---@param body string|table|nil a text as it is; a table as a form (name=value&…), as k6 does
---@param params perigee.http.Params|nil
---@return perigee.http.Response
function M.post(url, body, params)
  return send("perigee.http.post", "POST", url, body, params)
end

---@async
---@param url string
---@param body string|table|nil
---@param params perigee.http.Params|nil
---@return perigee.http.Response
function M.put(url, body, params)
  return send("perigee.http.put", "PUT", url, body, params)
end

---@async
---@param url string
---@param body string|table|nil
---@param params perigee.http.Params|nil
---@return perigee.http.Response
function M.patch(url, body, params)
  return send("perigee.http.patch", "PATCH", url, body, params)
end

--- Sends a request of any method and waits for the answer.
---@async
---@param method string letters, such as "OPTIONS"
---@param url string
---@param body string|table|nil
---@param params perigee.http.Params|nil
---@return perigee.http.Response
function M.request(method, url, body, params)
  if type(method) ~= "string" or not method:find("^%a+$") then
    argument.mismatch("perigee.http.request", 'a method such as "GET"', method)
  end
  return send("perigee.http.request", method:upper(), url, body, params)
end

return argument.strict_module("perigee.http", M)
