-- perigee.anthropic against the mock.

local anthropic = require "perigee.anthropic"
local json = require "perigee.json"
local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local MODEL = "claude-haiku-4-5"
local claude = anthropic.client { model = MODEL, max_tokens = 16 }

local function check_success(reply)
  assert.is_nil(reply.error)
  assert.equal(true, reply.ok)
  assert.equal(200, reply.status)
  assert.is_true(#reply.text > 0)
  assert.matches("^claude%-haiku%-4%-5", reply.model)
  assert.is_true(#reply.request_id > 0)
  assert.is_true(reply.usage.input_tokens > 0)
  assert.is_true(reply.usage.output_tokens > 0 and reply.usage.output_tokens <= 16)
  assert.is_true(reply.duration > 0)
  assert.equal(false, reply.rate_limited or reply.overloaded or reply.truncated or reply.censored)
end

describe("client:create", function()
  it("returns the whole answer", function()
    local reply = claude:create { messages = "Hello" }
    check_success(reply)
    assert.equal(0, reply.events)
  end)
end)

describe("client:stream", function()
  it("returns the whole answer with its times", function()
    local reply = claude:stream { messages = "Hello" }
    check_success(reply)
    assert.is_true(reply.events > 3)
    assert.is_true(reply.ttft > 0 and reply.ttft <= reply.ttft_text)
    assert.is_true(reply.ttft_text <= reply.duration)
  end)

  it("takes the list of turns, and never changes the script's tables", function()
    local request = {
      messages = { { role = "user", content = { { type = "text", text = "Hello" } } } },
      system = {},
      stop_sequences = {},
      tags = { size = 1 },
      extra = { top_k = 5 },
    }
    local before = json.encode(request)
    check_success(claude:stream(request))
    assert.equal(before, json.encode(request))
    assert.is_nil(getmetatable(request.stop_sequences))
  end)

  it("works where only the request names a limit", function()
    local client = anthropic.client { model = MODEL }
    check_success(client:stream { messages = "Hello", max_tokens = 16 })
  end)
end)

describe("client:open", function()
  it("gives the events in order, each with its time", function()
    local stream = claude:open { messages = "Hello" }
    local text, first, last, at = "", nil, nil, 0
    for event in stream:events() do
      first = first or event.type
      last = event.type
      assert.is_true(event.at >= at)
      at = event.at
      assert.equal(event.type, event.data.type)
      if event.type == "content_block_delta" then
        text = text .. event.data.delta.text
      end
    end
    assert.equal("message_start", first)
    assert.equal("message_stop", last)
    local reply = stream:reply()
    check_success(reply)
    assert.equal(text, reply.text)
    assert.equal(reply, stream:reply())
  end)

  it("can be waited for without looking at its events", function()
    check_success(claude:open({ messages = "Hello" }):reply())
  end)
end)

describe("cancelling", function()
  local function check_cancelled(reply)
    assert.equal(true, reply.ok)
    assert.equal(true, reply.cancelled)
    assert.equal("cancelled", reply.stop_reason)
    assert.is_nil(reply.error)
    assert.is_nil(reply.tpot)
    assert.is_true(reply.usage.input_tokens > 0)
  end

  it("ends a stream midway, and its loop with it", function()
    local stream = claude:open { messages = "Hello" }
    local deltas = 0
    for event in stream:events() do
      if event.type == "content_block_delta" then
        deltas = deltas + 1
        stream:cancel()
        stream:cancel()
      end
    end
    assert.equal(1, deltas)
    check_cancelled(stream:reply())
    assert.is_true(stream:reply().text ~= "")
  end)

  it("happens by itself after so many content events", function()
    local reply = claude:stream { messages = "Hello", stop_after_tokens = 3 }
    check_cancelled(reply)
    assert.is_true(reply.ttft > 0)
  end)

  it("does not happen where the answer ends before", function()
    local reply = claude:stream { messages = "Hello", stop_after_tokens = 1000 }
    check_success(reply)
    assert.equal(false, reply.cancelled)
  end)

  it("is refused where there is no stream, or no number", function()
    assert.has_error(function()
      return claude:create { messages = "Hello", stop_after_tokens = 3 }
    end, "stop_after_tokens: only a stream can be stopped on its way")
    assert.has_error(function()
      return claude:stream { messages = "Hello", stop_after_tokens = 0.5 }
    end, "stop_after_tokens: expected a whole number of 1 or more, got 0.5")
  end)

  it("does nothing once the stream is over", function()
    local stream = claude:open { messages = "Hello" }
    local reply = stream:reply()
    stream:cancel()
    assert.equal(reply, stream:reply())
    check_success(reply)
  end)
end)

describe("a failure of the world", function()
  local function check_failure(reply, kind)
    assert.equal(false, reply.ok)
    assert.equal(kind, reply.error.kind)
    assert.equal("", reply.text)
    assert.equal("", reply.stop_reason)
    assert.equal(0, reply.usage.output_tokens)
    assert.same({}, reply.tool_uses)
    assert.is_nil(reply.ttft)
  end

  it("is data where the API refuses the request", function()
    for _, method in ipairs { "create", "stream" } do
      local reply = claude[method](claude, { messages = "Hello", max_tokens = -1 })
      check_failure(reply, "invalid_request")
      assert.equal(400, reply.status)
      assert.equal("invalid_request_error", reply.error.type)
      assert.matches("max_tokens", reply.error.message)
    end
  end)

  it("is data where nobody listens", function()
    local nobody = anthropic.client {
      model = MODEL,
      max_tokens = 1,
      base_url = "http://127.0.0.1:1",
    }
    local reply = nobody:stream { messages = "Hello" }
    check_failure(reply, "connect")
    assert.equal(0, reply.status)
    local stream = nobody:open { messages = "Hello" }
    for _ in stream:events() do
      error("there is no event")
    end
    check_failure(stream:reply(), "connect")
  end)
end)

describe("a client", function()
  it("refuses unknown fields and wrong values", function()
    local function client(options)
      return function() return anthropic.client(options) end
    end
    assert.has_error(client { modle = MODEL }, 'unknown field "modle" (did you mean "model"?)')
    assert.has_error(client {}, "model: expected a string, got nil")
    assert.has_error(client { model = MODEL, timeouts = { totl = 1 } }, '(did you mean "total"?)')
    assert.has_error(client { model = MODEL, timeouts = { total = "1x" } }, "timeouts.total: ")
    assert.has_error(client { model = MODEL, base_url = "localhost" }, "base_url: expected a URL")
    assert.has_error(client { model = MODEL, api_key = "a", auth_token = "b" }, "exclude each")
  end)

  it("never shows a key", function()
    local client = anthropic.client { model = MODEL, api_key = "sk-secret" }
    assert.is_nil(tostring(client):find("sk-secret", 1, true))
    local _, message = pcall(anthropic.client, { model = MODEL, api_key = "sk-secret\n" })
    assert.matches("the key holds white space", message)
    assert.is_nil(message:find("sk-secret", 1, true))
  end)

  it("wants a key for a server on another machine", function()
    if not perigee.env "ANTHROPIC_API_KEY" then
      assert.has_error(function()
        return anthropic.client { model = MODEL, base_url = "https://api.example.com" }
      end, "no API key for https://api.example.com; set ANTHROPIC_API_KEY")
    end
  end)

  it("names a method that does not exist", function()
    assert.has_error(function() claude:strem { messages = "Hello" } end, '(did you mean "stream"?)')
    assert.has_error(function() claude.stream { messages = "Hello" } end, "call it with a colon")
  end)
end)

describe("a request", function()
  local function request(fields)
    return function() return claude:stream(fields) end
  end

  it("refuses unknown fields, and says where new ones go", function()
    assert.has_error(request { messages = "x", temprature = 1 }, '(did you mean "temperature"?)')
    assert.has_error(request { messages = "x", speed = "fast" }, "goes into extra = { … }")
  end)

  it("refuses what cannot be sent", function()
    assert.has_error(request(nil), "expected a table, got nil")
    assert.has_error(request {}, "messages: expected a text or a list of turns, got nil")
    assert.has_error(request { messages = { role = "user", content = "x" } }, "got one; write")
    assert.has_error(request { messages = "x", max_tokens = "16" }, "max_tokens: expected a number")
    assert.has_error(request { messages = { { content = print } } }, "messages[1].content")
    assert.has_error(function()
      return anthropic.client({ model = MODEL }):stream { messages = "x" }
    end, "max_tokens: missing here and in the client")
  end)

  it("is refused at the script's line", function()
    local _, message = pcall(function()
      local reply = claude:stream { messages = 5 }
      return reply
    end)
    assert.matches("anthropic_spec%.lua:%d+: client:stream: messages: expected", message)
  end)
end)

describe("a reply", function()
  it("refuses names that it does not have", function()
    local reply = claude:create { messages = "Hello" }
    assert.has_error(function() return reply.txt end, 'a reply has no "txt" (did you mean "text"?)')
  end)
end)

return spec.script()
