-- What `perigee calibrate` runs: users that stream two answers each, or users that send one short
-- request after another.

local anthropic = require "perigee.anthropic"
local perigee = require "perigee"

local users = tonumber(perigee.env "CALIBRATE_USERS")
local seconds = tonumber(perigee.env "CALIBRATE_SECONDS")
local spread = tonumber(perigee.env "CALIBRATE_SPREAD")

local servers = {}
for url in perigee.env("CALIBRATE_SERVERS"):gmatch "%S+" do
  servers[#servers + 1] = anthropic.client {
    base_url = url,
    api_key = "mock",
    model = "claude-haiku-4-5",
    max_tokens = 64000,
  }
end

local function server_of(user) return servers[user.id % #servers + 1] end

-- Users begin one after the other, evenly over the spread: a thousand requests in one instant
-- would measure something else.
local function stream(user)
  perigee.sleep(spread * (user.id - 1) / users)
  local server = server_of(user)
  for _ = 1, 2 do
    server:stream { messages = "Hello" }
  end
end

local function create(user) server_of(user):create { messages = "Hello" } end

-- Twice the time that is needed: what has not ended by then has failed.
local streams = {
  executor = "per-vu-iterations",
  vus = users,
  iterations = 1,
  max_duration = 2 * seconds,
  graceful_stop = 0,
}
local requests = {
  executor = "constant-vus",
  vus = users,
  duration = seconds,
  graceful_stop = 1,
}
local is_streamed = perigee.env "CALIBRATE_KIND" == "streams"

return {
  options = { scenarios = { calibrate = is_streamed and streams or requests } },
  default = is_streamed and stream or create,
}
