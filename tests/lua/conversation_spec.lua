-- Conversations with tools: against a model that answers as it is told, and against the mock.

local anthropic = require "perigee.anthropic"
local conversation = require "perigee.internal.conversation"
local json = require "perigee.json"
local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

-- ---- a client that gives the next of these replies, and keeps what it was asked

local function reply(fields)
  local made = {
    ok = true, text = "", tool_uses = {}, stop_reason = "end_turn", usage = {},
  }
  for name, value in pairs(fields) do
    made[name] = value
  end
  return made
end

local function says(text)
  return reply { text = text }
end

local function calls(uses, text)
  for index, use in ipairs(uses) do
    use.id = use.id or "toolu_" .. index
    use.input_json = use.input_json or "{}"
    use.input = json.decode(use.input_json)
  end
  return reply { text = text or "", tool_uses = uses, stop_reason = "tool_use" }
end

local FAILED = reply { ok = false, stop_reason = "", error = { kind = "overloaded" } }

local function client_of(replies, defaults)
  local client = { defaults = defaults or {}, asked = {}, methods = {} }
  local function answer(method)
    return function(self, request)
      -- As it is sent: what is changed later must not show.
      table.insert(self.asked, json.decode(json.encode(request)))
      table.insert(self.methods, method)
      assert.is_true(#replies > 0)
      return table.remove(replies, 1)
    end
  end
  client.stream, client.create = answer "stream", answer "create"
  return client
end

local function talk(replies, options, defaults)
  local client = client_of(replies, defaults)
  return conversation.new("client:conversation", client, options), client
end

local function user(content)
  return { role = "user", content = content }
end

local function assistant(text)
  return { role = "assistant", content = { { type = "text", text = text } } }
end

describe("a conversation", function()
  it("remembers what was said", function()
    local conv, client = talk { says "Blue.", says "Rayleigh." }
    assert.equal("Blue.", conv:say("Which colour?").text)
    assert.equal(1, conv.turns)
    conv:say "Why?"
    assert.same({ user "Which colour?", assistant "Blue.", user "Why?" }, client.asked[2].messages)
    assert.same({ user "Which colour?", assistant "Blue.", user "Why?", assistant "Rayleigh." },
      conv.messages)
    assert.equal(2, conv.turns)
    conv:reset()
    assert.same({}, conv.messages)
    assert.equal(0, conv.turns)
  end)

  it("sends its fields with each request, and those of one say() with that one", function()
    local conv, client = talk({ says "a", says "b" }, { max_tokens = 5, temperature = 1 })
    conv:say("x", { temperature = 0, tags = { first = true } })
    conv:say "y"
    assert.equal(0, client.asked[1].temperature)
    assert.equal(true, client.asked[1].tags.first)
    assert.equal(1, client.asked[2].temperature)
    assert.equal(5, client.asked[2].max_tokens)
    assert.is_nil(client.asked[2].tags)
  end)

  it("streams unless it is told not to", function()
    local conv, client = talk { says "a" }
    conv:say "x"
    local other, plain = talk({ says "a" }, { stream = false })
    other:say "x"
    assert.same({ "stream", "create" }, { client.methods[1], plain.methods[1] })
    assert.is_nil(plain.asked[1].stream)
  end)

  it("takes the user's turn back where the answer failed or said nothing", function()
    local thinks = reply { thinking = "…", stop_reason = "max_tokens" }
    local conv, client = talk { says "a", FAILED, thinks, says "d" }
    conv:say "1"
    assert.equal(false, conv:say("2").ok)
    conv:say "3"
    assert.equal(1, conv.turns)
    conv:say "4"
    assert.same({ user "1", assistant "a", user "4" }, client.asked[4].messages)
  end)

  it("takes back what tools did before a failure too", function()
    local conv = talk({ calls { { name = "now" } }, FAILED },
      { tools = { now = { run = function() return "12:00" end } } })
    conv:say "What time is it?"
    assert.same({}, conv.messages)
    assert.equal(2, #conv.replies)
  end)

  it("keeps no tool use that was cut off", function()
    local cut = reply {
      text = "Let me see",
      tool_uses = { { id = "toolu_1", name = "now", input_json = '{"zo' } },
      stop_reason = "max_tokens",
    }
    local conv = talk { cut }
    conv:say "What time is it?"
    assert.same(assistant "Let me see", conv.messages[2])
  end)

  it("remembers no more than max_turns exchanges, the new one among them", function()
    local tools = { now = { run = function() return "12:00" end } }
    local replies = { calls { { name = "now" } }, says "1", says "2", says "3" }
    local conv, client = talk(replies, { max_turns = 2, tools = tools })
    conv:say "a"
    assert.equal(4, #conv.messages)
    conv:say "b"
    assert.equal(2, conv.turns)
    conv:say "c"
    assert.same({ user "b", assistant "2", user "c" }, client.asked[4].messages)
    assert.equal(2, conv.turns)
  end)

  it("shares no table with the script", function()
    local content = { { type = "text", text = "before" } }
    local conv = talk { says "a" }
    conv:say(content)
    content[1].text = "after"
    assert.equal("before", conv.messages[1].content[1].text)
  end)

  it("goes on where the model paused", function()
    local paused = reply { text = "Searching", stop_reason = "pause_turn" }
    local conv, client = talk { paused, says "Found." }
    assert.equal("Found.", conv:say("Search!").text)
    assert.same({ user "Search!", assistant "Searching" }, client.asked[2].messages)
    assert.equal(2, #conv.replies)
  end)

  it("refuses what cannot be sent, when it is made or said", function()
    local function new(options)
      return function() return talk({}, options) end
    end
    assert.has_error(new { sytem = "x" }, 'unknown field "sytem" (did you mean "system"?)')
    assert.has_error(new { messages = {} }, "messages: a conversation makes its own")
    assert.has_error(new { max_turns = 0 }, "max_turns: expected a whole number of 1 or more")
    assert.has_error(new { tools = { a = {} } }, "tools.a.run: expected a function, got nil")
    assert.has_error(new { tools = { { run = print } } }, "expected tools by their names")
    assert.has_error(new { tools = { a = { run = print, latency = "1x" } } }, "tools.a.latency: ")
    local conv = talk {}
    assert.has_error(function() conv:say "" end, "conversation:say: expected a text or a list")
    assert.has_error(function() conv:say {} end, "conversation:say: expected a text or a list")
    assert.has_error(function() conv.say "x" end, "call it with a colon")
    assert.has_error(function() return conv.turn end, '(did you mean "turns"?)')
  end)
end)

describe("tools", function()
  local WEATHER = {
    get_weather = {
      description = "The weather of a city",
      input_schema = { type = "object", properties = { city = { type = "string" } } },
      run = function(input) return { city = input.city, sun = true } end,
    },
    now = { run = function() return "12:00" end, strict = true },
  }

  it("are told to the model by name, without what runs them", function()
    local conv, client = talk({ says "a" }, { tools = WEATHER })
    conv:say "x"
    assert.same({
      {
        name = "get_weather",
        description = "The weather of a city",
        input_schema = { type = "object", properties = { city = { type = "string" } } },
      },
      { name = "now", input_schema = { type = "object" }, strict = true },
    }, client.asked[1].tools)
    assert.equal("function", type(WEATHER.now.run))
  end)

  it("are run, and all their results go back in one turn", function()
    local conv, client = talk({
      calls({
        { name = "get_weather", input_json = '{"city":"Ulm"}' },
        { name = "now" },
      }, "Let me see."),
      says "Sunny.",
    }, { tools = WEATHER })
    assert.equal("Sunny.", conv:say("How is it in Ulm?").text)
    local messages = client.asked[2].messages
    assert.equal(3, #messages)
    assert.same({
      { type = "text", text = "Let me see." },
      { type = "tool_use", id = "toolu_1", name = "get_weather", input = { city = "Ulm" } },
      { type = "tool_use", id = "toolu_2", name = "now", input = {} },
    }, messages[2].content)
    assert.equal("user", messages[3].role)
    local first, second = messages[3].content[1], messages[3].content[2]
    assert.equal("toolu_1", first.tool_use_id)
    assert.same({ city = "Ulm", sun = true }, json.decode(first.content))
    assert.is_nil(first.is_error)
    assert.same({ type = "tool_result", tool_use_id = "toolu_2", content = "12:00" }, second)
    assert.equal(1, conv.turns)
    assert.equal(4, #conv.messages)
  end)

  it("may answer with content blocks, with a number or with nothing", function()
    local image = { type = "image", source = { type = "url", url = "https://example.com/a.png" } }
    local conv, client = talk({
      calls { { name = "draw" }, { name = "count" }, { name = "forget" } }, says "a",
    }, { tools = {
      draw = { run = function() return { image } end },
      count = { run = function() return 7 end },
      forget = { run = function() end },
    } })
    conv:say "x"
    local content = client.asked[2].messages[3].content
    assert.same({ image }, content[1].content)
    assert.equal("7", content[2].content)
    assert.is_nil(content[3].content)
    assert.is_nil(content[3].is_error)
  end)

  it("that fail or do not exist are told to the model as errors", function()
    local conv, client = talk({
      calls { { name = "broken" }, { name = "missing" }, { name = "unsendable" } }, says "Sorry.",
    }, { tools = {
      broken = { run = function() error "no such city" end },
      unsendable = { run = function() return { print } end },
    } })
    assert.equal("Sorry.", conv:say("x").text)
    local content = client.asked[2].messages[3].content
    for index, text in ipairs { "no such city", 'there is no tool "missing"', "a function" } do
      assert.equal(true, content[index].is_error)
      assert.matches(text, content[index].content)
    end
  end)

  it("get an input of their own", function()
    local conv, client = talk({ calls { { name = "t", input_json = '{"a":1}' } }, says "a" },
      { tools = { t = { run = function(input) input.a = 2 return "" end } } })
    conv:say "x"
    assert.same({ a = 1 }, client.asked[2].messages[2].content[1].input)
  end)

  it("take their time, at once or one after the other", function()
    local function seconds(options)
      options.tools = {
        slow = { run = function() perigee.sleep "20ms" return "ok" end, latency = "30ms" },
      }
      local conv = talk({ calls { { name = "slow" }, { name = "slow" } }, says "a" }, options)
      local began = perigee.now()
      conv:say "x"
      return perigee.now() - began
    end
    local together, in_turn = seconds {}, seconds { sequential = true }
    assert.is_true(together >= 0.05 and in_turn >= 0.1)
    assert.is_true(together < in_turn)
  end)

  it("may take a random time", function()
    local conv = talk({ calls { { name = "t" } }, says "a" }, {
      tools = { t = { run = function() return "" end, latency = perigee.between("5ms", "9ms") } },
    })
    local began = perigee.now()
    conv:say "x"
    assert.is_true(perigee.now() - began >= 0.005)
  end)

  it("are run no more than max_tool_rounds times", function()
    local runs = 0
    local conv, client = talk({
      calls { { name = "t" } }, calls { { name = "t" } }, calls({ { name = "t" } }, "Hm."),
    }, { max_tool_rounds = 2, tools = { t = { run = function() runs = runs + 1 end } } })
    local last = conv:say "x"
    assert.equal("tool_use", last.stop_reason)
    assert.equal(3, #conv.replies)
    assert.equal(3, #client.asked)
    assert.equal(2, runs)
    -- What the model said stays, the call that nobody answers does not.
    assert.same(assistant "Hm.", conv.messages[6])
    assert.equal(6, #conv.messages)
  end)
end)

describe("cache = true", function()
  local MARK = { type = "ephemeral" }

  local function marks(request)
    local found = {}
    local function look(where, blocks)
      for index, block in ipairs(type(blocks) == "table" and blocks or {}) do
        if block.cache_control then
          found[#found + 1] = where .. index
        end
      end
    end
    look("tools", request.tools)
    look("system", request.system)
    for index, turn in ipairs(request.messages) do
      look("turn" .. index .. ".", turn.content)
    end
    return found
  end

  it("marks the system prompt and the newest user turn, and nothing that is stored", function()
    local conv, client = talk({ says "a", says "b" }, { cache = true, system = "Be terse." })
    conv:say "x"
    conv:say "y"
    assert.same({ "system1", "turn1.1" }, marks(client.asked[1]))
    assert.same({ "system1", "turn3.1" }, marks(client.asked[2]))
    assert.same({ type = "text", text = "y", cache_control = MARK },
      client.asked[2].messages[3].content[1])
    assert.equal("none", client.asked[1].cache)
    assert.same({}, marks { messages = conv.messages })
  end)

  it("marks the client's system prompt, and results of tools", function()
    local options = { cache = true, tools = { t = { run = function() return "1" end } } }
    local conv, client = talk(
      { calls { { name = "t" } }, says "a" }, options, { system = "Be kind." })
    conv:say "x"
    assert.same({ "system1", "turn3.1" }, marks(client.asked[2]))
    assert.equal("Be kind.", client.asked[2].system[1].text)
  end)

  it("leaves the script's own breakpoints, and never makes more than four", function()
    local function block(text)
      return { type = "text", text = text, cache_control = MARK }
    end
    local function asked(system, content)
      local conv, client = talk({ says "a" }, { cache = true, system = system })
      conv:say(content)
      return marks(client.asked[1])
    end
    assert.same({ "system1", "system2", "system3", "turn1.1" },
      asked({ block "1", block "2", block "3" }, "x"))
    assert.same({ "system1", "system2", "system3", "system4" },
      asked({ block "1", block "2", block "3", block "4" }, "x"))
    assert.same({ "system2", "turn1.1", "turn1.2" },
      asked({ { type = "text", text = "1" }, { type = "text", text = "2" } },
        { block "x", { type = "text", text = "y" } }))
  end)
end)

describe("thinking and the provider's own tools", function()
  local EVENTS = {
    { type = "message_start" },
    { type = "content_block_start", index = 0,
      content_block = { type = "thinking", thinking = "", signature = "" } },
    { type = "content_block_delta", index = 0,
      delta = { type = "thinking_delta", thinking = "Hm" } },
    { type = "content_block_delta", index = 0,
      delta = { type = "signature_delta", signature = "c2ln" } },
    { type = "content_block_stop", index = 0 },
    { type = "content_block_start", index = 1,
      content_block = { type = "text", text = "" } },
    { type = "content_block_start", index = 2,
      content_block = { type = "tool_use", id = "toolu_1", name = "now", input = {} } },
    { type = "content_block_delta", index = 2,
      delta = { type = "input_json_delta", partial_json = '{"zone"' } },
    { type = "content_block_delta", index = 2,
      delta = { type = "input_json_delta", partial_json = ':"UTC"}' } },
  }

  local function streaming(answers)
    local client = client_of {}
    function client:open(request)
      table.insert(self.asked, json.decode(json.encode(request)))
      local answer = table.remove(answers, 1)
      return {
        events = function()
          local index = 0
          return function()
            index = index + 1
            return answer.events[index] and { data = answer.events[index] }
          end
        end,
        reply = function() return answer.reply end,
      }
    end
    return client
  end

  it("go back as they came", function()
    local client = streaming {
      { events = EVENTS, reply = calls { { name = "now", input_json = '{"zone":"UTC"}' } } },
      { events = {
        { type = "content_block_start", index = 0, content_block = { type = "text", text = "" } },
        { type = "content_block_delta", index = 0,
          delta = { type = "text_delta", text = "Noon." } },
      }, reply = says "Noon." },
    }
    local conv = conversation.new("client:conversation", client, {
      thinking = { type = "enabled", budget_tokens = 1024 },
      tools = { now = { run = function(input) return input.zone end } },
    })
    assert.equal("Noon.", conv:say("What time is it?").text)
    assert.same({
      { type = "thinking", thinking = "Hm", signature = "c2ln" },
      { type = "tool_use", id = "toolu_1", name = "now", input = { zone = "UTC" } },
    }, client.asked[2].messages[2].content)
    assert.equal("UTC", client.asked[2].messages[3].content[1].content)
    assert.same(assistant "Noon.", conv.messages[4])
  end)

  it("need a stream", function()
    local search = { web_search = { type = "web_search_20250305" } }
    local conv = talk({}, { tools = search, stream = false })
    assert.has_error(function() conv:say "x" end, "need stream = true")
  end)
end)

describe("a conversation with the mock", function()
  it("uses tools and goes on", function()
    local runs = 0
    local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 64 }
    local conv = claude:conversation {
      system = "Be terse.",
      cache = true,
      tools = {
        get_time = {
          input_schema = { type = "object", properties = { zone = { type = "string" } } },
          run = function() runs = runs + 1 return "12:00" end,
        },
      },
    }
    for turn = 1, 3 do
      local answer = conv:say "What time is it?"
      assert.is_nil(answer.error)
      assert.equal(turn, conv.turns)
      assert.is_true(#answer.text > 0)
    end
    assert.is_true(runs > 0)
    assert.equal("user", conv.messages[1].role)
    assert.equal("assistant", conv.messages[#conv.messages].role)
  end)
end)

return spec.script()
