-- perigee.anthropic against the mock.

local anthropic = require "perigee.anthropic"
local json = require "perigee.json"
local messages_body = require "perigee.internal.messages_body"
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

describe("the body of a request", function()
  local TURN = { { role = "user", content = "Hello" } }
  local WEATHER = { name = "get_weather", input_schema = { type = "object" } }

  local function built(request, defaults)
    request.messages = request.messages or "Hello"
    local before = json.encode(request)
    local body = messages_body.build("request", request, defaults or { model = MODEL })
    assert.equal(before, json.encode(request))
    return body
  end

  it("has the request's fields, else the client's", function()
    assert.same({ model = MODEL, messages = TURN }, built {})
    local defaults = { model = MODEL, max_tokens = 9, system = "Be brief." }
    assert.same({ model = "m", messages = TURN, max_tokens = 9, system = "Be long." },
      built({ model = "m", system = "Be long." }, defaults))
  end)

  it("holds nothing that is perigee's own, and all of extra", function()
    local body = built {
      name = "n", tags = { a = 1 }, headers = { b = "c" }, timeouts = { total = 1 }, retries = "none",
      stop_after_tokens = 1, betas = { "d" }, cache = "none", extra = { speed = "fast" },
    }
    assert.same({ model = MODEL, messages = TURN, speed = "fast" }, body)
  end)

  it("chooses tools by a word or by name", function()
    local function chosen(choice)
      return built({ tools = { WEATHER }, tool_choice = choice }).tool_choice
    end
    assert.same({ type = "auto" }, chosen "auto")
    assert.same({ type = "any" }, chosen "any")
    assert.same({ type = "none" }, chosen "none")
    assert.same({ type = "tool", name = "get_weather" }, chosen "get_weather")
    local whole = { type = "auto", disable_parallel_tool_use = true }
    assert.equal(whole, chosen(whole))
    assert.has_error(function() chosen "get_wether" end, '(did you mean "get_weather"?)')
  end)

  it("spells thinking out", function()
    local function thinking(given, model, max_tokens)
      return built({ thinking = given, model = model, max_tokens = max_tokens }).thinking
    end
    local adaptive = { type = "adaptive" }
    assert.same({ type = "enabled", budget_tokens = 2000 }, thinking(2000))
    assert.same(adaptive, thinking "adaptive")
    assert.same({ type = "disabled" }, thinking(false))
    for _, model in ipairs { "claude-sonnet-4-6", "claude-opus-4-10", "claude-fable-5" } do
      assert.same(adaptive, thinking(true, model))
    end
    for _, model in ipairs { MODEL, "claude-opus-4-20250514", "claude-haiku-4-5@20251001", "m" } do
      assert.same({ type = "enabled", budget_tokens = 4096 }, thinking(true, model, 8192))
    end
    assert.same({ type = "enabled", budget_tokens = 1024 }, thinking(true, MODEL, 100))
    local whole = { type = "enabled", budget_tokens = 1, display = "omitted" }
    assert.equal(whole, thinking(whole))
    assert.has_error(function() thinking "yes" end, 'thinking: expected true, "adaptive"')
  end)

  it("marks the conversation for the cache", function()
    assert.same({ type = "ephemeral" }, built({ cache_control = true }).cache_control)
    local hour = { type = "ephemeral", ttl = "1h" }
    assert.equal(hour, built({ cache_control = hour }).cache_control)
  end)

  it("marks the system prompt where the cache is to be warm", function()
    local mark = { type = "ephemeral" }
    local body = built { cache = "warm", system = "Be brief." }
    assert.same({ { type = "text", text = "Be brief.", cache_control = mark } }, body.system)
    local blocks = { { type = "text", text = "a" }, { type = "text", text = "b" } }
    body = built { cache = "warm", system = blocks }
    assert.is_nil(body.system[1].cache_control)
    assert.same(mark, body.system[2].cache_control)
    assert.is_nil(body.cache_control)
    local hour = { type = "ephemeral", ttl = "1h" }
    blocks[2].cache_control = hour
    assert.equal(hour, built({ cache = "warm", system = blocks }).system[2].cache_control)
    body = built({}, { model = MODEL, cache = "warm" })
    assert.same(mark, body.cache_control)
    assert.is_nil(body.system)
    assert.is_nil(built({ cache = "none" }, { model = MODEL, cache = "warm" }).cache_control)
  end)

  it("shares no prefix with any other where the cache is to be cold", function()
    local seen = {}
    for _ = 1, 100 do
      local text = built({ cache = "cold", system = "Be brief." }).system
      local nonce, rest = text:match("^(%[[%x-]+%])\n(.*)$")
      assert.equal("Be brief.", rest)
      assert.is_nil(seen[nonce])
      seen[nonce] = true
    end
    assert.matches("^%[[%x-]+%]$", built({ cache = "cold" }).system)
    local blocks = built({ cache = "cold", system = { { type = "text", text = "a" } } }).system
    assert.equal(2, #blocks)
    assert.matches("^%[[%x-]+%]$", blocks[1].text)
    assert.equal("a", blocks[2].text)
    assert.has_error(function() built { cache = "cool" } end,
      'cache: expected "cold", "warm" or "none", got "cool"')
  end)

  it("has what counts alone, where tokens are counted", function()
    local body = messages_body.build_counted("request",
      { messages = "Hello", max_tokens = 5, temperature = 0, system = "s" }, { model = MODEL })
    assert.same({ model = MODEL, messages = TURN, system = "s" }, body)
  end)

  it("is to be had without sending it", function()
    assert.same({ model = MODEL, max_tokens = 16, messages = TURN },
      claude:body { messages = "Hello" })
  end)
end)

describe("betas", function()
  local client = anthropic.client { model = MODEL, betas = { "a", "b" } }

  local function header(options)
    return client:request("GET", "/echo", nil, options):json().headers["anthropic-beta"]
  end

  it("of a request join the client's", function()
    assert.equal("a,b", header())
    assert.equal("a,b,c", header { betas = { "b", "c" } })
  end)

  it("are texts", function()
    assert.has_error(function()
      return anthropic.client { model = MODEL, betas = { 5 } }
    end, "betas: expected a string, got 5")
  end)
end)

describe("client:count_tokens", function()
  it("says how many tokens a request has", function()
    local count = claude:count_tokens { messages = "Hello", system = "Be brief." }
    assert.is_nil(count.error)
    assert.equal(true, count.ok)
    assert.equal(200, count.status)
    assert.is_true(count.input_tokens > 0)
  end)

  it("gives failures as data", function()
    local count = claude:count_tokens { messages = {} }
    assert.equal(false, count.ok)
    assert.equal(400, count.status)
    assert.equal("invalid_request", count.error.kind)
    assert.equal(0, count.input_tokens)
  end)
end)

describe("client:models", function()
  it("lists them", function()
    local list = claude:models()
    assert.equal(true, list.ok)
    assert.is_nil(list.error)
    assert.is_true(#list.models > 0)
    assert.matches("^claude", list.models[1].id)
  end)

  it("describes one", function()
    local found = claude:models(MODEL)
    assert.equal(true, found.ok)
    assert.matches("^claude%-haiku%-4%-5", found.model.id)
    local missing = claude:models "missing-model"
    assert.equal(false, missing.ok)
    assert.equal("not_found", missing.error.kind)
    assert.is_nil(missing.model)
    assert.same({}, missing.models)
  end)

  it("names a field that does not exist", function()
    assert.has_error(function() return claude:models().model_s end, 'a list of models has no')
  end)
end)

describe("an image", function()
  local path = os.tmpname()
  local file = io.open(path .. ".PNG", "wb")
  file:write("\137PNG")
  file:close()
  local block = anthropic.image(path .. ".PNG")
  local _, missing = pcall(anthropic.image, "no/such/file.png")
  os.remove(path)
  os.remove(path .. ".PNG")

  it("is the file's bytes", function()
    assert.same({
      type = "image",
      source = { type = "base64", media_type = "image/png", data = "iVBORw==" },
    }, block)
  end)

  it("is fetched by the API where it has a URL", function()
    local url = "https://example.com/a.png"
    assert.same({ type = "image", source = { type = "url", url = url } }, anthropic.image(url))
  end)

  it("is refused where it cannot be read", function()
    assert.matches("perigee.anthropic.image: ", missing)
    assert.has_error(function() anthropic.image "a.txt" end, "ends in .png, .jpg, .gif or .webp")
    assert.has_error(function() anthropic.image "a.png" end, "only available while the script loads")
  end)
end)

describe("Vertex AI", function()
  local vertex = require "perigee.internal.vertex"
  local PLACE = { project = "p-1", region = "us-east5" }

  it("has a host for each region", function()
    assert.equal("https://us-east5-aiplatform.googleapis.com", vertex.base_url("us-east5"))
    assert.equal("https://aiplatform.googleapis.com", vertex.base_url("global"))
    assert.equal("https://aiplatform.eu.rep.googleapis.com", vertex.base_url("eu"))
  end)

  it("has the model and the kind of answer in its URLs", function()
    local stem = "https://h/v1/projects/p-1/locations/us-east5/publishers/anthropic/models/"
    assert.equal(stem .. "m@1:streamRawPredict", vertex.url(PLACE, "https://h", "m@1", true))
    assert.equal(stem .. "m@1:rawPredict", vertex.url(PLACE, "https://h", "m@1", false))
  end)

  it("takes bodies with a version in place of the model", function()
    assert.same({ anthropic_version = "vertex-2023-10-16", max_tokens = 1 },
      vertex.adapt { model = MODEL, max_tokens = 1 })
    assert.equal(MODEL, vertex.adapt({ model = MODEL }, true).model)
  end)

  it("takes tokens alone, and has no list of models", function()
    local function client(more)
      local options = {
        model = MODEL,
        vertex = PLACE,
        base_url = "https://us-east5-aiplatform.googleapis.com",
      }
      for name, value in pairs(more) do
        options[name] = value
      end
      return function() return anthropic.client(options) end
    end
    assert.has_error(client {}, "give token_command")
    assert.has_error(client { api_key = "k" }, "Vertex AI takes auth_token or token_command")
    assert.has_error(client { vertex = { project = "p" } }, "vertex: region: expected a name")
    local made = client { auth_token = "t" }()
    assert.equal("https://us-east5-aiplatform.googleapis.com", made.base_url)
    assert.has_error(function() made:models() end, "Vertex AI has no list of models")
  end)
end)

describe("a reply", function()
  it("refuses names that it does not have", function()
    local reply = claude:create { messages = "Hello" }
    assert.has_error(function() return reply.txt end, 'a reply has no "txt" (did you mean "text"?)')
  end)

  it("says how it came about", function()
    local reply = claude:stream { messages = "Hello" }
    assert.equal(0, reply.retries)
    assert.is_true(reply.queue_time >= 0)
    assert.equal(false, reply.refused or reply.paused)
    assert.equal("", reply.cache)
    assert.equal("table", type(reply.limits))
  end)

  it("leaves its rate limits with the client, where it has some", function()
    local client = anthropic.client { model = MODEL, max_tokens = 16 }
    assert.same({}, client.limits)
    local reply = client:create { messages = "Hello" }
    assert.same(reply.limits, client.limits)
  end)
end)

return spec.script()
