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

describe("a body", function()
  it("repeats a form's field for each entry of a list", function()
    local echo = http.post(ECHO, { tag = { "b", "a" }, id = 7, none = {} }):json()
    assert.equal("id=7&tag=b&tag=a", echo.body)
  end)

  it("is multipart where it has a file", function()
    local echo = http.post(ECHO, {
      note = "hello",
      photo = http.file("bytes", 'moon "1".png', "image/png"),
      log = { http.file("one"), http.file("two") },
    }):json()
    local boundary = echo.headers["content-type"]:match "^multipart/form%-data; boundary=(.+)$"
    assert.equal("string", type(boundary))
    local part = "--" .. boundary .. '\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    local plain = "\r\nContent-Type: application/octet-stream"
    assert.equal(
      part:format("log", '; filename="log"' .. plain, "one")
        .. part:format("log", '; filename="log"' .. plain, "two")
        .. part:format("note", "", "hello")
        .. part:format("photo", '; filename="moon %221%22.png"\r\nContent-Type: image/png', "bytes")
        .. "--" .. boundary .. "--\r\n",
      echo.body)
  end)

  it("never has its boundary inside", function()
    local data = "----perigee-form-1"
    local echo = http.post(ECHO, { f = http.file(data) }):json()
    assert.matches("boundary=%-%-%-%-perigee%-form%-2$", echo.headers["content-type"])
  end)

  it("is compressed where that is asked for", function()
    local text = ("moon "):rep(1000)
    local headers = http.post(ECHO, text, { compression = "gzip" }):json().headers
    assert.equal("gzip", headers["content-encoding"])
    assert.is_true(tonumber(headers["content-length"]) < 200)
  end)

  it("has no content type where the script gives none", function()
    assert.is_nil(http.post(ECHO, "text"):json().headers["content-type"])
  end)
end)

describe("a request's params", function()
  it("offer compressed answers unless told not to", function()
    assert.matches("gzip", http.get(ECHO):json().headers["accept-encoding"])
    assert.is_nil(http.get(ECHO, { accept_encoding = false }):json().headers["accept-encoding"])
  end)

  it("authenticate a user", function()
    local basic = "Basic YW5uOm1vb246bGlnaHQ="
    local params = { auth = { user = "ann", password = "moon:light" } }
    assert.equal(basic, http.get(ECHO, params):json().headers.authorization)
    local response = http.get((ECHO:gsub("://", "://ann:moon%%3alight@")))
    assert.equal(basic, response:json().headers.authorization)
    assert.equal(ECHO, response.url)
    response = http.get((ECHO:gsub("://", "://ann:p@ss@")))
    assert.equal("Basic YW5uOnBAc3M=", response:json().headers.authorization)
    assert.equal(ECHO, response.url)
  end)

  it("send cookies for one request", function()
    local headers = http.get(ECHO, { cookies = { b = 2, a = "one" } }):json().headers
    assert.equal("a=one; b=2", headers.cookie)
    assert.is_nil(http.get(ECHO):json().headers.cookie)
  end)

  it("say which statuses are a success", function()
    local params = { expected_statuses = { 200, { 400, 404 } } }
    local response = http.get(BASE_URL .. "/status/404", params)
    assert.equal(true, response.ok)
    assert.equal(404, response.status)
    assert.is_nil(response.error)
    local unexpected = http.get(BASE_URL .. "/status/201", params)
    assert.equal(false, unexpected.ok)
    assert.equal("other", unexpected.error.kind)
    assert.equal("unexpected status 201", unexpected.error.message)
  end)
end)

describe("a response", function()
  it("says from where and over what it came", function()
    local response = http.get(ECHO)
    assert.equal("1.1", response.version)
    assert.equal("127.0.0.1", response.remote_ip)
    assert.equal(0, response.redirects)
    assert.same({}, response.cookies)
  end)

  it("has all its fields where no answer came", function()
    local response = http.get("http://127.0.0.1:1/")
    assert.equal("", response.version)
    assert.equal("http://127.0.0.1:1/", response.url)
    assert.equal(0, response.redirects)
    assert.same({}, response.cookies)
  end)
end)

