-- A web API under a rising load, with set-up, checks, groups and a metric of one's own.
--
--   perigee run --mock script.lua
--   perigee run -H https://staging.example.com script.lua
--
-- Paths such as "/echo" are joined to the host that -H or options.host names, or to the mock's,
-- which answers /echo with what it was sent.

local perigee = require "perigee"
local http = require "perigee.http"
local metrics = require "perigee.metrics"

local items_seen = metrics.counter("items_seen")

return {
  options = {
    -- From 1 to 5 users in 5 s, 10 s with 5, and down again.
    stages = { "5s:5", "10s:5", "5s:0" },
    thresholds = {
      "http_req_duration p(95) < 500ms",
      "http_req_failed rate < 1%",
      "checks rate > 99%",
    },
  },

  -- Runs once, before the load; its result is user.data of all users.
  setup = function()
    local response = http.get("/echo?login=1")
    if not response.ok then
      perigee.abort("cannot log in: status " .. response.status)
    end
    return { token = "secret" }
  end,

  -- Each user runs this again and again.
  default = function(user)
    perigee.group("search", function()
      -- `name` keeps all these requests on one line of the report, whatever the query is.
      local response = http.get("/echo?q=moon&page=" .. user.iteration, {
        name = "GET /search",
        headers = { authorization = "Bearer " .. user.data.token },
      })
      perigee.check("search: status is 200", response.status == 200)
    end)

    perigee.group("order", function()
      local response = http.post("/echo", nil, {
        name = "POST /order",
        json = { item = "eyepiece", count = 2 },
      })
      perigee.check("order: status is 200", response.status == 200)
      items_seen:add(2)
    end)

    perigee.sleep(perigee.between("200ms", "800ms"))
  end,
}
