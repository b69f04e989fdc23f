-- Plain HTTP beside the model: GET and POST with params, checks and JSON answers.
-- Run: perigee run --mock -u 5 -d 5s examples/04_http.lua

local perigee = require "perigee"
local http = require "perigee.http"

-- --mock sets the variable; the mock answers /echo with what it was sent.
local BASE_URL = perigee.env("ANTHROPIC_BASE_URL", "http://127.0.0.1:8080")

local Visitor = perigee.user { name = "visitor", think_time = "200ms" }

Visitor:task("search", 3, function(user)
  -- The query is not part of the name, so all searches are one line of the report.
  local response = http.get(BASE_URL .. "/echo?q=telescope&page=" .. user.iteration, {
    headers = { accept = "application/json" },
    timeout = "5s",
  })
  perigee.check(response, {
    ["search: status is 200"] = function(r) return r.status == 200 end,
    ["search: fast enough"] = function(r) return r.timings.duration < 0.5 end,
  })
end)

Visitor:task("order", 1, function(user)
  local response = http.post(BASE_URL .. "/echo", nil, {
    json = { item = "eyepiece", count = 2, customer = user.id },
    name = "POST /order",
    tags = { kind = "write" },
  })
  local echo = response:json()
  perigee.check("order: answered in JSON", response.ok and type(echo) == "table")
  if response.error then
    perigee.warn("order failed: %s (%s)", response.error.message, response.error.kind)
  end
end)

return {
  users = { Visitor },
  options = { thresholds = { "http_req_failed rate < 1%", "http_req_duration p(95) < 500ms" } },
}
