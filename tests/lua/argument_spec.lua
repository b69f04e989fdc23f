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

describe("a whole number", function()
  it("is one from the least that will do", function()
    argument.whole("place", 1, 1)
    argument.whole("place", 2 ^ 53, 0)
    for _, value in ipairs { 0, 1.5, -1, math.huge, "1", true } do
      assert.has_error(function() argument.whole("place", value, 1) end,
        "place: expected a whole number of 1 or more, got " .. argument.shown(value))
    end
    assert.has_error(function() argument.whole("place", 0 / 0, 1) end, "a whole number")
  end)
end)

describe("a name", function()
  it("is a text with more than spaces in it", function()
    argument.name("place", "two words")
    assert.has_error(function() argument.name("place", " ") end, 'place: expected a name, got " "')
    assert.has_error(function() argument.name("place", 5) end, "place: expected a string, got 5")
  end)
end)

describe("a list", function()
  it("has entries from 1 and nothing else", function()
    argument.list("place", {}, "texts")
    argument.list("place", { "a", "b" }, "texts")
    assert.has_error(function() argument.list("place", "a", "texts") end,
      'place: expected a list of texts, got "a"')
    assert.has_error(function() argument.list("place", { "a", more = 1 }, "texts") end,
      'place: expected a list of texts, got the key "more"')
    assert.has_error(function() argument.list("place", { [0] = "a" }, "texts") end, "the key 0")
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
