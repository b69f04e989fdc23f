-- Task sets: the order of their tasks, entering and leaving, pauses.

local native = require "perigee.native"
local perigee = require "perigee"
local spec = require "spec"
local suite = require "perigee.internal.suite"

local describe, it, before_each, assert = spec.describe, spec.it, spec.before_each, spec.assert

local trail

local function nothing() end

-- A task that writes down that it ran.
local function step(name)
  return function() trail[#trail + 1] = name end
end

local function hooks(name, more)
  more.on_start, more.on_stop = step("+" .. name), step("-" .. name)
  return more
end

local function vu_of(class)
  suite.load { users = { class } }
  return suite.new_vu(1, 7)
end

-- Runs iterations as the VU that perigee.leave() sees.
local function iterate(vu, count)
  local real = native.vu
  native.vu = function() return vu end
  for _ = 1, count do
    local ok, message = pcall(suite.run_iteration, vu)
    if not ok then
      trail[#trail + 1] = "failed: " .. tostring(message):gsub("^.*: ", "")
    end
  end
  native.vu = real
  native.set_task("default")
end

local function walk(class, count)
  local vu = vu_of(class)
  iterate(vu, count)
  return vu
end

before_each(function()
  trail = {}
end)

describe("perigee.task_set", function()
  it("refuses unknown fields and wrong values", function()
    assert.has_error(function() return perigee.task_set { sequental = true } end,
      'perigee.task_set: unknown field "sequental" (did you mean "sequential"?)')
    assert.has_error(function() return perigee.task_set { sequential = 1 } end,
      "perigee.task_set: sequential: expected a boolean, got 1")
    assert.has_error(function() return perigee.task_set { repeats = 0 } end,
      "perigee.task_set: repeats: expected a whole number of 1 or more, got 0")
    assert.has_error(function() return perigee.task_set { repeats = "2" } end, 'got "2"')
    assert.has_error(function() return perigee.task_set { think_time = "1x" } end, "think_time: ")
    assert.has_error(function() perigee.task_set().on_strat = nothing end, '"on_start"')
    assert.has_error(function() perigee.task_set():task("a", nothing):task("a", nothing) end,
      'task "a": the task set already has a task of this name')
  end)

  it("refuses sets that are empty, or contain themselves", function()
    local empty = perigee.user():task("set", perigee.task_set())
    assert.has_error(function() suite.load { users = { empty } } end,
      'users[1]: task "set": the task set has no task')
    local set = perigee.task_set()
    set:task("again", set)
    assert.has_error(function() suite.load { users = { perigee.user():task("set", set) } } end,
      'users[1]: task "set": task "set/again": the task set contains itself')
  end)

  it("refuses a whole name twice", function()
    local class = perigee.user():task("a/b", nothing)
    class:task("a", perigee.task_set():task("b", nothing))
    assert.has_error(function() suite.load { users = { class } } end,
      'users[1]: two tasks have the name "a/b"')
  end)

  it("refuses changes once the script is loaded", function()
    local set = perigee.task_set():task("a", nothing)
    suite.load { users = { perigee.user():task("set", set) } }
    assert.has_error(function() set:task("b", nothing) end, "the script is loaded")
    assert.has_error(function() set.sequential = true end, "the script is loaded")
  end)
end)

describe("a sequential set", function()
  it("runs its tasks once in order, each an iteration, and then leaves", function()
    local set = perigee.task_set { sequential = true }
    set:task("a", step "a"):task("b", step "b"):task("c", step "c")
    local class = perigee.user():task("set", set)
    local vu = walk(class, 7)
    assert.same({ "a", "b", "c", "a", "b", "c", "a" }, trail)
    assert.equal(7, vu.iteration)
    assert.equal("set/a", vu.task)
    local tasks = suite.load({ users = { class } }).classes[1].tasks
    assert.same({ "set/a", "set/b", "set/c" }, tasks)
  end)

  it("runs as many rounds as it says", function()
    local set = perigee.task_set(hooks("set", { sequential = true, repeats = 2 }))
    walk(perigee.user():task("set", set:task("a", step "a"):task("b", step "b")), 5)
    assert.same({ "+set", "a", "b", "a", "b", "-set", "+set", "a" }, trail)
  end)

  it("runs a task as often in a row as its weight says", function()
    local set = perigee.task_set(hooks("set", { sequential = true }))
    walk(perigee.user():task("set", set:task("a", 2, step "a"):task("b", step "b")), 3)
    assert.same({ "+set", "a", "a", "b", "-set" }, trail)
    local half = perigee.task_set({ sequential = true }):task("a", 0.5, nothing)
    assert.has_error(function() suite.load { users = { perigee.user():task("set", half) } } end,
      'task "set/a": weight in a sequential set: expected a whole number of 1 or more, got 0.5')
  end)

  it("goes on with the next task when one fails", function()
    local set = perigee.task_set(hooks("set", { sequential = true }))
    set:task("a", step "a"):task("b", function() error("broken") end):task("c", step "c")
    walk(perigee.user():task("set", set), 3)
    assert.same({ "+set", "a", "failed: broken", "c", "-set" }, trail)
  end)

  it("is left in the next iteration when its last task fails", function()
    local set = perigee.task_set(hooks("set", { sequential = true }))
    set:task("a", step "a"):task("b", function() error("broken") end)
    walk(perigee.user():task("set", set), 3)
    assert.same({ "+set", "a", "failed: broken", "-set", "+set", "a" }, trail)
  end)

  it("keeps each VU's place apart", function()
    local set = perigee.task_set { sequential = true }
    local class = perigee.user():task("set", set:task("a", step "a"):task("b", step "b"))
    local one = vu_of(class)
    local other = suite.new_vu(1, 8)
    iterate(one, 1)
    iterate(other, 1)
    iterate(one, 1)
    iterate(other, 1)
    assert.same({ "a", "a", "b", "b" }, trail)
  end)
end)

describe("a set that is not sequential", function()
  it("runs one task by weight and leaves", function()
    local set = perigee.task_set(hooks("set", {})):task("a", step "a")
    walk(perigee.user():task("set", set), 2)
    assert.same({ "+set", "a", "-set", "+set", "a", "-set" }, trail)
  end)

  it("runs as many tasks as it says, by weight", function()
    local counts = { a = 0, b = 0 }
    local set = perigee.task_set { repeats = 1000, on_stop = step "-set" }
    set:task("a", 3, function() counts.a = counts.a + 1 end)
    set:task("b", 1, function() counts.b = counts.b + 1 end)
    local vu = walk(perigee.user():task("set", set), 999)
    assert.same({}, trail)
    iterate(vu, 1)
    assert.same({ "-set" }, trail)
    assert.is_true(counts.a > 690 and counts.a < 810)
  end)

  it("draws the length of a stay anew, at least one task", function()
    local set = perigee.task_set { repeats = perigee.between(0, 4), on_stop = step "-" }
    walk(perigee.user():task("set", set:task("a", step "a")), 600)
    local lengths, length = {}, 0
    for _, entry in ipairs(trail) do
      if entry == "a" then
        length = length + 1
      else
        lengths[length], length = (lengths[length] or 0) + 1, 0
      end
    end
    for stay = 1, 4 do
      assert.is_true((lengths[stay] or 0) > 10)
    end
    assert.is_nil(lengths[0] or lengths[5])
  end)

  it("stays for ever where it says so, until perigee.leave()", function()
    local set = perigee.task_set(hooks("set", { repeats = math.huge }))
    set:task("a", function(user)
      trail[#trail + 1] = "a"
      if user.iteration == 50 then
        perigee.leave()
        trail[#trail + 1] = "goes on to its end"
      end
    end)
    walk(perigee.user():task("set", set), 51)
    assert.equal(1 + 50 + 1 + 1 + 1 + 1, #trail)
    assert.same({ "a", "goes on to its end", "-set", "+set", "a" }, { unpack(trail, 51) })
  end)
end)

describe("nested sets", function()
  local function nested()
    local inner = perigee.task_set(hooks("inner", { sequential = true }))
    inner:task("x", step "x"):task("y", step "y")
    local outer = perigee.task_set(hooks("outer", { sequential = true }))
    outer:task("a", step "a"):task("inner", inner):task("b", step "b")
    return perigee.user():task("outer", outer), inner, outer
  end

  it("are entered from the outside in, and left from the inside out", function()
    local class = nested()
    local vu = walk(class, 4)
    assert.same({ "+outer", "a", "+inner", "x", "y", "-inner", "b", "-outer" }, trail)
    assert.equal("outer/b", vu.task)
    assert.same({ "outer/a", "outer/inner/x", "outer/inner/y", "outer/b" },
      suite.load({ users = { class } }).classes[1].tasks)
  end)

  it("are left together where both are done", function()
    local inner = perigee.task_set(hooks("inner", {})):task("x", step "x")
    local outer = perigee.task_set(hooks("outer", {})):task("inner", inner)
    walk(perigee.user():task("outer", outer), 1)
    assert.same({ "+outer", "+inner", "x", "-inner", "-outer" }, trail)
  end)

  it("are left one by one with perigee.leave()", function()
    local inner = perigee.task_set(hooks("inner", { sequential = true }))
    inner:task("x", function()
      trail[#trail + 1] = "x"
      perigee.leave()
    end)
    inner:task("never", step "never")
    local outer = perigee.task_set(hooks("outer", { sequential = true }))
    walk(perigee.user():task("outer", outer:task("inner", inner):task("b", step "b")), 2)
    assert.same({ "+outer", "+inner", "x", "-inner", "b", "-outer" }, trail)
  end)

  it("are left, innermost first, when the VU stops", function()
    local class = nested()
    class.on_stop = step "-user"
    local vu = walk(class, 2)
    suite.on_stop(vu)
    assert.same({ "+outer", "a", "+inner", "x", "-inner", "-outer", "-user" }, trail)
  end)

  it("are left at once where on_start fails, and never stopped", function()
    local class, inner = nested()
    inner.on_start = function() error("no entry") end
    walk(class, 3)
    assert.same({ "+outer", "a", "failed: no entry", "b", "-outer" }, trail)
  end)

  it("stop once, even where on_stop fails", function()
    local set = perigee.task_set { on_stop = function() error("no exit") end }
    local class = perigee.user():task("set", set:task("a", step "a"))
    walk(class, 2)
    assert.same({ "a", "failed: no exit", "a", "failed: no exit" }, trail)
  end)

  it("may be used in several places", function()
    local set = perigee.task_set { sequential = true }
    set:task("a", step "a")
    local class = perigee.user():task("first", set)
    local other = perigee.user():task("second", set)
    local classes = suite.load({ users = { class, other } }).classes
    assert.same({ "first/a" }, classes[1].tasks)
    assert.same({ "second/a" }, classes[2].tasks)
  end)
end)

describe("the pause after a task in a set", function()
  it("is the task's own, else the set's, else the class'", function()
    local inner = perigee.task_set { sequential = true }
    inner:task("own", nothing, { think_time = 1 }):task("from outside", nothing)
    local outer = perigee.task_set { sequential = true, think_time = 2 }
    outer:task("inner", inner):task("set's", nothing)
    local slow = perigee.task_set({ think_time = 9 }):task("t", nothing)
    outer:task("placed", slow, { think_time = 4 })
    local class = perigee.user { think_time = 3 }
    local vu = vu_of(class:task("outer", outer))
    local pauses = {}
    for index = 1, 4 do
      pauses[index] = suite.run_iteration(vu)
    end
    native.set_task("default")
    assert.same({ 1, 2, 2, 4 }, pauses)
    local plain = perigee.user({ think_time = 3 })
    plain:task("set", perigee.task_set():task("class'", nothing))
    assert.equal(3, suite.run_iteration(vu_of(plain)))
    native.set_task("default")
  end)
end)

describe("perigee.leave", function()
  it("is refused outside of a set", function()
    assert.has_error(perigee.leave, "perigee.leave: the VU is in no task set")
  end)
end)

return spec.script()
