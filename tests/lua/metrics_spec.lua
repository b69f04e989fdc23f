-- A script's own metrics: declaring and recording. That samples arrive is the engine's test.

local metrics = require "perigee.metrics"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local counter = metrics.counter("spec_counter")
local gauge = metrics.gauge("spec_gauge", { unit = "B" })
local rate = metrics.rate("spec_rate")
local trend = metrics.trend("spec_trend")
local time = metrics.trend("spec_time", { unit = "s" })

-- Declarations only work while the script loads, so their errors are caught here.
local errors = {}
for name, declare in pairs {
  unit = function() return metrics.trend("spec_x", { unit = "parsecs" }) end,
  milliseconds = function() return metrics.trend("spec_x", { unit = "ms" }) end,
  field = function() return metrics.trend("spec_x", { units = "s" }) end,
  name = function() return metrics.counter("spec x") end,
  taken = function() return metrics.gauge("spec_counter") end,
} do
  local _, message = pcall(declare)
  errors[name] = tostring(message)
end
local again = metrics.counter("spec_counter")

describe("declaring a metric", function()
  it("refuses units that do not exist, and says what to write for milliseconds", function()
    assert.matches('perigee%.metrics%.trend: unknown unit "parsecs"; known are', errors.unit)
    assert.matches('unit = "s"', errors.milliseconds)
  end)

  it("refuses unknown options, invalid names and names of another type", function()
    assert.matches('unknown field "units" %(did you mean "unit"%?%)', errors.field)
    assert.matches("metrics_spec%.lua:%d+: perigee%.metrics%.counter: ", errors.name)
    assert.matches("perigee%.metrics%.gauge: .*spec_counter", errors.taken)
  end)

  it("twice in the same way is one metric", function()
    assert.equal(counter.id, again.id)
  end)

  it("is refused in a VU", function()
    assert.has_error(function() return metrics.counter("spec_late") end, "while the script loads")
  end)
end)

describe("recording", function()
  it("takes what the type takes", function()
    counter:add()
    counter:add(5, { size = 512 })
    gauge:set(1024)
    gauge:add(-1)
    rate:add(true)
    rate:add(false, { kind = "read" })
    rate:add(1)
    trend:add(0.5)
    time:add(1.5)
    time:add("250ms")
  end)

  it("refuses the rest, naming the metric", function()
    assert.has_error(function() counter:add(-1) end, "spec_counter: expected a number from 0")
    assert.has_error(function() counter:add("1") end, 'spec_counter: expected a number, got "1"')
    assert.has_error(function() gauge:set(nil) end, "spec_gauge: expected a number, got nil")
    assert.has_error(function() rate:add(0.5) end, "spec_rate: expected true or false, got 0.5")
    assert.has_error(function() rate:add(nil) end, "spec_rate: expected true or false, got nil")
    assert.has_error(function() trend:add(0 / 0) end, "spec_trend: expected a number")
    assert.has_error(function() trend:add(math.huge) end, "spec_trend: expected a number")
    assert.has_error(function() trend:add("250ms") end, "spec_trend: expected a number")
    assert.has_error(function() time:add("250x") end, "spec_time: expected a duration")
    assert.has_error(function() trend:add(1, { kind = {} }) end, 'spec_trend: tags: "kind"')
  end)
end)

return spec.script()
