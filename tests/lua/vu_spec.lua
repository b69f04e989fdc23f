-- A VU: its table, its iterations, its pauses.

local native = require "perigee.native"
local perigee = require "perigee"
local spec = require "spec"
local suite = require "perigee.internal.suite"

local describe, it, before_each, assert = spec.describe, spec.it, spec.before_each, spec.assert

local function nothing() end

local function vu_of(class, data)
  suite.load { users = { class } }
  return suite.new_vu(1, 7, data)
end

local function iterate(vu, row)
  local pause = suite.run_iteration(vu, row)
  native.set_task("default")
  return pause
end

describe("a VU", function()
  local ran

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
    iterate(vu)
    suite.on_stop(vu)
    assert.same({ "start", "only", "stop" }, vu.trail)
    assert.equal(7, vu.id)
    assert.equal("user", vu.class)
  end)

  it("has what setup returned, the same for all", function()
    local data = { token = "x" }
    local class = perigee.user():task("only", function(user) ran.data = user.data end)
    local vu = vu_of(class, data)
    iterate(vu)
    assert.equal(data, ran.data)
    assert.equal(data, suite.new_vu(1, 8, data).data)
    assert.is_nil(vu_of(perigee.user():task("only", nothing)).data)
  end)

  it("gets the line of the trace that an iteration replays", function()
    local class = perigee.user():task("only", function(_, row) ran.row = row end)
    local vu, row = vu_of(class), { input_length = 5 }
    iterate(vu, row)
    assert.equal(row, ran.row)
    iterate(vu)
    assert.is_nil(ran.row)
  end)

  it("keeps its class to itself", function()
    local vu = vu_of(perigee.user():task("only", nothing))
    assert.has_error(function() setmetatable(vu, {}) end, "metatable")
    local own = {}
    for name in pairs(vu) do
      own[name] = true
    end
    assert.same({ id = true, iteration = true, task = true }, own)
  end)

  it("pauses as its task says, or as its class says, or not at all", function()
    local class = perigee.user { think_time = "2s" }
    class:task("only", nothing, { think_time = 0.5 })
    assert.equal(0.5, iterate(vu_of(class)))
    assert.equal(2, iterate(vu_of(perigee.user({ think_time = 2 }):task("t", nothing))))
    assert.equal(0, iterate(vu_of(perigee.user():task("t", nothing))))
  end)

  it("keeps its pause when a task fails", function()
    local class = perigee.user { think_time = 3 }
    class:task("broken", function() error("broken") end)
    local vu = vu_of(class)
    assert.has_error(function() iterate(vu) end, "broken")
    native.set_task("default")
    assert.equal(3, suite.think_time(vu))
  end)
end)

describe("a VU that keeps a pace", function()
  local function paced(seconds, run)
    local class = perigee.user { think_time = perigee.constant_pacing(seconds) }
    return vu_of(class:task("only", run))
  end

  it("pauses for what is left of the period", function()
    local pause = iterate(paced(60, function() perigee.sleep "20ms" end))
    assert.is_true(pause > 59 and pause <= 59.981)
  end)

  it("does not pause where the task took longer", function()
    assert.equal(0, iterate(paced("1ms", function() perigee.sleep "5ms" end)))
  end)

  it("counts from the begin of an iteration that fails, too", function()
    local vu = paced(60, function()
      perigee.sleep "20ms"
      error("broken")
    end)
    assert.has_error(function() iterate(vu) end, "broken")
    native.set_task("default")
    local pause = suite.think_time(vu)
    assert.is_true(pause > 59 and pause <= 59.981)
  end)

  it("may be asked for by throughput, and for one task", function()
    local class = perigee.user { think_time = "1s" }
    class:task("only", nothing, { think_time = perigee.constant_throughput(0.01) })
    assert.is_true(iterate(vu_of(class)) > 99)
  end)
end)

return spec.script()
