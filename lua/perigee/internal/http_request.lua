-- What a script says about a request, checked and turned into what C++ sends.

local argument = require "perigee.internal.argument"
local headers = require "perigee.internal.headers"
local http_body = require "perigee.internal.http_body"
local native = require "perigee.native"

local M = {}

-- Fields of params, and those of them that http.defaults takes.
local PARAMS = {
  headers = "table",
  tags = "table",
  name = "string",
  timeout = "any",
  connect_timeout = "any",
  json = "any",
  insecure = "boolean",
  http2 = "boolean",
  discard_body = "boolean",
  redirects = "number",
  auth = "table",
  cookies = "table",
  no_cookies = "boolean",
  compression = "string",
  accept_encoding = "boolean",
  expected_statuses = "table",
}
local DEFAULTS = argument.merged(PARAMS)
for _, name in ipairs { "name", "json", "cookies", "compression" } do
  DEFAULTS[name] = nil
end

local NO_PARAMS = {}
local AUTH = { user = "string", password = "string" }

local defaults -- What http.defaults said; nil where it was not called.
local default_headers -- By lower-case name.

local function with_defaults(params)
  if not defaults then
    return params
  end
  local merged = argument.merged(defaults, params)
  merged.headers = params.headers
  if type(params.tags) == "table" then
    merged.tags = argument.merged(defaults.tags, params.tags)
  end
  return merged
end

--- "get" as "GET".
---@param where string
---@param method any
---@return string
function M.check_method(where, method)
  if type(method) ~= "string" or not method:find "^%a+$" then
    argument.mismatch(where, 'a method such as "GET"', method)
  end
  return method:upper()
end

local function is_url(text)
  return type(text) == "string" and text:find "^[hH][tT][tT][pP][sS]?://[^/]" ~= nil
end

--- A URL such as "/items", on the host that the run is for.
local function on_host(where, path)
  local host = native.host()
  if not host then
    argument.raise(('%s: "%s" needs a host: give --host or options.host, or write the whole URL')
      :format(where, path))
  end
  return host:gsub("/+$", "") .. path
end

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

--- Takes "user:password@" out of a URL: it must not turn up in tags or messages. A password may
--- have an "@" itself: the last one before the path ends it.
---@return string url
---@return string|nil user_password
local function without_user(where, url)
  local scheme, user, rest = url:match "^(%a+://)([^/?#]*)@(.*)$"
  if not scheme then
    return url, nil
  end
  local name, password = user:match "^([^:]*)(.*)$"
  if unescape(name):find ":" then
    argument.raise(where .. ': the URL\'s user: expected a name without ":"')
  end
  return scheme .. rest, unescape(name .. password)
end

---@return string url
---@return string name the tag `name`, where the script gives none
---@return string|nil user_password
local function parse_url(where, url)
  if type(url) == "string" and url:find "%c" then
    argument.raise(where .. ": the URL has a control character in it")
  end
  if type(url) == "string" and url:find "^/" then
    local whole, user_password = without_user(where, on_host(where, url))
    return whole, url:match "^[^?#]*", user_password
  elseif not is_url(url) then
    argument.mismatch(where, 'a URL such as "http://127.0.0.1:8080/path", or a path such as '
      .. '"/path" on the host of the run', url)
  end
  local user_password
  url, user_password = without_user(where, url)
  return url, url:match "^[^?#]*", user_password
end

local function credentials(place, auth)
  argument.fields(place, auth, AUTH)
  local user = auth.user
  if not user or user:find ":" then
    argument.mismatch(place .. ": user", 'a name without ":"', user)
  end
  return user .. ":" .. (auth.password or "")
end

local function is_status(value)
  return type(value) == "number" and value >= 100 and value <= 999 and value % 1 == 0
end

--- { 200, { 300, 399 } } as pairs of the lowest and the highest.
local function status_ranges(place, statuses)
  local ranges = {}
  for i, entry in ipairs(statuses) do
    local low, high = entry, entry
    if type(entry) == "table" then
      low, high = entry[1], entry[2]
    end
    if not (is_status(low) and is_status(high) and low <= high) then
      argument.mismatch(("%s[%d]"):format(place, i), "a status such as 200, or { 200, 299 }", entry)
    end
    ranges[i] = { low, high }
  end
  if #ranges == 0 then
    argument.mismatch(place, "a list of statuses such as { 200, { 300, 399 } }", statuses)
  end
  return ranges
