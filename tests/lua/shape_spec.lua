-- Load shapes, as the stages that they become.

local spec = require "spec"
local suite = require "perigee.internal.suite"

local describe, it, assert = spec.describe, spec.it, spec.assert

local function nothing() end

local function stages_of(shape)
  return suite.load({ default = nothing, shape = shape }).shape
end

-- Compares with a list of { duration, target }.
local function check_stages(expected, shape)
  local stages = stages_of(shape)
  assert.equal(#expected, #stages)
  for index, stage in ipairs(stages) do
    assert.is_true(math.abs(expected[index][1] - stage.duration) < 1e-9)
    assert.is_true(math.abs(expected[index][2] - stage.target) < 1e-9)
  end
end

-- The number of VUs at a time, by the stages.
local function vus_at(stages, time)
  local count = 0
  for _, stage in ipairs(stages) do
    if time < stage.duration then
      return count + (stage.target - count) * time / stage.duration
    end
    time, count = time - stage.duration, stage.target
  end
  return count
end

describe("a shape", function()
  it("that is constant becomes a jump and one stage", function()
    check_stages({ { 0, 50 }, { 600, 50 } }, function(elapsed)
      return elapsed < 600 and 50 or nil
    end)
  end)

  it("of steps becomes jumps and stages between them", function()
    check_stages({ { 0, 10 }, { 60, 10 }, { 0, 30 }, { 60, 30 }, { 0, 5 }, { 30, 5 } },
      function(elapsed)
        if elapsed < 60 then return 10 end
        if elapsed < 120 then return 30 end
        if elapsed < 150 then return 5 end
      end)
  end)

  it("moves at its spawn rate, up and down", function()
    check_stages({ { 10, 100 }, { 50, 100 }, { 5, 0 }, { 5, 0 } }, function(elapsed)
      if elapsed < 60 then return 100, 10 end
      if elapsed < 70 then return 0, 20 end
    end)
  end)

  it("reaches its number within a second where the rate allows it", function()
    check_stages({ { 0.25, 5 }, { 9.75, 5 } }, function(elapsed)
      if elapsed < 10 then return 5, 20 end
    end)
    check_stages({ { 2.5, 5 }, { 7.5, 5 } }, function(elapsed)
      if elapsed < 10 then return 5, 2 end
    end)
  end)

  it("that begins with nobody stays at 0", function()
    check_stages({ { 5, 0 }, { 0, 3 }, { 5, 3 } }, function(elapsed)
      if elapsed < 10 then return elapsed < 5 and 0 or 3 end
    end)
  end)

  it("is met at every second, whatever it looks like", function()
    local function wave(elapsed)
      if elapsed < 3600 then return 100 + 50 * math.sin(elapsed / 100) end
    end
    local stages = stages_of(wave)
    for second = 0, 3599, 7 do
      assert.equal(math.floor(wave(second) + 0.5), vus_at(stages, second + 0.5))
    end
    local total = 0
    for _, stage in ipairs(stages) do
      total = total + stage.duration
    end
    assert.equal(3600, total)
  end)

  it("is refused where it never ends, or ends at once", function()
    assert.has_error(function() stages_of(function() return 1 end) end,
      "shape: no end within 24h; return nil where the test ends")
    assert.has_error(function() stages_of(nothing) end, "the test would end at once")
  end)

  it("is refused where it returns something else", function()
    assert.has_error(function() stages_of(function() return -1 end) end,
      "shape(0): expected a number of users from 0, or nil at the end, got -1")
    assert.has_error(function() stages_of(function() return 0 / 0 end) end, "a number of users")
    assert.has_error(function() stages_of(function(t) return t < 3 and 1 or "5" end) end,
      'shape(3): expected a number of users from 0, or nil at the end, got "5"')
    assert.has_error(function() stages_of(function() return 5, 0 end) end,
      "shape(0): expected a spawn rate above 0 as the second value, or none, got 0")
  end)

  it("is refused beside options that say the load too", function()
    for name, value in pairs {
      vus = 5, duration = "1m", stages = { "1m:5" }, iterations = 5, start_vus = 1, spawn_rate = 2,
      max_duration = "1m", scenarios = { a = {} },
    } do
      assert.has_error(function()
        suite.load { default = nothing, shape = nothing, options = { [name] = value } }
      end, ("options.%s: the script's shape says how much load there is"):format(name))
    end
  end)
end)

return spec.script()
