-- User classes, and the script's table as perigee.internal.suite reads it.

local native = require "perigee.native"
local perigee = require "perigee"
local spec = require "spec"
local suite = require "perigee.internal.suite"

local describe, it, before_each, assert = spec.describe, spec.it, spec.before_each, spec.assert

local function nothing() end

local function class_with(name)
  return perigee.user({ name = name }):task("task", nothing)
end

describe("perigee.user", function()
  it("refuses unknown fields and wrong types", function()
    assert.has_error(function() return perigee.user { think_tme = 1 } end,
      'perigee.user: unknown field "think_tme" (did you mean "think_time"?)')
    assert.has_error(function() return perigee.user { weight = 0 } end, "a number above 0, got 0")
    assert.has_error(function() return perigee.user { weight = 0 / 0 } end, "a number above 0")
    assert.has_error(function() return perigee.user { name = "" } end, "expected a name")
    assert.has_error(function() return perigee.user { on_start = "x" } end, "expected a function")
    assert.has_error(function() return perigee.user { think_time = "1x" } end, "think_time: ")
  end)

  it("checks fields that are set later just the same", function()
    local class = perigee.user()
    assert.has_error(function() class.on_strat = nothing end, '(did you mean "on_start"?)')
    assert.has_error(function() class.weight = -1 end, "a number above 0")
    class.weight = 2
    assert.equal(2, class.weight)
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
    local users = suite.load({ users = { class } }).users
    assert.same({ "a", "b", "c" }, users[1].tasks)
  end)

  it("refuses what makes no task", function()
    assert.has_error(function() class:task("a", 5) end, 'task "a": expected a function, got nil')
    assert.has_error(function() class:task("a", "5", nothing) end, 'weight: expected a number')
    assert.has_error(function() class:task("a", 0, nothing) end, "a number above 0, got 0")
    assert.has_error(function() class:task(nothing) end, "task: name: expected a string")
    assert.has_error(function() class:task("a", 1, nothing, { thnk_time = 1 }) end, "unknown field")
    assert.has_error(function() class.task("a", nothing) end, "call it with a colon")
  end)

  it("refuses a name twice", function()
    class:task("a", nothing)
    assert.has_error(function() class:task("a", nothing) end, "already has a task of this name")
  end)

  it("refuses changes once the script is loaded", function()
    class:task("a", nothing)
    suite.load { users = { class } }
    assert.has_error(function() class:task("b", nothing) end, "the script is loaded")
    assert.has_error(function() class.weight = 2 end, "the script is loaded")
  end)
end)

describe("a script's table", function()
  it("is described with names, weights and tasks", function()
    local class = perigee.user { weight = 3 }
    class:task("t", nothing)
    assert.same({
      options = { vus = 5 },
      users = {
        { name = "user1", weight = 3, tasks = { "t" } },
        { name = "b", weight = 1, tasks = { "task" } },
      },
    }, suite.load { options = { vus = 5 }, users = { class, class_with("b") } })
  end)

  it("becomes one class where it has a default function", function()
    local users = { { name = "default", weight = 1, tasks = { "default" } } }
    assert.same({ options = {}, users = users }, suite.load { default = nothing })
  end)

  it("is refused where it says nothing, or two things", function()
    assert.has_error(function() suite.load(nil) end, "script: expected a table")
    assert.has_error(function() suite.load {} end, "expected users or default")
    assert.has_error(function() suite.load { default = nothing, users = { class_with("a") } } end,
      "exclude each other")
    assert.has_error(function() suite.load { defualt = nothing } end, '(did you mean "default"?)')
  end)

  it("is refused where a user is not one", function()
    assert.has_error(function() suite.load { users = {} } end, "users: the list is empty")
    assert.has_error(function() suite.load { users = class_with("a") } end, "users = { ChatUser }")
    assert.has_error(function() suite.load { users = { {} } } end, "users[1]: expected a user")
    assert.has_error(function() suite.load { users = { perigee.user() } } end, "has no task")
    assert.has_error(function() suite.load { users = { a = class_with("a") } } end, "a list, got")
    assert.has_error(function() suite.load { users = { class_with("a"), class_with("a") } } end,
      'users[2]: the name "a" is taken by users[1]')
  end)

  it("has its thresholds brought into a form that JSON can hold", function()
    local function plain(thresholds)
      local script = { default = nothing, options = { thresholds = thresholds } }
      return suite.load(script).options.thresholds
    end
    assert.same({ "a < 1", { threshold = "b < 1", delay = "1s" }, { threshold = "c < 1" } },
      plain { "a < 1", { "b < 1", delay = "1s" }, { "c < 1" } })
    assert.same(
      { a = { "p(95) < 1s", "max < 2s" }, b = { { threshold = "max < 1s" } }, c = "rate < 1%" },
      plain { a = { "p(95) < 1s", "max < 2s" }, b = { { "max < 1s" } }, c = "rate < 1%" })
    assert.same({ a = { threshold = "max < 1s", allow_empty = true } },
      plain { a = { "max < 1s", allow_empty = true } })
  end)

  it("has options of plain data", function()
    assert.has_error(function() suite.load { default = nothing, options = { a = { nothing } } } end,
      "options.a[1]: expected plain data, got function")
  end)
end)

describe("a VU", function()
  local ran

  local function vu_of(class)
    suite.load { users = { class } }
    return suite.new_vu(1, 7)
  end

  before_each(function()
    ran = {}
  end)

  it("runs its class' tasks by weight", function()
    local class = perigee.user()
    for name, weight in pairs { a = 5, b = 3, c = 1 } do
      ran[name] = 0
      class:task(name, weight, function() ran[name] = ran[name] + 1 end)
    end
    local vu = vu_of(class)
    for _ = 1, 2700 do
      suite.run_iteration(vu)
    end
    native.set_task("default")
    assert.equal(2700, vu.iteration)
    assert.is_true(ran.a > 1350 and ran.a < 1650)
    assert.is_true(ran.b > 780 and ran.b < 1020)
    assert.is_true(ran.c > 210 and ran.c < 390)
  end)

  it("is the same table in its tasks and hooks", function()
    local class = perigee.user {
      on_start = function(user) user.trail = { "start" } end,
      on_stop = function(user) table.insert(user.trail, "stop") end,
    }
    class:task("only", function(user) table.insert(user.trail, user.task) end)
    local vu = vu_of(class)
    suite.on_start(vu)
    suite.run_iteration(vu)
    suite.on_stop(vu)
    native.set_task("default")
    assert.same({ "start", "only", "stop" }, vu.trail)
    assert.equal(7, vu.id)
    assert.equal("user", vu.class)
  end)

  it("pauses as its task says, or as its class says, or not at all", function()
    local class = perigee.user { think_time = "2s" }
    class:task("only", nothing, { think_time = 0.5 })
    assert.equal(0.5, suite.run_iteration(vu_of(class)))
    assert.equal(2, suite.run_iteration(vu_of(perigee.user({ think_time = 2 }):task("t", nothing))))
    assert.equal(0, suite.run_iteration(vu_of(class_with("none"))))
    native.set_task("default")
  end)

  it("keeps its pause when a task fails", function()
    local class = perigee.user { think_time = 3 }
    class:task("broken", function() error("broken") end)
    local vu = vu_of(class)
    assert.has_error(function() suite.run_iteration(vu) end, "broken")
    native.set_task("default")
    assert.equal(3, suite.think_time(vu))
  end)
end)

return spec.script()
