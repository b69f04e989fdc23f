-- perigee.group and perigee.tag.

local native = require "perigee.native"
local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

-- Runs `body` and returns the names of the groups that began and ended in it, in order.
local function groups_in(body)
  local trail, begin, finish = {}, native.group_begin, native.group_end
  native.group_begin = function(name)
    trail[#trail + 1] = "+" .. name
    begin(name)
  end
  native.group_end = function()
    trail[#trail + 1] = "-"
    finish()
  end
  local ok, message = pcall(body)
  native.group_begin, native.group_end = begin, finish
  if not ok then
    error(message, 0)
  end
  return table.concat(trail, " ")
end

describe("perigee.group", function()
  it("passes arguments and results through, nil too", function()
    local count = select("#", perigee.group("pass", function(a, b) return a, nil, b, nil end, 1, 2))
    assert.equal(4, count)
    local a, b, c = perigee.group("pass", function(x, y) return x, nil, y end, 1, 2)
    assert.equal(1, a)
    assert.is_nil(b)
    assert.equal(2, c)
  end)

  it("nests, and may wait", function()
    assert.equal("+outer +inner - -", groups_in(function()
      perigee.group("outer", function()
        perigee.group("inner", function() perigee.sleep "1ms" end)
      end)
    end))
  end)

  it("ends when its function fails, and hands on the very error", function()
    local reason = { kind = "mine" }
    local caught
    assert.equal("+broken -", groups_in(function()
      local _, value = pcall(perigee.group, "broken", function() error(reason) end)
      caught = value
    end))
    assert.equal(reason, caught)
    local _, message = pcall(perigee.group, "broken", function() error("text") end)
    assert.matches("^%S*scope_spec%.lua:%d+: text$", message)
  end)

  it("refuses what is no name and no function", function()
    assert.has_error(function() perigee.group(print) end, "perigee.group: name: expected a string")
    assert.has_error(function() perigee.group("", print) end, 'expected a name, got ""')
    assert.has_error(function() perigee.group("checkout") end,
      'perigee.group: "checkout": expected a function, got nil')
  end)
end)

describe("perigee.tag", function()
  local function tags_set(body)
    local tags, real = {}, native.set_tag
    native.set_tag = function(name, value)
      tags[name] = value
    end
    pcall(body)
    native.set_tag = real
    return tags
  end

  it("sets texts, numbers and booleans as texts, and takes tags away", function()
    assert.same({ plan = "free", size = "5", new = "true", old = "" }, tags_set(function()
      perigee.tag("plan", "free")
      perigee.tag("size", 5)
      perigee.tag("new", true)
      perigee.tag("old", nil)
    end))
  end)

  it("refuses perigee's own tags, and values that are none", function()
    assert.has_error(function() perigee.tag("task", "x") end,
      'perigee.tag: perigee itself sets the tag "task"; choose another name')
    assert.has_error(function() perigee.tag("", "x") end, 'expected a name, got ""')
    assert.has_error(function() perigee.tag("plan", {}) end,
      'perigee.tag: "plan": expected a text, got table')
  end)
end)

return spec.script()
