-- perigee.json: what goes through it and what does not.

local json = require "perigee.json"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

describe("json.encode", function()
  it("writes scalars", function()
    assert.equal("true", json.encode(true))
    assert.equal('"a\\"b\\\\c\\n"', json.encode('a"b\\c\n'))
    assert.equal("null", json.encode(json.null))
  end)

  it("writes whole numbers without a fraction", function()
    assert.equal("1024", json.encode(1024))
    assert.equal("-3", json.encode(-3))
    assert.equal("9007199254740992", json.encode(2 ^ 53))
    assert.equal("0.5", json.encode(0.5))
  end)

  it("writes an empty table as an object, unless it was marked as an array", function()
    assert.equal("{}", json.encode({}))
    assert.equal("[]", json.encode(json.array()))
    assert.equal("[]", json.encode(json.array({})))
    assert.equal("[1,2]", json.encode({ 1, 2 }))
  end)

  it("names the place of what it cannot write", function()
    assert.has_error(function() return json.encode({ a = { { b = print } } }) end, "a[1].b")
    assert.has_error(function() return json.encode({ x = 0 / 0 }) end, "x: ")
  end)

  it("refuses a table that holds itself", function()
    local loop = {}
    loop.inner = loop
    assert.has_error(function() return json.encode(loop) end, "holds itself")
  end)

  it("raises at the script's line", function()
    local _, message = pcall(function()
      local text = json.encode(print)
      return text
    end)
    assert.matches("json_spec%.lua:%d+: perigee%.json%.encode: ", message)
  end)
end)

describe("json.decode", function()
  it("reads what encode wrote", function()
    local value = { name = "Ångström\t", list = { 1, 2.5, false }, nested = { deep = { "x" } } }
    assert.same(value, json.decode(json.encode(value)))
  end)

  it("reads null as json.null, so that the field is there", function()
    assert.equal(json.null, json.decode('{"a":null}').a)
  end)

  it("keeps an empty list a list", function()
    assert.equal('{"a":[]}', json.encode(json.decode('{"a":[]}')))
  end)

  it("reads integers that a number cannot hold as texts", function()
    assert.equal("9007199254740993", json.decode("9007199254740993"))
    assert.equal(9007199254740992, json.decode("9007199254740992"))
  end)

  it("returns nil and the reason for a text that is not JSON", function()
    for _, text in ipairs { "", "{", '{"a":}', "[1,]", "nope", "1 2" } do
      local value, reason = json.decode(text)
      assert.is_nil(value)
      assert.equal("string", type(reason))
    end
  end)

  it("raises where it gets no text", function()
    assert.has_error(function() return json.decode(nil) end, "expected a string, got nil")
  end)
end)

return spec.script()
