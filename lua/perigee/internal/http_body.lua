-- Bodies of HTTP requests: texts, JSON, forms and forms with files.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

local JSON_TYPE = { ["content-type"] = "application/json" }
local FORM_TYPE = { ["content-type"] = "application/x-www-form-urlencoded" }

---@class perigee.http.File
---@field data string
---@field filename string|nil
---@field content_type string
local File = {}
File.__index = File

--- A file as one of a form's fields.
---@param where string
---@param data any
---@param filename any
---@param content_type any
---@return perigee.http.File
function M.file(where, data, filename, content_type)
  argument.typed(where .. ": data", data, "string")
  for name, value in pairs { filename = filename or "", content_type = content_type or "" } do
    argument.typed(("%s: %s"):format(where, name), value, "string")
    if value:find "[\r\n%z]" then
      argument.mismatch(("%s: %s"):format(where, name), "a text of one line", value)
    end
  end
  content_type = content_type or "application/octet-stream"
  return setmetatable({ data = data, filename = filename, content_type = content_type }, File)
end

local function is_file(value)
  return getmetatable(value) == File
end

local function escape(text)
  local escaped = text:gsub("[^%w%-._~ ]", function(char)
    return ("%%%02X"):format(char:byte())
  end)
  return (escaped:gsub(" ", "+"))
end

local function check_value(place, value)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" and kind ~= "boolean" and not is_file(value) then
    argument.mismatch(place, "a text", value)
  end
  return is_file(value) and value or tostring(value)
end

--- A form's fields as pairs of name and value, sorted by name, so that one table always gives one
--- body. A list gives its name several times, in its own order.
---@return { [1]: string, [2]: string|perigee.http.File }[] pairs
---@return boolean has_files
local function pairs_of(where, fields)
  local all, has_files = {}, false
  for name in pairs(fields) do
    if type(name) ~= "string" then
      argument.raise(where .. ": body: a table is sent as a form and needs named fields; "
        .. "send a list with params.json")
    end
  end
  for _, name in ipairs(argument.names(fields)) do
    local value, place = fields[name], ("%s: body.%s"):format(where, name)
    local is_list = type(value) == "table" and not is_file(value)
    if is_list and next(value) ~= nil and #value == 0 then
      argument.mismatch(place, "a text or a list", value)
    end
    for i, one in ipairs(is_list and value or { value }) do
      one = check_value(is_list and ("%s[%d]"):format(place, i) or place, one)
      has_files = has_files or is_file(one)
      all[#all + 1] = { name, one }
    end
  end
  return all, has_files
end

local function form(fields)
  local parts = {}
  for i, field in ipairs(fields) do
    parts[i] = escape(field[1]) .. "=" .. escape(field[2])
  end
  return table.concat(parts, "&")
end

-- As browsers write them (https://html.spec.whatwg.org/#multipart-form-data).
local function quoted(name)
  return (name:gsub('[\r\n"]', { ["\r"] = "%0D", ["\n"] = "%0A", ['"'] = "%22" }))
end

-- The same fields always give the same boundary, and none of them has it inside.
local function boundary_for(fields)
  local number = 0
  local boundary
  local function is_inside(field)
    local value = field[2]
    return (is_file(value) and value.data or value):find(boundary, 1, true) ~= nil
  end
  repeat
    number = number + 1
    boundary = ("----perigee-form-%d"):format(number)
    local found = false
    for _, field in ipairs(fields) do
      found = found or is_inside(field)
    end
  until not found
  return boundary
end

local function multipart(fields)
  local boundary = boundary_for(fields)
  local parts = {}
  for _, field in ipairs(fields) do
    local name, value = quoted(field[1]), field[2]
    local head = ('--%s\r\nContent-Disposition: form-data; name="%s"'):format(boundary, name)
    if is_file(value) then
      head = ('%s; filename="%s"\r\nContent-Type: %s'):format(
        head, quoted(value.filename or field[1]), value.content_type)
      value = value.data
    end
    parts[#parts + 1] = head .. "\r\n\r\n" .. value .. "\r\n"
  end
  parts[#parts + 1] = ("--%s--\r\n"):format(boundary)
  return table.concat(parts), { ["content-type"] = "multipart/form-data; boundary=" .. boundary }
end

--- A request's body as text, and the headers that belong to it.
---@param where string
---@param body any
---@param json any params.json
---@return string|nil text
---@return table<string, string>|nil headers by lower-case names
function M.encode(where, body, json)
  if json ~= nil then
    if body ~= nil then
      argument.raise(where .. ": body and params.json exclude each other")
    end
    return argument.json(where .. ": params.json", json), JSON_TYPE
  elseif body == nil or type(body) == "string" then
    return body, nil
  elseif is_file(body) then
    argument.raise(where .. ": body: a file is one of a form's fields: { name = http.file(…) }")
  elseif type(body) == "table" then
    local fields, has_files = pairs_of(where, body)
    if has_files then
      return multipart(fields)
    end
    return form(fields), FORM_TYPE
  end
  argument.mismatch(where .. ": body", "a text or a table", body)
end

--- The body compressed, and its headers with the encoding among them.
---@param place string of the params
---@param compression any params.compression
---@param text string|nil
---@param headers table<string, string>|nil
---@return string|nil text
---@return table<string, string>|nil headers
function M.compress(place, compression, text, headers)
  if compression ~= "gzip" then
    argument.mismatch(place .. ": compression", '"gzip"', compression)
  elseif not text then
    return text, headers
  end
  return native.gzip(text), argument.merged(headers, { ["content-encoding"] = "gzip" })
end

return M
