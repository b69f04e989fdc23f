-- What the clients of all providers share: where they send, under which key, and their rules for
-- retries and limits.

local anthropic = require "perigee.anthropic"
local json = require "perigee.json"
local openai = require "perigee.openai"
local perigee = require "perigee"
local retries = require "perigee.internal.retries"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local MODEL = "claude-haiku-4-5"
local MOCK = perigee.env "ANTHROPIC_BASE_URL"

local function options(more)
  local all = { model = MODEL, base_url = MOCK }
  for name, value in pairs(more or {}) do
    all[name] = value
  end
  return all
end

local function client(more)
  return function() return anthropic.client(options(more)) end
end

-- What arrives at the server.
local function headers_of(sender, call_options)
  return sender:request("POST", "/echo", {}, call_options):json().headers
end

describe("a base URL", function()
  it("loses the slashes at its end and keeps its path", function()
    local made = anthropic.client { model = MODEL, base_url = "http://127.0.0.1:1/relay//" }
    assert.equal("http://127.0.0.1:1/relay", made.base_url)
  end)

  it("is the environment's where the script names none", function()
    assert.equal(MOCK, anthropic.client({ model = MODEL }).base_url)
  end)

  it("is refused where nothing can be joined to it", function()
    for _, url in ipairs { "localhost:80", "ftp://a", "http://a?b", "http://a b" } do
      assert.has_error(client { base_url = url }, "base_url: expected a URL such as")
    end
  end)

  it("is refused with a user, whose password it does not repeat", function()
    local ok, message = pcall(client { base_url = "http://me:secret@127.0.0.1" })
    assert.equal(false, ok)
    assert.matches("base_url: the URL holds a user", message)
    assert.is_nil(message:find("secret", 1, true))
  end)
end)

describe("a key", function()
  it("is not needed on this machine", function()
    if not perigee.env "ANTHROPIC_API_KEY" then
      assert.equal("no-key", headers_of(client()())["x-api-key"])
    end
    if not perigee.env "OPENAI_API_KEY" then
      local headers = headers_of(openai.client(options()))
      assert.equal("Bearer no-key", headers.authorization)
    end
  end)

  it("stands under the provider's own header", function()
    assert.equal("sk-1", headers_of(client { api_key = "sk-1" }())["x-api-key"])
    local headers = headers_of(openai.client(options { api_key = "sk-2" }))
    assert.equal("Bearer sk-2", headers.authorization)
    assert.is_nil(headers["x-api-key"])
  end)

  it("is a bearer token where it is one", function()
    local headers = headers_of(client { auth_token = "t-1" }())
    assert.equal("Bearer t-1", headers.authorization)
    assert.is_nil(headers["x-api-key"])
  end)

  it("may stand in a header of the script's own", function()
    local own = { Authorization = "Basic abc" }
    local headers = headers_of(client { headers = own }())
    assert.equal("Basic abc", headers.authorization)
    assert.is_nil(headers["x-api-key"])
    headers = headers_of(client { headers = own, api_key = "sk-1" }())
    assert.equal("Basic abc", headers.authorization)
    assert.equal("sk-1", headers["x-api-key"])
    local elsewhere = openai.client {
      model = "gpt-4o", base_url = "https://api.example.com", headers = { ["api-key"] = "k" },
    }
    assert.equal("https://api.example.com", elsewhere.base_url)
  end)

  it("is one of three", function()
    local both = { auth_token = "a", token_command = "b" }
    assert.has_error(client(both), "auth_token and token_command exclude each other")
    assert.has_error(client { token_lifetime = "1m" }, "says nothing without token_command")
  end)

  it("is never shown", function()
    for _, name in ipairs { "api_key", "auth_token" } do
      local _, message = pcall(client { [name] = "sk-secret\n" })
      assert.matches(name .. ": the key holds white space", message)
      assert.is_nil(message:find("sk-secret", 1, true))
      assert.is_nil(tostring(client({ [name] = "sk-secret" })()):find("sk-secret", 1, true))
    end
  end)
end)

describe("the command of a token", function()
  local with_command = anthropic.client(options { token_command = "echo t-2" })
  local _, failure = pcall(client { token_command = "false" })

  it("gives the bearer token", function()
    assert.equal("Bearer t-2", headers_of(with_command).authorization)
  end)

  it("is run while the script loads, where its failure is an error", function()
    assert.matches("token_command: ", failure)
    assert.has_error(client { token_command = "echo t" }, "only available while the script loads")
  end)
end)

describe("headers", function()
  it("of a call win over the client's, and these over the defaults, in any spelling", function()
    local made = client { headers = { ["X-A"] = "1", ["X-B"] = 1, ["Anthropic-Version"] = "v" } }()
    local headers = headers_of(made, { headers = { ["x-a"] = "2" } })
    assert.equal("2", headers["x-a"])
    assert.equal("1", headers["x-b"])
    assert.equal("v", headers["anthropic-version"])
    assert.equal("application/json", headers["content-type"])
    assert.equal("1", headers_of(made)["x-a"])
  end)

  it("are refused at once where they are none", function()
    assert.has_error(client { headers = { ["a b"] = "1" } }, "is not a valid header")
    assert.has_error(client { headers = { "x" } }, "headers: expected names and values, got 1")
  end)
end)

