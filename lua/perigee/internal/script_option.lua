-- Options that a script declares, and the command line gives.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

--- What perigee.option takes.
---@class perigee.ScriptOption
---@field default string|number|boolean|nil the value where the command line gives none
---@field help string|nil a line for `perigee run script.lua --help`
---@field kind "string"|"number"|"boolean"|"duration"|nil default: the type of `default`; needed where there is none

local FIELDS = { default = "any", help = "string", kind = "string" }

local YES = { [""] = true, ["true"] = true, yes = true, on = true, ["1"] = true }
local NO = { ["false"] = true, no = true, off = true, ["0"] = true }

-- Of each kind: reads the text that the command line gave.
local READ = {
  string = function(_, text)
    return text
  end,
  number = function(where, text)
    local number = tonumber(text)
    if not number or number ~= number or math.abs(number) == math.huge then
      argument.mismatch(where, "a number", text)
    end
    return number
  end,
  boolean = function(where, text)
    if not YES[text] and not NO[text] then
      argument.mismatch(where, "true or false", text)
    end
    return YES[text] or false
  end,
  duration = function(where, text)
    return argument.seconds(where, text)
  end,
}

local function kind_of(where, options)
  local kind = options.kind
  if kind and not READ[kind] then
    local near = argument.did_you_mean(kind, argument.names(READ))
    near = near ~= "" and near or "; known are " .. table.concat(argument.names(READ), ", ")
    argument.raise(('%s: unknown kind "%s"%s'):format(where, kind, near))
  elseif kind then
    return kind
  elseif options.default == nil then
    argument.raise(where .. ': needs a default or a kind, as in { kind = "number" }')
  end
  kind = type(options.default)
  if not READ[kind] then
    argument.mismatch(where .. ": default", "a text, a number or a boolean", options.default)
  end
  return kind
end

-- The default as the script gets it, and as the help shows it.
local function read_default(where, kind, default)
  if default == nil then
    return nil, ""
  elseif kind == "duration" then
    return argument.seconds(where, default), tostring(default)
  end
  argument.typed(where, default, kind)
  return default, tostring(default)
end

local function check_name(name)
  argument.typed("perigee.option: name", name, "string")
  if not name:find("^%a[%w_-]*$") then
    argument.mismatch("perigee.option: name", "letters, digits, - and _, as in \"max_words\"", name)
  end
end

--- The value of what the command line gave.
---@param name string
---@param kind "string"|"number"|"boolean"|"duration"
---@param text string
---@return string|number|boolean value a duration in seconds
function M.read(name, kind, text)
  return READ[kind]("--" .. name, text)
end

---@param name string
---@param options perigee.ScriptOption|nil
---@return any value
function M.option(name, options)
  argument.while_loading("perigee.option")
  check_name(name)
  local where = ('perigee.option "%s"'):format(name)
  options = options or {}
  argument.fields(where, options, FIELDS)
  local kind = kind_of(where, options)
  local default, shown = read_default(where .. ": default", kind, options.default)
  local text = argument.call(where, native.declare_option, name, kind, shown, options.help or "")
  if text == nil then
    return default
  end
  return M.read(name, kind, text)
end

return M
