-- Streams of perigee.http against the mock: rules can read the Messages API, too.

local http = require "perigee.http"
local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local BASE_URL = perigee.env("ANTHROPIC_BASE_URL")
local URL = (BASE_URL or "http://127.0.0.1:1") .. "/v1/messages"
local HEADERS = { ["x-api-key"] = "no-key", ["anthropic-version"] = "2023-06-01" }

local function params(more)
  local all = {
    headers = HEADERS,
    json = {
      model = "claude-haiku-4-5",
      max_tokens = 16,
      stream = true,
      messages = { { role = "user", content = "Hello" } },
    },
    content = "/delta/text",
  }
  for name, value in pairs(more or {}) do
    all[name] = value
  end
  return all
end

local function stream(more)
  return http.stream("POST", URL, nil, params(more))
end

local function text_by_rule(event)
  local data = event:json()
  return data.type == "content_block_delta" and data.delta.text or nil
end

local function check_success(reply)
  assert.is_nil(reply.error)
  assert.equal(true, reply.ok)
  assert.equal(200, reply.status)
  assert.is_true(#reply.text > 0)
  assert.equal(false, reply.cancelled)
  assert.is_true(reply.events > 3)
  assert.is_true(reply.ttft > 0 and reply.ttft <= reply.duration)
end

describe("http.stream", function()
  it("finds the content by a JSON pointer, and the usage", function()
    local reply = stream {
      usage = {
        input_tokens = "/message/usage/input_tokens",
        output_tokens = "/usage/output_tokens",
      },
    }
    check_success(reply)
    assert.is_true(reply.usage.input_tokens > 0)
    assert.is_true(reply.usage.output_tokens > 0 and reply.usage.output_tokens <= 16)
  end)

  it("finds the content by a function of the script", function()
    local seen = 0
    local reply = stream {
      content = function(event)
        seen = seen + 1
        return text_by_rule(event)
      end,
    }
    check_success(reply)
    assert.equal(reply.events, seen)
  end)

  it("takes every event with data as content where there is no rule", function()
    local all = params()
    all.content = nil
    local reply = http.stream("POST", URL, nil, all)
    check_success(reply)
    assert.matches('^{"type":"message_start"', reply.text)
    assert.is_nil(reply.tpot)
  end)

  it("takes true for content without a text", function()
    local reply = stream { content = function(event) return event.type == "ping" end }
    assert.equal(true, reply.ok)
    assert.equal("", reply.text)
    assert.is_true(reply.ttft > 0)
  end)

  it("reads lines", function()
    local reply = stream {
      format = "lines",
      content = function(event)
        assert.equal("", event.type)
        return event.data:match("^data: (.*)")
      end,
    }
    check_success(reply)
  end)

  it("is over with the event that is done, by its data or by a pointer", function()
    check_success(stream { done = "/delta/stop_reason" })
    local reply = stream { done = "[DONE]" }
    assert.equal(false, reply.ok)
    assert.equal(true, reply.truncated)
  end)

  it("makes a failure of another status", function()
    local reply = http.stream("get", (BASE_URL or "") .. "/nowhere")
    assert.equal(false, reply.ok)
    assert.equal(404, reply.status)
    assert.equal("not_found", reply.error.kind)
    assert.equal("", reply.text)
  end)
end)

describe("http.open", function()
  it("gives the events in order, with their data and times", function()
    local open = http.open("POST", URL, nil, params())
    local types, at, text = {}, 0, ""
    for event in open:events() do
      types[#types + 1] = event.type
      assert.is_true(event.at >= at)
      at = event.at
      assert.equal(event.type, event:json().type)
      text = text .. (text_by_rule(event) or "")
    end
    assert.equal("message_start", types[1])
    assert.equal("message_stop", types[#types])
    local reply = open:reply()
    check_success(reply)
    assert.equal(text, reply.text)
    assert.equal(reply, open:reply())
  end)

  it("may be looked at in part, with a rule that is a function", function()
    local open = http.open("POST", URL, nil, params { content = text_by_rule })
    local next_event = open:events()
    assert.equal("message_start", next_event().type)
    check_success(open:reply())
  end)

  it("says why data are no JSON", function()
    local open = http.open("POST", URL, nil, params { format = "lines" })
    local event = open:events()()
    local value, why = event:json()
    assert.is_nil(value)
    assert.equal("string", type(why))
    assert.has_error(function() return event.dta end, '(did you mean "data"?)')
    open:cancel()
  end)
end)

describe("a mistake in the use of a stream", function()
  it("is refused", function()
    assert.has_error(function() http.stream("G ET", URL) end, "stream: expected a method")
    assert.has_error(function() http.open("GET / HTTP/1.1\r\nA:", URL) end, "expected a method")
    local open = http.open("POST", URL, nil, params())
    assert.has_error(function() open.reply() end, "call it with a colon, as in stream:reply()")
    open:cancel()
  end)
end)

describe("cancelling", function()
  local function check_cancelled(reply)
    assert.equal(true, reply.ok)
    assert.equal(true, reply.cancelled)
    assert.equal("cancelled", reply.stop_reason)
    assert.is_nil(reply.error)
    assert.is_nil(reply.tpot)
  end

  it("ends a stream midway, and its loop with it", function()
    for _, content in ipairs { "/delta/text", text_by_rule } do
      local open = http.open("POST", URL, nil, params { content = content })
      local count = 0
      for event in open:events() do
        if event.type == "content_block_delta" then
          count = count + 1
          open:cancel()
        end
      end
      assert.equal(1, count)
      local reply = open:reply()
      check_cancelled(reply)
      assert.is_true(reply.text ~= "")
      open:cancel()
      assert.equal(reply, open:reply())
    end
  end)

  it("happens by itself after so many content events", function()
    for _, content in ipairs { "/delta/text", text_by_rule } do
      local deltas = 0
      local open = http.open("POST", URL, nil, params { content = content, stop_after_tokens = 2 })
      for event in open:events() do
        deltas = deltas + (event.type == "content_block_delta" and 1 or 0)
      end
      assert.equal(2, deltas)
      check_cancelled(open:reply())
    end
  end)

  it("does nothing once the stream is over", function()
    local open = http.open("POST", URL, nil, params())
    local reply = open:reply()
    open:cancel()
    assert.equal(reply, open:reply())
    check_success(reply)
  end)

  it("works before there is an answer", function()
    local open = http.open("POST", URL, nil, params())
    open:cancel()
    check_cancelled(open:reply())
    assert.is_nil(open:events()())
  end)
end)

describe("a rule", function()
  local function refused(more, text)
    assert.has_error(function() return stream(more) end, text)
  end

  it("is refused where it makes no sense", function()
    refused({ content = 5 }, "params: content: expected a JSON pointer or a function, got 5")
    refused({ content = "delta" }, 'content: expected a JSON pointer such as')
    refused({ format = "xml" }, 'format: expected "sse" or "lines", got "xml"')
    refused({ done = "" }, "done: expected a text such as")
    refused({ usage = { input_token = "/x" } }, '(did you mean "input_tokens"?)')
    refused({ usage = { input_tokens = "x" } }, "usage.input_tokens: expected a JSON pointer")
    refused({ stop_after_tokens = 0 }, "stop_after_tokens: expected a whole number of 1 or more")
    refused({ timeouts = { totl = 1 } }, '(did you mean "total"?)')
    refused({ contnt = "/x" }, '(did you mean "content"?)')
    refused({ content = "/a~2b" }, 'content: expected a JSON pointer, with "~0"')
    refused({ redirects = 3 }, "redirects: not available for streams")
  end)

  it("that returns something else ends the iteration", function()
    refused({ content = function() return 5 end },
      "what the rule for content returned: expected a text, true or nil, got 5")
  end)

  it("that raises does not keep the stream from its end", function()
    local asked = 0
    local open = http.open("POST", URL, nil, params {
      content = function(event)
        asked = asked + 1
        if asked == 2 then
          error "no such event"
        end
        return text_by_rule(event)
      end,
    })
    assert.has_error(function() open:reply() end, "no such event")
    check_success(open:reply())
  end)

  it("must not wait for its own stream", function()
    local open
    open = http.open("POST", URL, nil, params {
      content = function(event)
        assert.has_error(function() open:reply() end, "must not wait for its own stream")
        assert.has_error(function() open:events()() end, "must not wait for its own stream")
        return text_by_rule(event)
      end,
    })
    check_success(open:reply())
  end)
end)

return spec.script()
