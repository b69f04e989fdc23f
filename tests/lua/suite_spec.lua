-- The table that a script returns, as perigee.internal.suite describes it to the engine.

local json = require "perigee.json"
local perigee = require "perigee"
local spec = require "spec"
local suite = require "perigee.internal.suite"

local describe, it, assert = spec.describe, spec.it, spec.assert

local function nothing() end

local function class_with(name)
  return perigee.user({ name = name }):task("task", nothing)
end

local function described(name, tasks, more)
  local class = { name = name, weight = 1, on_start = false, tasks = tasks }
  for field, value in pairs(more or {}) do
    class[field] = value
  end
  return class
end

describe("a script's table", function()
  it("is described with names, weights and tasks", function()
    local class = perigee.user { weight = 3, fixed_count = 2, on_start = nothing }
    class:task("t", nothing)
    assert.same({
      options = { vus = 5 },
      classes = {
        described("user1", { "t" }, { weight = 3, fixed_count = 2, on_start = true }),
        described("b", { "task" }),
      },
      default_users = { "user1", "b" },
      setup = false,
      teardown = false,
      summary = false,
    }, suite.load { options = { vus = 5 }, users = { class, class_with("b") } })
  end)

  it("becomes one class where it has a default function", function()
    local description = suite.load { default = nothing }
    assert.same({ described("default", { "default" }) }, description.classes)
    assert.same({ "default" }, description.default_users)
  end)

  it("says which hooks it has", function()
    local description = suite.load { default = nothing, setup = nothing, summary = nothing }
    assert.is_true(description.setup and description.summary)
    assert.equal(false, description.teardown)
  end)

  it("is refused where it says nothing, or two things", function()
    assert.has_error(function() suite.load(nil) end, "script: expected a table")
    assert.has_error(function() suite.load {} end, "expected users or default")
    assert.has_error(function() suite.load { options = { scenarios = {} } } end,
      "expected users or default")
    assert.has_error(function() suite.load { default = nothing, users = { class_with("a") } } end,
      "exclude each other")
    assert.has_error(function() suite.load { defualt = nothing } end, '(did you mean "default"?)')
    assert.has_error(function() suite.load { default = nothing, setup = 5 } end,
      "script: setup: expected a function, got 5")
  end)

  it("is refused where a function is not used", function()
    assert.has_error(function() suite.load { default = nothing, browse = nothing } end,
      'script: unknown field "browse"; no scenario names it as exec')
  end)

  it("is refused where a user is not one", function()
    assert.has_error(function() suite.load { users = {} } end, "users: the list is empty")
    assert.has_error(function() suite.load { users = class_with("a") } end, "users = { ChatUser }")
    assert.has_error(function() suite.load { users = { {} } } end, "users[1]: expected a user")
    assert.has_error(function() suite.load { users = { perigee.user() } } end, "has no task")
    assert.has_error(function() suite.load { users = { a = class_with("a") } } end,
      'users: expected a list of user classes, got the key "a"')
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
    assert.same({ { threshold = "a < 1", window = "10s", min_samples = 5, abort_on_fail = true } },
      plain { { "a < 1", window = "10s", min_samples = 5, abort_on_fail = true } })
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

describe("scenarios", function()
  local function load(scenarios, script)
    local whole = { options = { scenarios = scenarios } }
    for name, value in pairs(script or { default = nothing }) do
      whole[name] = value
    end
    return suite.load(whole)
  end

  local function refused(scenarios, script, text)
    assert.has_error(function() load(scenarios, script) end, text)
  end

  it("may name functions, each a class of its own in the order of their names", function()
    local description = load(
      { a = { exec = "write" }, b = { exec = "read" }, c = { exec = "read" }, d = {} },
      { default = nothing, read = nothing, write = nothing })
    assert.same({
      described("default", { "default" }),
      described("read", { "read" }),
      described("write", { "write" }),
    }, description.classes)
    assert.same({ "default" }, description.default_users)
    assert.same({ a = { exec = "write" }, b = { exec = "read" }, c = { exec = "read" }, d = {} },
      description.options.scenarios)
  end)

  it("may name user classes, by themselves or by name", function()
    local chat, search = class_with("chat"), class_with("search")
    local scenarios = {
      a = { users = { chat, "search" } }, b = { users = "chat" }, c = { users = search },
    }
    local description = load(scenarios, { users = { chat, search } })
    assert.same({ a = { users = { "chat", "search" } }, b = { users = { "chat" } },
      c = { users = { "search" } } }, description.options.scenarios)
    assert.same({ "chat", "search" }, description.default_users)
    assert.equal(chat, scenarios.a.users[1])
  end)

  it("need no users and no default where each says what its VUs are", function()
    local description = load({ a = { exec = "read" } }, { read = nothing })
    assert.same({ described("read", { "read" }) }, description.classes)
    assert.same({}, description.default_users)
    refused({ a = { exec = "read" }, b = {} }, { read = nothing },
      "options.scenarios.b: name its VUs, with users = { … } or exec")
  end)

  it("may share a script with users and default where each names one of them", function()
    local script = { users = { class_with("chat") }, default = nothing }
    local description = load({ a = { users = { "chat" } }, b = { exec = "default" } }, script)
    assert.same({ described("chat", { "task" }), described("default", { "default" }) },
      description.classes)
    refused({ a = { users = { "chat" } }, b = {} }, script,
      "options.scenarios.b: the script has users and default; name one of them")
  end)

  it("may name a user class as exec", function()
    local script = { users = { class_with("chat"), class_with("other") } }
    local description = load({ a = { exec = "other" } }, script)
    assert.same({ described("chat", { "task" }), described("other", { "task" }) },
      description.classes)
    assert.equal("other", description.options.scenarios.a.exec)
  end)

  it("are refused where what they name is not there", function()
    refused({ a = { exec = "raed" } }, { default = nothing, read = nothing },
      'options.scenarios.a.exec: the script\'s table has no function "raed" for VUs, '
        .. 'and no such user class (did you mean "read"?)')
    refused({ a = { exec = "caht" } }, { users = { class_with("chat") } },
      'no function "caht" for VUs, and no such user class (did you mean "chat"?)')
    refused({ a = { exec = "setup" } }, { setup = nothing }, 'no function "setup" for VUs')
    refused({ a = { exec = nothing } }, nil,
      "options.scenarios.a.exec: expected the name of a function in the script's table")
    refused({ a = { users = { "caht" } } }, { users = { class_with("chat") } },
      'options.scenarios.a.users[1]: the script has no user class "caht" (did you mean "chat"?)')
    refused({ a = { users = { class_with("other") } } }, { users = { class_with("chat") } },
      "options.scenarios.a.users[1]: expected one of the script's user classes or its name")
    refused({ a = { users = {} } }, { users = { class_with("chat") } }, "users: the list is empty")
    refused({ a = { users = { "chat" }, exec = "default" } },
      { users = { class_with("chat") }, default = nothing },
      "options.scenarios.a: users and exec exclude each other")
  end)

  it("are refused where they have no names, or are no tables", function()
    refused({ {} }, nil, "options.scenarios: expected names")
    refused({ a = 5 }, nil, "options.scenarios.a: expected a table, got 5")
    refused("a", nil, 'options.scenarios: expected a table of scenarios by name, got "a"')
    refused({ a = { env = { X = nothing } } }, nil,
      "options.scenarios.a.env.X: expected plain data, got function")
  end)

  it("cannot have a function and a user class of the same name", function()
    refused({ a = { exec = "chat" } }, { users = { class_with("chat") }, chat = nothing },
      'the script\'s function chat: the name "chat" is taken by users[1]')
  end)
end)

describe("the hooks", function()
  local function with(hooks)
    hooks.default = nothing
    suite.load(hooks)
  end

  it("are called with what they need, and give what they return", function()
    local torn_down
    with {
      setup = function() return { token = "x" } end,
      teardown = function(data) torn_down = data end,
    }
    local data = suite.setup()
    assert.same({ token = "x" }, data)
    suite.teardown(data)
    assert.equal(data, torn_down)
  end)

  it("may return nothing from setup, but nothing that JSON cannot hold", function()
    with { setup = nothing }
    assert.is_nil(suite.setup())
    with { setup = function() return { run = nothing } end }
    assert.has_error(suite.setup, "setup: its result: ")
  end)

  it("may summarize with a text, with texts by name, or not at all", function()
    local seen
    with { summary = function(result)
      seen = result
      return "all is well"
    end }
    local result = { metrics = {} }
    assert.equal("all is well", suite.summary(result))
    assert.equal(result, seen)
    with { summary = function() return { ["report.json"] = json.encode { a = 1 } } end }
    assert.equal("string", type(suite.summary({})["report.json"]))
    with { summary = nothing }
    assert.is_nil(suite.summary {})
  end)

  it("are refused where the summary is no text", function()
    with { summary = function() return 5 end }
    assert.has_error(function() suite.summary {} end,
      "summary: expected a text, or a table of texts by file name, as its result, got 5")
    with { summary = function() return { ["report.json"] = { a = 1 } } end }
    assert.has_error(function() suite.summary {} end,
      'summary: "report.json": expected a text, such as perigee.json.encode makes, got table')
    with { summary = function() return { "text" } end }
    assert.has_error(function() suite.summary {} end,
      "summary: expected texts by file name, got the entry [1]")
  end)

  it("run as a VU of no class", function()
    local vu = suite.new_vu(0, 0)
    assert.equal(0, vu.id)
    assert.equal("", vu.class)
    suite.on_start(vu)
    suite.on_stop(vu)
  end)
end)

return spec.script()
