-- The global table: print, and a guard once the script is loaded. Without the guard a VU that
-- forgets `local` would share a variable with all other VUs of its worker, and a misspelt name would
-- silently be nil.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

-- Names that scripts use for the library's modules.
local MODULES = {
  perigee = "perigee",
  http = "perigee.http",
  json = "perigee.json",
  metrics = "perigee.metrics",
  anthropic = "perigee.anthropic",
  data = "perigee.data",
  text = "perigee.text",
}

local function refuse_assignment(_, name)
  error(('assigning the new global "%s": write "local %s", or keep it in the VU\'s own table')
    :format(tostring(name), tostring(name)), 2)
end

local function refuse_reading(globals, name)
  local mend = argument.did_you_mean(tostring(name), argument.names(globals))
  if MODULES[name] then
    mend = ('; write local %s = require "%s"'):format(name, MODULES[name])
  end
  error(('undefined global "%s"%s'):format(tostring(name), mend), 2)
end

-- stdout is for results, so what scripts print goes where their log lines go.
local function print_to_log(...)
  local texts = {}
  for position = 1, select("#", ...) do
    texts[position] = tostring((select(position, ...)))
  end
  native.log("info", table.concat(texts, "\t"))
end

-- It would end the process with nothing judged and nothing written.
local function refuse_exit()
  argument.raise("os.exit: not available; perigee.abort(reason) ends the test")
end

--- Call before the script runs.
function M.prepare()
  print = print_to_log
  os.exit = refuse_exit
end

--- Makes assigning a new global, or reading one that does not exist, an error at the script's line.
--- Globals that exist keep working; rawget and rawset pass the guard.
function M.freeze()
  setmetatable(_G, { __newindex = refuse_assignment, __index = refuse_reading })
end

return M
