-- perigee.http against the mock's /echo and /status.

local http = require "perigee.http"
local json = require "perigee.json"
local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local BASE_URL = perigee.env "ANTHROPIC_BASE_URL"
local ECHO = BASE_URL .. "/echo"

describe("an HTTP request", function()
  it("returns the answer", function()
    local response = http.get(ECHO .. "?q=moon")
    assert.equal(true, response.ok)
    assert.equal(200, response.status)
    assert.equal("GET", response.method)
    assert.equal(ECHO .. "?q=moon", response.url)
    assert.is_nil(response.error)
    assert.matches("json", response.headers["content-type"])
    local echo = response:json()
    assert.equal("GET", echo.method)
    assert.equal("q=moon", echo.query)
  end)

  it("has timings in seconds", function()
    local timings = http.get(ECHO).timings
    for _, name in ipairs { "blocked", "looking_up", "connecting", "tls_handshaking", "sending",
                            "waiting", "receiving", "duration" } do
      assert.is_true(timings[name] >= 0 and timings[name] < 10)
    end
    assert.is_true(timings.duration > 0)
  end)

  it("sends each method", function()
    for _, method in ipairs { "post", "put", "patch" } do
      local echo = http[method](ECHO, "body"):json()
      assert.equal(method:upper(), echo.method)
      assert.equal("body", echo.body)
    end
    assert.equal("DELETE", http.delete(ECHO):json().method)
    assert.equal("OPTIONS", http.request("options", ECHO):json().method)
    local head = http.head(ECHO)
    assert.equal(200, head.status)
    assert.equal("", head.body)
  end)

  it("sends headers; a script's own win over the defaults", function()
    local own = { ["X-Spec"] = "yes", ["Content-Type"] = "text/plain", n = 5 }
    local headers = http.post(ECHO, nil, { headers = own, json = {} }):json().headers
    assert.equal("yes", headers["x-spec"])
    assert.equal("text/plain", headers["content-type"])
    assert.equal("5", headers.n)
  end)

  it("sends a table as a form, sorted and escaped", function()
    local echo = http.post(ECHO, { b = "two words", a = 1, c = "ä&=", d = true }):json()
    assert.equal("a=1&b=two+words&c=%C3%A4%26%3D&d=true", echo.body)
    assert.equal("application/x-www-form-urlencoded", echo.headers["content-type"])
  end)

  it("sends params.json as JSON", function()
    local echo = http.post(ECHO, nil, { json = { list = { 1, 2 } } }):json()
    assert.same({ list = { 1, 2 } }, json.decode(echo.body))
    assert.equal("application/json", echo.headers["content-type"])
  end)

  it("leaves the body out where the script does not want it", function()
    local response = http.get(ECHO, { discard_body = true })
    assert.equal(200, response.status)
    assert.equal("", response.body)
  end)
end)

describe("a failure of the world", function()
  it("is data where the server answers with an error", function()
    local response = http.get(BASE_URL .. "/status/503")
    assert.equal(503, response.status)
    assert.equal(false, response.ok)
    assert.equal(404, http.get(BASE_URL .. "/status/404").status)
  end)

  it("is data where nobody listens", function()
    local response = http.get("http://127.0.0.1:1/")
    assert.equal(false, response.ok)
    assert.equal(0, response.status)
    assert.equal("connect", response.error.kind)
    assert.equal("string", type(response.error.message))
    assert.equal("", response.body)
    assert.same({}, response.headers)
  end)

  it("gives nil and a reason for a body that is not JSON", function()
    local value, reason = http.get("http://127.0.0.1:1/"):json()
    assert.is_nil(value)
    assert.equal("string", type(reason))
  end)
end)

describe("a script's mistake", function()
  it("raises at the script's line", function()
    local _, message = pcall(function()
      local response = http.get(ECHO, { timout = "5s" })
      return response
    end)
    assert.matches("http_spec%.lua:%d+: perigee%.http%.get: params", message)
    assert.matches('%(did you mean "timeout"%?%)', message)
  end)

  it("is refused before anything is sent", function()
    assert.has_error(function() http.get("example.com") end, "expected a URL such as")
    assert.has_error(function() http.get(nil) end, "expected a URL such as")
    assert.has_error(function() http.get(ECHO, { timeout = "5x" }) end, "expected a duration")
    assert.has_error(function() http.get(ECHO, { headers = { "a: b" } }) end, "names and values")
    assert.has_error(function() http.get(ECHO, { headers = { ["a b"] = "c" } }) end, "valid")
    assert.has_error(function() http.get(ECHO, { headers = { a = "b\r\nc: d" } }) end, "valid")
    assert.has_error(function() http.post(ECHO, 5) end, "body: expected a text or a table")
    assert.has_error(function() http.post(ECHO, { 1, 2 }) end, "send a list with params.json")
    assert.has_error(function() http.post(ECHO, { a = {} }) end, "body.a: expected a text")
    assert.has_error(function() http.post(ECHO, "x", { json = {} }) end, "exclude each other")
    assert.has_error(function() http.request("G ET", ECHO) end, "expected a method")
  end)

  it("is reading what a response or the module does not have", function()
    local response = http.get(ECHO)
    assert.has_error(function() return response.statsu end, '(did you mean "status"?)')
    assert.has_error(function() return http.gett end, 'perigee.http has no "gett"')
  end)
end)

return spec.script()