describe("retries", function()
  local function from(given)
    return retries.from("retries", given)
  end

  it("are a name", function()
    assert.is_nil(from(nil))
    for _, name in ipairs { "none", "sdk-python", "sdk-ts", "sdk-openai" } do
      assert.equal(name, from(name))
    end
    assert.has_error(function() from "sdk-pyton" end, '(did you mean "sdk-python"?)')
    assert.has_error(function() from(3) end, 'retries: expected "none", "sdk-python"')
  end)

  it("are rules, in seconds and ranges", function()
    assert.same({
      max = 3, base = 0.25, cap = 8, jitter = 0,
      statuses = { { 429, 429 }, { 500, 599 }, { 408, 409 } }, honor_retry_after = false,
    }, from {
      max = 3, base = "250ms", cap = 8, jitter = 0,
      statuses = { 429, "500-599", { 408, 409 } }, honor_retry_after = false,
    })
    assert.same({ max = 0 }, from { max = 0 })
  end)

  it("name what is wrong with them", function()
    local function refused(given, text)
      assert.has_error(function() from(given) end, text)
    end
    refused({}, "retries: max: expected a whole number of 0 or more, got nil")
    refused({ max = 1.5 }, "retries: max: expected a whole number")
    refused({ max = 1, bas = 1 }, '(did you mean "base"?)')
    refused({ max = 1, base = "1x" }, "retries: base: expected a duration")
    refused({ max = 1, base = 2, cap = 1 }, "retries: cap: shorter than base")
    refused({ max = 1, jitter = 2 }, "retries: jitter: expected a number from 0 to 1, got 2")
    refused({ max = 1, statuses = { "5xx" } }, 'retries: statuses[1]: expected a status such as 429')
    refused({ max = 1, statuses = { "599-500" } }, "retries: statuses[1]: expected a status")
    refused({ max = 1, statuses = { 42 } }, "retries: statuses[1]: expected a status")
  end)

  it("are checked in clients and requests", function()
    assert.has_error(client { retries = "sdk" }, "perigee.anthropic.client: retries: expected")
    assert.has_error(function()
      client({ max_tokens = 1 })():stream { messages = "x", retries = { max = -1 } }
    end, "client:stream: retries: max: expected a whole number")
  end)
end)

describe("limits", function()
  local function refusal(limits)
    local _, message = pcall(client { limits = limits })
    return message
  end
  local refusals = {
    { refusal {}, "limits: no limit; name at least one of rpm, itpm, otpm, tpd, concurrency" },
    { refusal { rmp = 5 }, '(did you mean "rpm"?)' },
    { refusal { rpm = 0 }, "limits: rpm: expected a number above 0, got 0" },
    { refusal { concurrency = 1.5 }, "limits: concurrency: expected a whole number" },
    { refusal { rpm = 1, mode = "wait" }, 'limits: mode: expected "observe" or "pace", got "wait"' },
    { refusal { rpm = 1, burst = "1x" }, "limits: burst: expected a duration" },
  }
  local function limited(limits)
    return client({ limits = limits, max_tokens = 16 })()
  end
  local first, same = limited { rpm = 6000, burst = "2s" }, limited { burst = 2, rpm = 6000 }
  local other = limited { rpm = 6001, burst = "2s" }

  it("name what is wrong with them", function()
    for _, case in ipairs(refusals) do
      assert.is_true(case[1]:find(case[2], 1, true) ~= nil)
    end
  end)

  it("are set while the script loads", function()
    assert.has_error(client { limits = { rpm = 5 } }, "only available while the script loads")
  end)

  it("are shared by clients that have the same ones", function()
    assert.equal(first.pacing, same.pacing)
    assert.is_true(first.pacing ~= other.pacing)
    assert.is_nil(client()().pacing)
  end)

  it("let requests through that they have room for", function()
    assert.equal(true, first:create({ messages = "Hello" }).ok)
  end)
end)

describe("a call of any path", function()
  local claude = client()()

  it("sends a table as JSON and a text as it is", function()
    local echo = claude:request("POST", "/echo?q=1", { a = { 1 } }):json()
    assert.equal("POST", echo.method)
    assert.equal("q=1", echo.query)
    assert.same({ a = { 1 } }, json.decode(echo.body))
    assert.equal("text", claude:request("PUT", "/echo", "text"):json().body)
    assert.equal("", claude:request("GET", "/echo"):json().body)
  end)

  it("gives failures as data", function()
    local response = claude:request("GET", "/status/500")
    assert.equal(false, response.ok)
    assert.equal(500, response.status)
    assert.equal("server_error", response.error.kind)
    local nobody = anthropic.client { model = MODEL, base_url = "http://127.0.0.1:1" }
    response = nobody:request("GET", "/echo")
    assert.equal(0, response.status)
    assert.equal("connect", response.error.kind)
    assert.equal("", response.body)
  end)

  it("is refused where it makes no sense", function()
    assert.has_error(function() claude:request("GET", "echo") end, "path: expected a path below")
    assert.has_error(function() claude:request("GET", "/echo", nil, { tiemout = 1 }) end,
      '(did you mean "timeout"?)')
    assert.has_error(function() claude.request("GET", "/echo") end, "call it with a colon")
    assert.has_error(function() return claude:request("GET", "/echo").bdy end,
      'has no "bdy" (did you mean "body"?)')
  end)
end)

return spec.script()
