-- A small JSON answer over a kept connection, parsed and checked. Run by scripts/bench.

local perigee = require "perigee"
local http = require "perigee.http"

local URL = perigee.env "BENCH_URL"

-- Nothing, unless many users are to share a rate.
local User = perigee.user { think_time = perigee.env("BENCH_THINK_TIME", "0s") }

User:task("item", 1, function()
  local response = http.get(URL)
  perigee.check("an eyepiece", response.ok and response:json().name == "eyepiece")
end)

return { users = { User } }
