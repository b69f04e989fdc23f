-- --only and --skip.

local native = require "perigee.native"
local perigee = require "perigee"
local spec = require "spec"
local suite = require "perigee.internal.suite"

local describe, it, assert = spec.describe, spec.it, spec.assert

local function nothing() end

-- Loads a script as with these flags.
local function load(script, only, skip)
  local real = native.task_filter
  native.task_filter = function()
    return { only = only or {}, skip = skip or {} }
  end
  local ok, result = pcall(suite.load, script)
  native.task_filter = real
  if not ok then
    error(result, 0)
  end
  return result
end

local function tasks_left(script, only, skip)
  local tasks = {}
  for _, class in ipairs(load(script, only, skip).classes) do
    for _, task in ipairs(class.tasks) do
      tasks[#tasks + 1] = task
    end
  end
  return table.concat(tasks, " ")
end

local function chat()
  local Chat = perigee.user { name = "chat" }
  Chat:task("short", nothing, { tags = { "cheap" } })
  Chat:task("long", nothing, { tags = { "slow", "dear" } })
  local Search = perigee.task_set { sequential = true }
  Search:task("query", nothing, { tags = { "cheap" } }):task("open", nothing)
  Chat:task("search", Search, { tags = { "slow" } })
  return Chat
end

describe("--only", function()
  it("keeps the tasks of a name or tag", function()
    assert.equal("short", tasks_left({ users = { chat() } }, { "short" }))
    assert.equal("short search/query", tasks_left({ users = { chat() } }, { "cheap" }))
    assert.equal("short long", tasks_left({ users = { chat() } }, { "short", "dear" }))
  end)

  it("keeps all of a set that it names, or one task in it", function()
    assert.equal("search/query search/open", tasks_left({ users = { chat() } }, { "search" }))
    assert.equal("search/open", tasks_left({ users = { chat() } }, { "open" }))
    assert.equal("search/open", tasks_left({ users = { chat() } }, { "search/open" }))
    assert.equal("long search/query search/open", tasks_left({ users = { chat() } }, { "slow" }))
  end)
end)

describe("--skip", function()
  it("takes tasks away, inside of sets too", function()
    assert.equal("long search/open", tasks_left({ users = { chat() } }, nil, { "cheap" }))
    assert.equal("short long", tasks_left({ users = { chat() } }, nil, { "search" }))
    assert.equal("short long", tasks_left({ users = { chat() } }, nil, { "query", "open" }))
  end)

  it("wins over --only", function()
    assert.equal("search/open", tasks_left({ users = { chat() } }, { "search" }, { "cheap" }))
  end)
end)

describe("a class without a task left", function()
  it("keeps its place, but gets no VUs", function()
    local other = perigee.user({ name = "other" }):task("rest", nothing)
    local description = load({ users = { other, chat() } }, { "short" })
    assert.equal(true, description.classes[1].empty)
    assert.equal(0, #description.classes[1].tasks)
    assert.is_nil(description.classes[2].empty)
    assert.same({ "chat" }, description.default_users)
    assert.equal("chat", suite.new_vu(2, 1).class)
  end)

  it("takes its scenarios with it", function()
    local scenarios = { a = { users = { "chat" } }, b = { exec = "read" }, c = { exec = "write" } }
    local script = {
      users = { chat() }, read = nothing, write = nothing, options = { scenarios = scenarios },
    }
    local left = load(script, { "read", "long" }).options.scenarios
    assert.same({ a = { users = { "chat" } }, b = { exec = "read" } }, left)
    assert.same({ exec = "write" }, scenarios.c)
  end)

  it("goes from a scenario's users", function()
    local other = perigee.user({ name = "other" }):task("rest", nothing)
    local scenarios = { a = { users = { "chat", "other" } } }
    local script = { users = { chat(), other }, options = { scenarios = scenarios } }
    assert.same({ a = { users = { "other" } } }, load(script, { "rest" }).options.scenarios)
  end)
end)

describe("a filter", function()
  it("is refused where it matches nothing", function()
    assert.has_error(function() load({ users = { chat() } }, { "chaep" }) end,
      '--only: no task has the name or tag "chaep" (did you mean "cheap"?)')
    assert.has_error(function() load({ users = { chat() } }, nil, { "zzz" }) end,
      '--skip: no task has the name or tag "zzz"; known are cheap, dear, long, open, query, '
        .. "search, search/open, search/query, short, slow")
  end)

  it("is refused where nothing is left", function()
    assert.has_error(function() load({ users = { chat() } }, { "cheap" }, { "cheap" }) end,
      "--only and --skip leave no task")
    local script = {
      users = { chat() }, read = nothing, options = { scenarios = { a = { exec = "read" } } },
    }
    assert.has_error(function() load(script, { "short" }) end,
      "--only and --skip leave no scenario")
  end)

  it("also takes the default function's name", function()
    assert.equal("default", tasks_left({ default = nothing }, { "default" }))
  end)
end)

return spec.script()
