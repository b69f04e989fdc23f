-- perigee.openai against the mock.

local chat_body = require "perigee.internal.chat_body"
local json = require "perigee.json"
local openai = require "perigee.openai"
local perigee = require "perigee"
local responses_body = require "perigee.internal.responses_body"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local MODEL = "gpt-4o-mini"
local BASE_URL = perigee.env "ANTHROPIC_BASE_URL" .. "/v1"

local chat = openai.client { model = MODEL, base_url = BASE_URL, max_tokens = 16 }
local responses = openai.client {
  model = MODEL,
  base_url = BASE_URL,
  max_tokens = 16,
  api = "responses",
}

local function check_success(reply)
  assert.is_nil(reply.error)
  assert.equal(true, reply.ok)
  assert.equal(200, reply.status)
  assert.is_true(#reply.text > 0)
  assert.is_true(#reply.stop_reason > 0)
  assert.is_true(reply.usage.input_tokens > 0)
  assert.is_true(reply.usage.output_tokens > 0 and reply.usage.output_tokens <= 16)
  assert.is_true(reply.duration > 0)
end

describe("client:create", function()
  it("returns the whole answer", function()
    for _, client in ipairs { chat, responses } do
      local reply = client:create { messages = "Hello" }
      check_success(reply)
      assert.equal(0, reply.events)
    end
  end)
end)

describe("client:stream", function()
  it("returns the whole answer with its times", function()
    for _, client in ipairs { chat, responses } do
      local reply = client:stream { messages = "Hello", system = "Be brief." }
      check_success(reply)
      assert.is_true(reply.events > 3)
      assert.is_true(reply.ttft > 0 and reply.ttft <= reply.duration)
    end
  end)

  it("is cancelled after so many content events", function()
    local reply = chat:stream { messages = "Hello", stop_after_tokens = 2 }
    assert.equal(true, reply.ok)
    assert.equal(true, reply.cancelled)
  end)
end)

describe("client:open", function()
  it("gives the events, typed by what their JSON says", function()
    local stream = chat:open { messages = "Hello" }
    local chunks, last = 0, nil
    for event in stream:events() do
      chunks = chunks + (event.type == "chat.completion.chunk" and 1 or 0)
      last = event
    end
    assert.is_true(chunks > 0)
    assert.equal("[DONE]", last.raw)
    assert.is_nil(last.data)
    check_success(stream:reply())
  end)
end)

describe("a failure of the world", function()
  it("is data", function()
    local nobody = openai.client { model = MODEL, base_url = "http://127.0.0.1:1/v1" }
    local reply = nobody:stream { messages = "Hello" }
    assert.equal(false, reply.ok)
    assert.equal("connect", reply.error.kind)
    assert.equal(false, nobody:models().ok)
  end)
end)

describe("client:models", function()
  it("lists them", function()
    local list = chat:models()
    assert.is_nil(list.error)
    assert.is_true(#list.models > 0)
  end)
end)

describe("a client", function()
  local function client(options)
    return function() return openai.client(options) end
  end

  it("refuses unknown fields and wrong values", function()
    assert.has_error(client { modle = MODEL }, '(did you mean "model"?)')
    assert.has_error(client { base_url = BASE_URL }, "model: expected a string, got nil")
    assert.has_error(client { model = MODEL, api = "messages" },
      'api: expected "chat" or "responses", got "messages"')
    assert.has_error(client { model = MODEL, system_role = "boss" },
      'system_role: expected "system" or "developer", got "boss"')
    assert.has_error(client { model = MODEL, cache = "warm" },
      'cache: expected "cold" or "none", got "warm"')
  end)

  it("names a method that does not exist", function()
    assert.has_error(function() chat:strem { messages = "x" } end, '(did you mean "stream"?)')
    assert.has_error(function() chat.stream { messages = "x" } end, "call it with a colon")
  end)

  it("says who pays", function()
    local paying = openai.client {
      model = MODEL,
      base_url = perigee.env "ANTHROPIC_BASE_URL",
      organization = "org-1",
      project = "proj-1",
    }
    local headers = paying:request("GET", "/echo"):json().headers
    assert.equal("org-1", headers["openai-organization"])
    assert.equal("proj-1", headers["openai-project"])
  end)

  it("wants a key for a server on another machine", function()
    if not perigee.env "OPENAI_API_KEY" then
      assert.has_error(client { model = MODEL, base_url = "https://api.example.com/v1" },
        "no API key for https://api.example.com/v1; set OPENAI_API_KEY")
    end
  end)
end)

local WEATHER = { type = "function", ["function"] = { name = "get_weather" } }
local QUESTION = { role = "user", content = "Hello" }

local function builder(build)
  return function(request, defaults, stream)
    request.messages = request.messages or "Hello"
    local all = { model = MODEL, max_tokens_field = "max_tokens", system_role = "system" }
    for name, value in pairs(defaults or {}) do
      all[name] = value
    end
    local before = json.encode(request)
    local body, max_tokens = build("request", request, all, stream or false)
    assert.equal(before, json.encode(request))
    return body, max_tokens
  end
end

describe("the body of a chat completion", function()
  local built = builder(chat_body.build)

  it("has the request's fields, else the client's", function()
    assert.same({ model = MODEL, messages = { QUESTION } }, built {})
    local body, max_tokens = built({ temperature = 0, stop = {} }, { max_tokens = 9 })
    assert.same({ model = MODEL, messages = { QUESTION }, max_tokens = 9, temperature = 0,
                  stop = {} }, body)
    assert.equal(9, max_tokens)
    assert.equal("[]", json.encode(body.stop))
  end)

  it("names the limit as the server does", function()
    local body, max_tokens = built({ max_tokens = 5 }, { max_tokens_field = "max_completion_tokens" })
    assert.equal(5, body.max_completion_tokens)
    assert.is_nil(body.max_tokens)
    assert.equal(5, max_tokens)
    local _, from_extra = built { extra = { max_tokens = 7 } }
    assert.equal(7, from_extra)
  end)

  it("begins with the system's turn", function()
    local system = { role = "system", content = "Be brief." }
    assert.same({ system, QUESTION }, built({ system = "Be brief." }).messages)
    assert.same({ { role = "developer", content = "d" }, QUESTION },
      built({}, { system = "d", system_role = "developer" }).messages)
  end)

  it("asks a stream for its token counts, unless told not to", function()
    assert.same({ include_usage = true }, built({}, nil, true).stream_options)
    assert.is_nil(built({}, nil, false).stream_options)
    assert.is_nil(built({ usage = false }, nil, true).stream_options)
    assert.is_nil(built({}, { usage = false }, true).stream_options)
    assert.same({ include_usage = true },
      built({ usage = true }, { usage = false }, true).stream_options)
  end)

  it("chooses tools by a word or by name", function()
    local function chosen(choice)
      return built({ tools = { WEATHER }, tool_choice = choice }).tool_choice
    end
    assert.equal("required", chosen "required")
    assert.same({ type = "function", ["function"] = { name = "get_weather" } },
      chosen "get_weather")
    assert.has_error(function() chosen "any" end,
      'tool_choice: expected "auto", "none", "required" or the name of a tool, got "any"')
  end)

  it("shares no prefix with any other where the cache is to be cold", function()
    local turns = built({ cache = "cold", system = "Be brief." }).messages
    assert.matches("^%[[%x-]+%]\nBe brief%.$", turns[1].content)
    assert.same(QUESTION, turns[2])
    local blocks = { { type = "text", text = "a" } }
    turns = built({ messages = { { role = "user", content = blocks } }, cache = "cold" }).messages
    assert.equal(2, #turns[1].content)
    assert.equal("a", turns[1].content[2].text)
  end)

  it("refuses unknown fields, and says where new ones go", function()
    assert.has_error(function() built { temprature = 1 } end, '(did you mean "temperature"?)')
    assert.has_error(function() built { verbosity = "low" } end, "goes into extra = { … }")
    assert.has_error(function() built { messages = QUESTION } end, "got one; write messages")
  end)
end)

describe("the body of a request for responses", function()
  local built = builder(responses_body.build)

  it("has the API's own names", function()
    local body, max_tokens = built {
      system = "Be brief.", max_tokens = 5, reasoning_effort = "low", tools = { WEATHER },
      tool_choice = "get_weather",
    }
    assert.same({
      model = MODEL,
      input = { QUESTION },
      instructions = "Be brief.",
      max_output_tokens = 5,
      reasoning = { effort = "low" },
      tools = { WEATHER },
      tool_choice = { type = "function", name = "get_weather" },
    }, body)
    assert.equal(5, max_tokens)
  end)

  it("has a schema beside its type", function()
    local schema = { type = "object" }
    local whole = { type = "json_schema", json_schema = { name = "n", schema = schema } }
    assert.same({ format = { type = "json_schema", name = "n", schema = schema } },
      built({ response_format = whole }).text)
  end)

  it("shares no prefix with any other where the cache is to be cold", function()
    assert.matches("^%[[%x-]+%]\ns$", built({ cache = "cold", system = "s" }).instructions)
    assert.matches("^%[[%x-]+%]\nHello$", built({ cache = "cold" }).input[1].content)
  end)

  it("has no field that only chats have", function()
    assert.has_error(function() built { seed = 5 } end, 'unknown field "seed"')
  end)
end)

return spec.script()
