-- A script's options as plain data, in the form in which the engine reads them.

local argument = require "perigee.internal.argument"

local M = {}

-- What classes the scenarios may name.
---@class perigee.internal.Names
---@field of_class table<perigee.UserClass, string>
---@field users table<string, true> the script's user classes, by name

-- Options are plain data: they are read by C++ and written into the result file.
local function check_plain(where, value, depth)
  local kind = type(value)
  if kind == "table" then
    if depth > 20 then
      argument.raise(where .. ": tables are nested too deeply")
    end
    for key, inner in pairs(value) do
      local format = type(key) == "number" and "%s[%s]" or "%s.%s"
      check_plain(format:format(where, tostring(key)), inner, depth + 1)
    end
  elseif kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
    argument.mismatch(where, "plain data", value)
  end
end

-- { "llm_ttft p(95) < 2s", delay = "10s" } is neither a JSON array nor an object: the line gets the
-- name `threshold`, as in k6.
local function threshold_entry(entry)
  if type(entry) ~= "table" or type(entry[1]) ~= "string" then
    return entry
  end
  local named = argument.merged(entry, { threshold = entry[1] })
  named[1] = nil
  return named
end

local function has_names(entry)
  return #argument.names(entry) > 0
end

-- Either a list of entries, or k6's map from a metric to an entry or to a list of them.
local function plain_thresholds(thresholds)
  local plain = {}
  for key, value in pairs(thresholds) do
    if type(key) == "number" or type(value) ~= "table" or has_names(value) then
      plain[key] = threshold_entry(value)
    else
      plain[key] = {}
      for index, entry in ipairs(value) do
        plain[key][index] = threshold_entry(entry)
      end
    end
  end
  return plain
end

-- A scenario names classes by themselves or by name: what comes out are names.
local function plain_users(where, users, names)
  if type(users) ~= "table" or names.of_class[users] then
    users = { users }
  end
  argument.list(where, users, "user classes")
  if #users == 0 then
    argument.raise(where .. ": the list is empty")
  end
  local plain = {}
  for index, user in ipairs(users) do
    local place = ("%s[%d]"):format(where, index)
    plain[index] = names.of_class[user] or user
    if type(plain[index]) ~= "string" then
      argument.mismatch(place, "one of the script's user classes or its name", user)
    elseif not names.users[plain[index]] then
      local mend = argument.did_you_mean(plain[index], argument.names(names.users))
      argument.raise(('%s: the script has no user class "%s"%s'):format(place, plain[index], mend))
    end
  end
  return plain
end

local function plain_scenario(where, scenario, names)
  if type(scenario) ~= "table" then
    argument.mismatch(where, "a table", scenario)
  end
  local plain = argument.merged(scenario)
  if scenario.users ~= nil and scenario.exec ~= nil then
    argument.raise(where .. ": users and exec exclude each other")
  elseif scenario.users ~= nil then
    plain.users = plain_users(where .. ".users", scenario.users, names)
  end
  return plain
end

local function plain_scenarios(scenarios, names)
  if type(scenarios) ~= "table" then
    argument.mismatch("options.scenarios", "a table of scenarios by name", scenarios)
  end
  local plain = {}
  for name, scenario in pairs(scenarios) do
    if type(name) ~= "string" then
      argument.raise(('options.scenarios: expected names, as in { steady = { executor = '
        .. '"constant-vus", … } }, got the entry [%s]'):format(tostring(name)))
    end
    plain[name] = plain_scenario("options.scenarios." .. name, scenario, names)
  end
  return plain
end

--- A copy that JSON can hold. Raises for what is no plain data, and for a scenario whose `users`
--- are not the script's.
---@param options table
---@param names perigee.internal.Names
---@return table
function M.from(options, names)
  local plain = argument.merged(options)
  if options.scenarios ~= nil then
    plain.scenarios = plain_scenarios(options.scenarios, names)
  end
  check_plain("options", plain, 1)
  if type(options.thresholds) == "table" then
    plain.thresholds = plain_thresholds(options.thresholds)
  end
  return plain
end

return M
