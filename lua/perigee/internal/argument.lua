-- Checks what scripts pass to the library, and raises errors that point at the script's own line.
--
-- Every check takes `where`, the words that an error begins with, such as "perigee.user" or
-- "perigee.http.get: params".
--
-- Errors: `where: what is wrong`, with the position of the innermost call outside the library.
-- A function that ends in `return perigee.sleep(…)` has left no frame, so its line is not known.

local native = require "perigee.native"

local M = {}

-- All modules of the library share what their source names begin with.
local LIBRARY = assert(
  debug.getinfo(1, "S").source:match("^(.*perigee[/.])internal[/.]argument"),
  "the library's modules are named perigee/..."
)

--- Raises `text` at the script's line, or without a line where no script is running.
---@param text string
function M.raise(text)
  local level = 2
  local frame = debug.getinfo(level, "S")
  while frame and (frame.what == "C" or frame.source:sub(1, #LIBRARY) == LIBRARY) do
    level = level + 1
    frame = debug.getinfo(level, "S")
  end
  error(text, frame and level or 0)
end

--- Writes a value as error messages show it: texts and numbers as they are, all else by type.
---@param value any
---@return string
function M.shown(value)
  local kind = type(value)
  if kind == "string" then
    return #value > 60 and ('"%s…"'):format(value:sub(1, 60)) or ('"%s"'):format(value)
  elseif kind == "number" or kind == "boolean" then
    return tostring(value)
  end
  return value ~= nil and value == native.null and "null" or kind
end

---@param where string
---@param expected string what would do, as in "a list"
---@param got any
function M.mismatch(where, expected, got)
  M.raise(("%s: expected %s, got %s"):format(where, expected, M.shown(got)))
end

--- The keys of a table that are texts, sorted.
---@param set table<string, any>
---@return string[]
function M.names(set)
  local names = {}
  for name in pairs(set) do
    if type(name) == "string" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

--- ` (did you mean "duration"?)`, or "" where nothing is near.
---@param name string
---@param candidates string[]
---@return string
function M.did_you_mean(name, candidates)
  local near = native.nearest(name, candidates)
  return near and (' (did you mean "%s"?)'):format(near) or ""
end

--- Raises for a field that is not known.
---@param where string
---@param name any
---@param known table<string, any> the known names are its keys
---@param hint string? what to do where no known name is near
function M.unknown_field(where, name, known, hint)
  if type(name) ~= "string" then
    M.raise(("%s: expected named fields, got the entry [%s]"):format(where, tostring(name)))
  end
  local near = M.did_you_mean(name, M.names(known))
  if near == "" then
    near = "; " .. (hint or "known are " .. table.concat(M.names(known), ", "))
  end
  M.raise(('%s: unknown field "%s"%s'):format(where, name, near))
end

--- Checks that a table has none but known fields, each of its type.
---@param where string
---@param fields any
---@param types table<string, string> name -> type of the value, or "any"
function M.fields(where, fields, types)
  if type(fields) ~= "table" then
    M.mismatch(where, "a table", fields)
  end
  for name, value in pairs(fields) do
    local expected = types[name]
    if not expected then
      M.unknown_field(where, name, types)
    elseif expected ~= "any" and type(value) ~= expected then
      M.mismatch(("%s: %s"):format(where, name), "a " .. expected, value)
    end
  end
end

---@param where string
---@param value any
---@param expected "string"|"number"|"table"|"function"|"boolean"
function M.typed(where, value, expected)
  if type(value) ~= expected then
    M.mismatch(where, "a " .. expected, value)
  end
end

--- Raises unless the value is a whole number from `least` up to 2^53.
---@param where string
---@param value any
---@param least integer
function M.whole(where, value, least)
  if type(value) ~= "number" or not (value >= least and value <= 2 ^ 53) or value % 1 ~= 0 then
    M.mismatch(where, ("a whole number of %d or more"):format(least), value)
  end
end

--- Raises unless the value is a name: a text with more than spaces in it.
---@param where string
---@param value any
function M.name(where, value)
  M.typed(where, value, "string")
  if not value:find("%S") then
    M.mismatch(where, "a name", value)
  end
end

--- Raises unless the value is a list: a table with entries [1] to [n] and nothing else.
---@param where string
---@param value any
---@param of_what string what the list holds, as in "functions"
function M.list(where, value, of_what)
  if type(value) ~= "table" then
    M.mismatch(where, "a list of " .. of_what, value)
  end
  local count = #value
  for key in pairs(value) do
    if type(key) ~= "number" or key < 1 or key > count or key % 1 ~= 0 then
      M.raise(("%s: expected a list of %s, got the key %s"):format(where, of_what, M.shown(key)))
    end
  end
end

--- Raises unless a VU is running.
---@param where string
function M.in_vu(where)
  if native.phase() ~= "iteration" then
    M.raise(where .. ": not available while the script loads; call it in a task, a hook or default")
  end
end

--- Raises once the script is loaded.
---@param where string
function M.while_loading(where)
  if native.phase() ~= "load" then
    M.raise(where .. ": only available while the script loads; call it at the top of the script")
  end
end

--- Calls a native function whose errors the script must see at its own line.
---@param where string
---@param native_function function must not suspend
---@param ... any
---@return any
function M.call(where, native_function, ...)
  local ok, result = pcall(native_function, ...)
  if not ok then
    -- The position that the error may begin with is the library's.
    M.raise(where .. ": " .. tostring(result):gsub('^[^%s"]+:%d+: ', ""))
  end
  return result
end

--- Seconds from a number of seconds or a text such as "250ms".
---@param where string
---@param value any
---@return number seconds
function M.seconds(where, value)
  if type(value) == "number" and value >= 0 and value < 1e9 then
    return value
  end
  return M.call(where, native.seconds, value)
end

--- The value as JSON text.
---@param where string
---@param value any
---@return string
function M.json(where, value)
  return M.call(where, native.json_encode, value)
end

--- Tags with all values as texts: the same table where they are, a copy where numbers and booleans
--- had to be turned into texts.
---@param where string
---@param tags any
---@return table<string, string>|nil
function M.tags(where, tags)
  if tags == nil then
    return nil
  end
  M.typed(where, tags, "table")
  local texts = tags
  for name, value in pairs(tags) do
    if type(name) ~= "string" then
      M.mismatch(where, "names and values", name)
    elseif type(value) == "number" or type(value) == "boolean" then
      texts = texts == tags and M.merged(tags) or texts
      texts[name] = tostring(value)
    elseif type(value) ~= "string" then
      M.mismatch(('%s: "%s"'):format(where, name), "a text", value)
    end
  end
  return texts
end

--- A new table with the entries of both; those of `second` win.
---@param first table|nil
---@param second table|nil
---@return table
function M.merged(first, second)
  local all = {}
  for name, value in pairs(first or {}) do
    all[name] = value
  end
  for name, value in pairs(second or {}) do
    all[name] = value
  end
  return all
end

--- An __index that finds methods, lets optional fields be nil, and raises for any other name.
---@param what string what has the fields, as in "a reply"
---@param methods table<string, function>
---@param fields table<string, any> the names of all fields, as keys
---@return fun(object: table, name: any): any
function M.strict_index(what, methods, fields)
  return function(_, name)
    local method = methods[name]
    if method ~= nil or fields[name] then
      return method
    end
    local known = M.names(M.merged(methods, fields))
    local near = M.did_you_mean(tostring(name), known)
    M.raise(('%s has no "%s"%s'):format(what, tostring(name), near))
  end
end

--- Makes reading a name that a module does not have an error. Returns the module.
---@generic T: table
---@param name string
---@param module T
---@return T
function M.strict_module(name, module)
  return setmetatable(module, {
    __index = function(self, key)
      local near = M.did_you_mean(tostring(key), M.names(self))
      M.raise(('%s has no "%s"%s'):format(name, tostring(key), near))
    end,
  })
end

return M
