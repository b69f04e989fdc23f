-- HTTP requests, shaped like k6's.
--
--     local http = require "perigee.http"
--     local response = http.get("https://example.com/health", { timeout = "5s" })
--
-- What goes wrong in the world (refused, time-out, status 500) is data: look at `response.ok` and
-- `response.error`. Only a mistake in the script raises.

local argument = require "perigee.internal.argument"
local http_body = require "perigee.internal.http_body"
local http_request = require "perigee.internal.http_request"
local http_stream = require "perigee.internal.http_stream"
local native = require "perigee.native"

local M = {}

---@class perigee.http.Params
---@field headers table<string, string|number>|nil
---@field tags table<string, string|number|boolean>|nil tags for this request's samples
---@field name string|nil the tag `name`; default the URL without its query, or the path as given
---@field timeout perigee.Duration|nil for the whole request, redirects included; default "60s"
---@field connect_timeout perigee.Duration|nil default "10s"
---@field json any sent as a JSON body, instead of `body`
---@field compression "gzip"|nil compress the request's body
---@field accept_encoding boolean|nil offer compressed answers and decode them; default true
---@field discard_body boolean|nil count the body's bytes and drop them; default false
---@field redirects integer|nil follow at most so many; 0 returns the redirect itself; default 10
---@field expected_statuses (integer|integer[])[]|nil statuses that are a success, such as
---  { 200, { 300, 399 } }; default 100 to 399
---@field auth { user: string, password: string|nil }|nil basic authentication; also as
---  "http://user:password@…"
---@field cookies table<string, string|number>|nil sent with this request, beside the user's own
---@field no_cookies boolean|nil neither send nor keep the user's cookies; default false
---@field insecure boolean|nil do not verify the server's certificate; default false
---@field http2 boolean|nil offer HTTP/2; default false

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
---  "not_found" "too_large" "rate_limited" "overloaded" "server_error" "invalid_request" by status;
---  "other" for a status below 400 that was not expected; "protocol" for one redirect too many and
---  for a body of more than 64 MB, unless it is discarded
---@field message string

---@class perigee.http.Response
---@field ok boolean an answer came, with an expected status
---@field status integer 0 where no answer came
---@field headers table<string, string> lower-case names; repeated ones joined by ", "
---@field cookies table<string, string> that this answer set
---@field body string "" where there is none
---@field timings perigee.http.Timings of the last request
---@field error perigee.http.Error|nil nil where ok
---@field url string of the last request
---@field redirects integer how many were followed
---@field method string as it was asked
---@field version string "1.1", "2"; "" where no answer came
---@field remote_ip string of the server, or of the proxy before it; "" without a connection
local Response = {}

--- The body as a Lua value.
---@return any value nil where the body is not JSON
---@return string|nil error why it is not
function Response:json()
  return native.json_decode(self.body)
end

local RESPONSE_FIELDS = {
  ok = true, status = true, headers = true, cookies = true, body = true, timings = true,
  error = true, url = true, redirects = true, method = true, version = true, remote_ip = true,
}

local response_metatable = {
  __index = argument.strict_index("an HTTP response", Response, RESPONSE_FIELDS),
}

local function prepare(where, method, url, body, params)
  local request = http_request.prepare(where, method, url, body, params)
  if request.accept_encoding == nil then
    request.accept_encoding = true
  end
  return request
end

local function send_prepared(request)
  local response = native.http(request)
  response.method = request.method
  return setmetatable(response, response_metatable)
end

local function send(where, method, url, body, params)
  argument.in_vu(where)
  return send_prepared(prepare(where, method, url, body, params))
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
---@param body string|table|nil a text as it is; a table as a form (name=value&…), as k6 does: a
---  list gives its name several times, http.file(…) makes it multipart/form-data
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
  local where = "perigee.http.request"
  return send(where, http_request.check_method(where, method), url, body, params)
end

--- A file, as one of the fields of a form.
---@param data string its bytes
---@param filename string|nil default the field's name
---@param content_type string|nil default "application/octet-stream"
---@return perigee.http.File
function M.file(data, filename, content_type)
  return http_body.file("perigee.http.file", data, filename, content_type)
end

---@class perigee.http.BatchEntry
---@field method string|nil default "GET"
---@field url string
---@field body string|table|nil
---@field params perigee.http.Params|nil

local BATCH_ENTRY = { method = "string", url = "any", body = "any", params = "table" }
local BATCH_OPTIONS = { limit = "number" }

local function prepare_entry(where, entry)
  if type(entry) == "string" then
    return prepare(where, "GET", entry)
  end
  argument.typed(where, entry, "table")
  if entry[1] == nil then
    argument.fields(where, entry, BATCH_ENTRY)
    entry = { entry.method, entry.url, entry.body, entry.params }
  end
  local method = http_request.check_method(where, entry[1] or "GET")
  return prepare(where, method, entry[2], entry[3], entry[4])
end

--- Sends several requests at once and waits for all answers.
---
---     local page, style = unpack(http.batch { "/index.html", { "GET", "/style.css" } })
---@async
---@param requests (string|perigee.http.BatchEntry|any[])[] each a URL to get, { method, url, body,
---  params }, or the same with names
---@param options { limit: integer|nil }|nil at most so many at a time; default 20
---@return perigee.http.Response[] responses in the order of the requests
function M.batch(requests, options)
  local where = "perigee.http.batch"
  argument.in_vu(where)
  argument.typed(where, requests, "table")
  argument.fields(where .. ": options", options or {}, BATCH_OPTIONS)
  local limit = options and options.limit or 20
  if limit < 1 or limit % 1 ~= 0 then
    argument.mismatch(where .. ": options: limit", "a whole number from 1", limit)
  end
  local sends = {}
  for i, entry in ipairs(requests) do
    local request = prepare_entry(("%s[%d]"):format(where, i), entry)
    sends[i] = function()
      return send_prepared(request)
    end
  end
  if #sends == 0 then
    if next(requests) ~= nil then
      argument.mismatch(where, "a list of requests", requests)
    end
    return {}
  end
  return (native.all(sends, limit, false))
end

--- What the script's requests have, unless their own params say otherwise; headers and tags one by
--- one. Calling it again replaces it all. Only while the script loads.
---
---     http.defaults { headers = { ["x-tenant"] = "a" }, expected_statuses = { { 200, 299 } } }
---@param params perigee.http.Params without name, json, cookies and compression
function M.defaults(params)
  http_request.set_defaults("perigee.http.defaults", params)
end

--- Forgets the user's cookies.
function M.clear_cookies()
  argument.in_vu "perigee.http.clear_cookies"
  native.clear_cookies()
end

-- Documented where they are written: lua/perigee/internal/http_stream.lua.
M.stream = http_stream.stream
M.open = http_stream.open

return argument.strict_module("perigee.http", M)
