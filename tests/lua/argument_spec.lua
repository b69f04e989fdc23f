-- What perigee.internal.argument checks, and how its errors read.

local argument = require "perigee.internal.argument"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

describe("an argument error", function()
  it("begins with the line of the script, not of the library", function()
    local _, message = pcall(function() argument.raise("wrong") end)
    assert.matches("argument_spec%.lua:%d+: wrong$", message)
  end)

  it("names an unknown field and the one that was meant", function()
    assert.has_error(function()
      argument.fields("place", { think_tme = 1 }, { think_time = "any", weight = "any" })
    end, 'place: unknown field "think_tme" (did you mean "think_time"?)')
  end)

  it("lists the known fields where none is near", function()
    assert.has_error(function()
      argument.fields("place", { zzz = 1 }, { think_time = "any", weight = "any" })
    end, 'place: unknown field "zzz"; known are think_time, weight')
  end)

  it("says what was expected and what it got", function()
    local types = { name = "string" }
    assert.has_error(function() argument.fields("place", { name = 5 }, types) end,
      "place: name: expected a string, got 5")
    assert.has_error(function() argument.fields("place", "text", types) end,
      'place: expected a table, got "text"')
    assert.has_error(function() argument.fields("place", { "entry" }, types) end,
      "place: expected named fields, got the entry [1]")
  end)

  it("shortens a long text", function()
    local shown = argument.shown(("x"):rep(1000))
    assert.is_true(#shown < 80)
  end)
end)

describe("a duration", function()
  it("is a number of seconds or a text with units", function()
    assert.equal(0, argument.seconds("place", 0))
    assert.equal(1.5, argument.seconds("place", 1.5))
    assert.equal(0.25, argument.seconds("place", "250ms"))
    assert.equal(90, argument.seconds("place", "1m30s"))
  end)

  it("is refused where it is negative, endless or no duration", function()
    for _, value in ipairs { -1, math.huge, "30x", "", true, {} } do
      assert.has_error(function() argument.seconds("place", value) end, "expected a duration")
    end
    assert.has_error(function() argument.seconds("place", 0 / 0) end, "place: expected a duration")
  end)
end)

describe("tags", function()
  it("stay the same table where all values are texts", function()
    local tags = { kind = "read" }
    assert.equal(tags, argument.tags("place", tags))
    assert.is_nil(argument.tags("place", nil))
  end)

  it("are copied where numbers and booleans become texts", function()
    local tags = { size = 512, cached = false, kind = "read" }
    assert.same({ size = "512", cached = "false", kind = "read" }, argument.tags("place", tags))
    assert.equal(512, tags.size)
  end)

  it("refuse tables and lists", function()
    assert.has_error(function() argument.tags("place", { kind = {} }) end,
      'place: "kind": expected a text, got table')
    assert.has_error(function() argument.tags("place", { "read" }) end,
      "place: expected names and values, got 1")
  end)
end)

return spec.script()
