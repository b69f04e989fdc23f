-- A test runner in busted's words, for scripts that run inside perigee:
--
--     perigee run --mock -i 1 tests/lua/json_spec.lua
--
-- A spec is a script that ends with `return spec.script()`. describe() bodies run while it loads,
-- it() bodies in an iteration. Prints "N passed, N failed"; a failure makes perigee exit with 110.

local perigee = require "perigee"

local M = {}

local tests = {}
local groups = {}
local setups = { {} } -- of the open groups, outermost first

--- Groups tests; may be nested.
function M.describe(name, body)
  groups[#groups + 1] = name
  setups[#setups + 1] = {}
  body()
  groups[#groups], setups[#setups] = nil, nil
end

--- Runs before each test of the group that it stands in.
function M.before_each(body)
  table.insert(setups[#setups], body)
end

function M.it(name, body)
  local before = {}
  for _, group in ipairs(setups) do
    for _, setup in ipairs(group) do
      before[#before + 1] = setup
    end
  end
  local title = table.concat(groups, " ") .. " " .. name
  local function run()
    for _, setup in ipairs(before) do
      setup()
    end
    body()
  end
  tests[#tests + 1] = { title = title, run = run }
end

local function shown(value)
  return type(value) == "string" and '"' .. value .. '"' or tostring(value)
end

local function same(first, second)
  if type(first) ~= "table" or type(second) ~= "table" then
    return first == second
  end
  for key, value in pairs(first) do
    if not same(value, second[key]) then
      return false
    end
  end
  for key in pairs(second) do
    if first[key] == nil then
      return false
    end
  end
  return true
end

local function fail(text)
  error(text, 3)
end

M.assert = {}

function M.assert.equal(expected, actual)
  if expected ~= actual then
    fail(("expected %s, got %s"):format(shown(expected), shown(actual)))
  end
end

--- Like equal, but tables are compared by what they hold.
function M.assert.same(expected, actual)
  if not same(expected, actual) then
    fail(("expected the same as %s, got %s"):format(shown(expected), shown(actual)))
  end
end

-- Tail calls: the error's line is the spec's.
function M.assert.is_true(actual) return M.assert.equal(true, actual) end
function M.assert.is_nil(actual) return M.assert.equal(nil, actual) end

function M.assert.matches(pattern, text)
  if type(text) ~= "string" or not text:find(pattern) then
    fail(("expected a text like %s, got %s"):format(shown(pattern), shown(text)))
  end
end

--- The body raises an error whose text has `text` in it, literally.
function M.assert.has_error(body, text)
  local ok, message = pcall(body)
  if ok then
    fail("expected an error, got none")
  elseif text and not tostring(message):find(text, 1, true) then
    fail(("expected an error with %s, got %s"):format(shown(text), shown(message)))
  end
end

local function run_all()
  local failed = 0
  for _, test in ipairs(tests) do
    local ok, message = pcall(test.run)
    if not ok then
      failed = failed + 1
      print(("FAILED %s\n  %s"):format(test.title, tostring(message)))
    end
  end
  print(("%d passed, %d failed"):format(#tests - failed, failed))
  if failed > 0 then
    perigee.fail(failed .. " tests failed")
  end
end

--- The table that the spec returns to perigee.
function M.script()
  return { default = run_all }
end

return M