end

local function cookie_header(place, cookies)
  local parts = {}
  for name, value in pairs(cookies) do
    local kind = type(value)
    if type(name) ~= "string" then
      argument.mismatch(place, "names and values", name)
    elseif kind ~= "string" and kind ~= "number" then
      argument.mismatch(("%s: %s"):format(place, argument.shown(name)), "a text", value)
    elseif name == "" or name:find "[%c%s=;,]" or tostring(value):find "[%c;]" then
      argument.raise(("%s: %s is not a valid cookie"):format(place, argument.shown(name)))
    end
    parts[#parts + 1] = name .. "=" .. value
  end
  table.sort(parts)
  return table.concat(parts, "; ")
end

local function time_limit(place, value)
  local seconds = argument.seconds(place, value)
  if seconds == 0 then
    argument.mismatch(place, "a duration above 0", value)
  end
  return seconds
end

local function redirects_of(place, redirects)
  if redirects and (redirects < 0 or redirects % 1 ~= 0 or redirects > 100) then
    argument.mismatch(place .. ": redirects", "a whole number from 0 to 100", redirects)
  end
  return redirects or 10
end

--- The fields of params that are tables themselves.
local function add_tables(request, place, params)
  if params.auth then
    request.user_password = credentials(place .. ": auth", params.auth)
  end
  if params.cookies then
    request.cookie = cookie_header(place .. ": cookies", params.cookies)
  end
  if params.expected_statuses then
    request.expected_statuses =
      status_ranges(place .. ": expected_statuses", params.expected_statuses)
  end
end

--- Checks all that a script said about a request.
---@param where string
---@param method string
---@param url any
---@param body any
---@param params any
---@param more table<string, string>|nil further fields of params that are known here, with their
---  types; they are for the caller to read
---@return perigee.native.HttpRequest
function M.prepare(where, method, url, body, params, more)
  local whole_url, name, user_password = parse_url(where, url)
  local place = where .. ": params"
  if params ~= nil then
    argument.fields(place, params, more and argument.merged(PARAMS, more) or PARAMS)
  end
  params = with_defaults(params or NO_PARAMS)
  local text, body_headers = http_body.encode(where, body, params.json)
  if default_headers then
    body_headers = argument.merged(default_headers, body_headers)
  end
  if params.compression then
    text, body_headers = http_body.compress(place, params.compression, text, body_headers)
  end
  local request = {
    method = method,
    url = whole_url,
    headers = headers.lines(place .. ": headers", params.headers, body_headers),
    body = text,
    name = params.name or name,
    tags = argument.tags(place .. ": tags", params.tags),
    connect_timeout = time_limit(place .. ": connect_timeout", params.connect_timeout or 10),
    timeout = time_limit(place .. ": timeout", params.timeout or 60),
    insecure = params.insecure,
    http2 = params.http2,
    discard_body = params.discard_body,
    redirects = redirects_of(place, params.redirects),
    user_password = user_password,
    no_cookies = params.no_cookies,
    accept_encoding = params.accept_encoding,
  }
  add_tables(request, place, params)
  return request
end

--- What all requests of the script have, unless their own params say otherwise.
---@param where string
---@param params any
function M.set_defaults(where, params)
  argument.while_loading(where)
  argument.fields(where, params, DEFAULTS)
  -- Found here and not by the first request.
  headers.lines(where .. ": headers", params.headers)
  argument.tags(where .. ": tags", params.tags)
  for _, name in ipairs { "timeout", "connect_timeout" } do
    time_limit(("%s: %s"):format(where, name), params[name] or 1)
  end
  redirects_of(where, params.redirects)
  add_tables({}, where, params)
  defaults, default_headers = argument.merged(params), nil
  for name, value in pairs(params.headers or NO_PARAMS) do
    default_headers = default_headers or {}
    default_headers[name:lower()] = value
  end
end

return M
