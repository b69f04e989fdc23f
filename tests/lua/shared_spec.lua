-- perigee.shared: counters of the whole process.

local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local orders = perigee.shared.counter("spec_orders")
local same_orders = perigee.shared.counter("spec_orders")
local others = perigee.shared.counter("spec_others")

local _, too_early = pcall(orders.add, orders)

describe("perigee.shared.counter", function()
  it("begins at 0 and returns the value after adding", function()
    assert.equal(0, orders:get())
    assert.equal(1, orders:add())
    assert.equal(6, orders:add(5))
    assert.equal(5.5, orders:add(-0.5))
    assert.equal(5.5, orders:get())
  end)

  it("is the same counter for the same name, and no other", function()
    orders:set(10)
    assert.equal(11, same_orders:add())
    assert.equal(11, orders:get())
    assert.equal(0, others:get())
  end)

  it("takes numbers alone", function()
    assert.has_error(function() orders:add("5") end, 'spec_orders: expected a number, got "5"')
    assert.has_error(function() orders:set() end, "spec_orders: expected a number, got nil")
    assert.has_error(function() orders:set(0 / 0) end, "spec_orders: expected a number")
    assert.has_error(function() orders:add(math.huge) end, "spec_orders: expected a number")
  end)

  it("is declared while the script loads, and used afterwards", function()
    assert.has_error(function() return perigee.shared.counter("late") end,
      "perigee.shared.counter: only available while the script loads")
    assert.matches("spec_orders: not available while the script loads", too_early)
  end)

  it("is all that perigee.shared has", function()
    assert.has_error(function() return perigee.shared.couter end,
      'perigee.shared has no "couter" (did you mean "counter"?)')
  end)
end)

return spec.script()
