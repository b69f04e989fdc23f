-- User classes and their tasks.

local perigee = require "perigee"
local spec = require "spec"
local suite = require "perigee.internal.suite"

local describe, it, before_each, assert = spec.describe, spec.it, spec.before_each, spec.assert

local function nothing() end

describe("perigee.user", function()
  it("refuses unknown fields and wrong types", function()
    assert.has_error(function() return perigee.user { think_tme = 1 } end,
      'perigee.user: unknown field "think_tme" (did you mean "think_time"?)')
    assert.has_error(function() return perigee.user { weight = 0 } end, "a number above 0, got 0")
    assert.has_error(function() return perigee.user { weight = 0 / 0 } end, "a number above 0")
    assert.has_error(function() return perigee.user { name = "" } end, "expected a name")
    assert.has_error(function() return perigee.user { on_start = "x" } end, "expected a function")
    assert.has_error(function() return perigee.user { fixed_count = 0 } end,
      "perigee.user: fixed_count: expected a whole number of 1 or more, got 0")
    assert.has_error(function() return perigee.user { fixed_count = 1.5 } end, "a whole number")
    assert.has_error(function() return perigee.user { think_time = "1x" } end, "think_time: ")
  end)

  it("checks fields that are set later just the same", function()
    local class = perigee.user()
    assert.has_error(function() class.on_strat = nothing end, '(did you mean "on_start"?)')
    assert.has_error(function() class.weight = -1 end, "a number above 0")
    class.weight = 2
    assert.equal(2, class.weight)
    class.weight = nil
    assert.is_nil(class.weight)
  end)

  it("names a method that does not exist", function()
    assert.has_error(function() perigee.user():tsk("x", nothing) end, '(did you mean "task"?)')
  end)
end)

describe("task", function()
  local class

  before_each(function()
    class = perigee.user()
  end)

  it("takes a weight or does without", function()
    class:task("a", 5, nothing):task("b", nothing):task("c", nil, nothing)
    local classes = suite.load({ users = { class } }).classes
    assert.same({ "a", "b", "c" }, classes[1].tasks)
  end)

  it("refuses what makes no task", function()
    assert.has_error(function() class:task("a", 5) end,
      'task "a": expected a function or a task set, got nil')
    assert.has_error(function() class:task("a", perigee.user()) end, "got a user class")
    assert.has_error(function() class:task("a", "5", nothing) end, 'weight: expected a number')
    assert.has_error(function() class:task("a", 0, nothing) end, "a number above 0, got 0")
    assert.has_error(function() class:task(nothing) end, "task: name: expected a string")
    assert.has_error(function() class:task("a", 1, nothing, { thnk_time = 1 }) end, "unknown field")
    assert.has_error(function() class:task("a", nothing, { tags = "x" }) end, "expected a table")
    assert.has_error(function() class:task("a", nothing, { tags = { 5 } }) end,
      'task "a": tags[1]: expected a string, got 5')
    assert.has_error(function() class:task("a", nothing, { tags = { a = "x" } }) end,
      "tags: expected a list of texts")
    assert.has_error(function() class.task("a", nothing) end, "call it with a colon")
  end)

  it("refuses a name twice", function()
    class:task("a", nothing)
    assert.has_error(function() class:task("a", nothing) end,
      'task "a": the user class already has a task of this name')
  end)

  it("refuses changes once the script is loaded", function()
    class:task("a", nothing)
    suite.load { users = { class } }
    assert.has_error(function() class:task("b", nothing) end, "the script is loaded")
    assert.has_error(function() class.weight = 2 end, "the script is loaded")
  end)
end)

return spec.script()
