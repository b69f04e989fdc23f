-- Several things at once inside a VU.

local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

describe("perigee.all", function()
  it("returns what each function returned, by position", function()
    local results = perigee.all {
      function()
        perigee.sleep "20ms"
        return "slow"
      end,
      function() return nil end,
      function() return "fast" end,
    }
    assert.equal("slow", results[1])
    assert.is_nil(results[2])
    assert.equal("fast", results[3])
    assert.same({}, perigee.all {})
  end)

  it("runs them at once", function()
    local began = perigee.now()
    local function wait() perigee.sleep "100ms" end
    perigee.all { wait, wait, wait, wait, wait }
    assert.is_true(perigee.now() - began < 0.35)
  end)

  it("runs no more at a time than its limit", function()
    local running, most, ran = 0, 0, 0
    local functions = { limit = 3 }
    for index = 1, 10 do
      functions[index] = function()
        running = running + 1
        most = math.max(most, running)
        perigee.sleep "2ms"
        running, ran = running - 1, ran + 1
      end
    end
    perigee.all(functions)
    assert.equal(3, most)
    assert.equal(10, ran)
    assert.equal(3, functions.limit)
  end)

  it("may be nested, and shares the VU", function()
    local results = perigee.all {
      function()
        return perigee.all { function() return perigee.vu end, function() return 2 end }
      end,
      function() return 3 end,
    }
    assert.equal(perigee.vu, results[1][1])
    assert.equal(2, results[1][2])
    assert.equal(3, results[2])
  end)

  it("raises the error of one and ends the others", function()
    local went_on = false
    assert.has_error(function()
      perigee.all {
        function()
          perigee.sleep "50ms"
          went_on = true
        end,
        function()
          perigee.sleep "1ms"
          error("broken")
        end,
      }
    end, "broken")
    perigee.sleep "60ms"
    assert.equal(false, went_on)
  end)

  it("refuses what is no list of functions", function()
    assert.has_error(function() perigee.all(print) end,
      "perigee.all: expected a table, got function")
    assert.has_error(function() perigee.all { print, 5 } end,
      "perigee.all[2]: expected a function, got 5")
    assert.has_error(function() perigee.all { print, limt = 5 } end,
      'perigee.all: expected a list of functions, got the key "limt"')
    assert.has_error(function() perigee.all { print, limit = 0 } end,
      "perigee.all: limit: expected a whole number of 1 or more, got 0")
  end)
end)

describe("perigee.first", function()
  it("returns the first result and whose it is, and ends the others", function()
    local went_on = false
    local result, index = perigee.first {
      function()
        perigee.sleep "50ms"
        went_on = true
      end,
      function()
        perigee.sleep "1ms"
        return "fast"
      end,
    }
    assert.equal("fast", result)
    assert.equal(2, index)
    perigee.sleep "60ms"
    assert.equal(false, went_on)
  end)

  it("refuses an empty list and what is no function", function()
    assert.has_error(function() perigee.first {} end, "perigee.first: the list is empty")
    assert.has_error(function() perigee.first { "a" } end, 'perigee.first[1]: expected a function')
    assert.has_error(function() perigee.first { print, limit = 2 } end, 'got the key "limit"')
  end)
end)

return spec.script()
