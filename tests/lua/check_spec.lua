-- perigee's own functions: check, pick, env, names that do not exist.

local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

describe("perigee.check", function()
  it("returns the condition as a boolean", function()
    assert.equal(true, perigee.check("a boolean", true))
    assert.equal(false, perigee.check("a boolean", false))
    assert.equal(true, perigee.check("found", ("text"):find("x")))
    assert.equal(false, perigee.check("found", ("text"):find("y")))
  end)

  it("takes k6's value and map, and says whether all passed", function()
    local value = { status = 200 }
    local seen
    assert.equal(true, perigee.check(value, {
      ["status is 200"] = function(v)
        seen = v
        return v.status == 200
      end,
    }))
    assert.equal(value, seen)
    assert.equal(false, perigee.check(value, {
      ["status is 200"] = function(v) return v.status == 200 end,
      ["status is 404"] = function(v) return v.status == 404 end,
    }))
  end)

  it("refuses a name that is no text, and a function for an outcome", function()
    assert.has_error(function() perigee.check(5, true) end, "name: expected a string, got 5")
    assert.has_error(function() perigee.check("", true) end, 'name: expected a name, got ""')
    assert.has_error(function() perigee.check({}, { [""] = true }) end, 'expected a name, got ""')
    assert.has_error(function() perigee.check("x", print) end, "outcome, got function")
  end)
end)

describe("perigee.pick", function()
  it("picks every entry about equally often", function()
    local counts = { a = 0, b = 0, c = 0 }
    for _ = 1, 3000 do
      local entry = perigee.pick { "a", "b", "c" }
      counts[entry] = counts[entry] + 1
    end
    for _, count in pairs(counts) do
      assert.is_true(count > 800 and count < 1200)
    end
  end)

  it("picks by weight, and never what has none", function()
    local counts = { a = 0, b = 0, c = 0 }
    for _ = 1, 3000 do
      local entry = perigee.pick({ "a", "b", "c" }, { 9, 1, 0 })
      counts[entry] = counts[entry] + 1
    end
    assert.is_true(counts.a > 2550 and counts.b > 150)
    assert.equal(0, counts.c)
  end)

  it("refuses an empty list and weights that do not fit", function()
    assert.has_error(function() perigee.pick {} end, "perigee.pick: the list is empty")
    assert.has_error(function() perigee.pick { a = 1 } end, "expected a list")
    assert.has_error(function() perigee.pick({ 1, 2 }, { 1 }) end, "expected 2 weights, got 1")
    assert.has_error(function() perigee.pick({ 1, 2 }, { 0, 0 }) end, "all weights are 0")
    assert.has_error(function() perigee.pick({ 1, 2 }, { 1, -1 }) end, "weights[2]")
  end)
end)

describe("perigee", function()
  it("reads variables, with a default for those not set", function()
    assert.equal("string", type(perigee.env "ANTHROPIC_BASE_URL"))
    assert.is_nil(perigee.env "PERIGEE_SPEC_NOT_SET")
    assert.equal("x", perigee.env("PERIGEE_SPEC_NOT_SET", "x"))
  end)

  it("knows the running VU", function()
    assert.equal("default", perigee.vu.class)
    assert.equal("default", perigee.vu.task)
    assert.is_true(perigee.vu.id >= 1)
  end)

  it("refuses names that it does not have", function()
    assert.has_error(function() return perigee.slep end,
      'perigee has no "slep" (did you mean "sleep"?)')
    for _, name in ipairs { "http", "json", "metrics", "anthropic", "data", "text" } do
      assert.has_error(function() return perigee[name] end,
        ('local %s = require "perigee.%s"'):format(name, name))
    end
  end)

  it("refuses a log text that does not fit its format", function()
    assert.has_error(function() perigee.log("%d", "x") end, "perigee.log: ")
  end)
end)

return spec.script()