describe("a batch", function()
  it("answers in the order of its requests", function()
    local slow = BASE_URL .. "/delay/50ms"
    local responses = http.batch {
      slow,
      { "POST", ECHO, { a = 1 }, { name = "form" } },
      { method = "put", url = ECHO, body = "text" },
    }
    assert.equal(3, #responses)
    assert.equal(slow, responses[1].url)
    assert.equal("a=1", responses[2]:json().body)
    assert.equal("PUT", responses[3].method)
  end)

  it("runs at once, or as many at a time as its limit allows", function()
    local slow = BASE_URL .. "/delay/200ms"
    local began = perigee.now()
    http.batch { slow, slow, slow, slow }
    assert.is_true(perigee.now() - began < 0.7)
    began = perigee.now()
    http.batch({ slow, slow, slow, slow }, { limit = 2 })
    assert.is_true(perigee.now() - began >= 0.4)
  end)

  it("may be empty", function()
    assert.same({}, http.batch {})
  end)

  it("checks all before anything is sent", function()
    local has_error = assert.has_error
    has_error(function() http.batch { ECHO, "example.com" } end, "perigee.http.batch[2]: expected")
    has_error(function() http.batch { { "G ET", ECHO } } end, "batch[1]: expected a method")
    has_error(function() http.batch { { method = "GET", uri = ECHO } } end, 'mean "url"?')
    has_error(function() http.batch { get = ECHO } end, "expected a list of requests")
    has_error(function() http.batch({ ECHO }, { limit = 0 }) end, "a whole number from 1")
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
    assert.has_error(function() http.post(ECHO, { a = { {} } }) end, "body.a[1]: expected a text")
    assert.has_error(function() http.post(ECHO, { a = { b = 1 } }) end, "body.a: expected a text")
    assert.has_error(function() http.post(ECHO, http.file "x") end, "one of a form's fields")
    assert.has_error(function() http.post(ECHO, "x", { json = {} }) end, "exclude each other")
    assert.has_error(function() http.get(ECHO .. "\0b") end, "a control character")
    assert.has_error(function() http.get "http://a%3Ab:c@127.0.0.1/" end, 'a name without ":"')
    assert.has_error(function() http.request("G ET", ECHO) end, "expected a method")
  end)

  it("in a param names the param", function()
    local function refused(params, text)
      assert.has_error(function() http.get(ECHO, params) end, "perigee.http.get: params: " .. text)
    end
    refused({ timeout = -1 }, "timeout: expected a duration")
    refused({ connect_timeout = 0 }, "connect_timeout: expected a duration above 0")
    refused({ headers = { ["x y"] = "a" } }, 'headers: "x y" is not a valid header')
    refused({ tags = { x = {} } }, 'tags: "x": expected a text')
    refused({ redirects = 1.5 }, "redirects: expected a whole number")
    refused({ redirects = -1 }, "redirects: expected a whole number")
    refused({ auth = { user = "a:b" } }, 'auth: user: expected a name without ":"')
    refused({ auth = { pasword = "x" } }, 'auth: unknown field "pasword" (did you mean "pass')
    refused({ cookies = { ["a b"] = 1 } }, 'cookies: "a b" is not a valid cookie')
    refused({ cookies = { a = "1; b=2" } }, 'cookies: "a" is not a valid cookie')
    refused({ cookies = { a = true } }, 'cookies: "a": expected a text')
    refused({ compression = "br" }, 'compression: expected "gzip"')
    refused({ expected_statuses = {} }, "expected_statuses: expected a list of statuses")
    refused({ expected_statuses = { "200" } }, "expected_statuses[1]: expected a status")
    refused({ expected_statuses = { { 399, 300 } } }, "expected_statuses[1]: expected a status")
    refused({ accept_encoding = "gzip" }, "accept_encoding: expected a boolean")
  end)

  it("in a file names the argument", function()
    assert.has_error(function() http.file(nil) end, "perigee.http.file: data: expected a string")
    assert.has_error(function() http.file("x", "a\nb") end, "filename: expected a text of one line")
    assert.has_error(function() http.file("x", "a", 5) end, "content_type: expected a string")
  end)

  it("is setting defaults when the script is loaded", function()
    assert.has_error(function() http.defaults {} end, "only available while the script loads")
  end)

  it("is reading what a response or the module does not have", function()
    local response = http.get(ECHO)
    assert.has_error(function() return response.statsu end, '(did you mean "status"?)')
    assert.has_error(function() return http.gett end, 'perigee.http has no "gett"')
  end)
end)

return spec.script()
