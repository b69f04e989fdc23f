-- What `perigee limits` runs, on one worker: a look at what a few answers' headers say of an account's limits,
-- or requests without pause until they are refused, and for a while after that.

local json = require "perigee.json"
local perigee = require "perigee"

local kind = perigee.env "LIMITS_KIND" -- "look", "requests" or "input_tokens"
local words = tonumber(perigee.env "LIMITS_WORDS") -- Of each prompt, about as many tokens.
local users = tonumber(perigee.env "LIMITS_USERS")
local longest = tonumber(perigee.env "LIMITS_SECONDS") -- Until the first refusal, at most.
local after = tonumber(perigee.env "LIMITS_SECONDS_AFTER") -- And then.
local client = require("perigee." .. perigee.env "LIMITS_API").client {
  model = perigee.env "LIMITS_MODEL",
  max_tokens = tonumber(perigee.env "LIMITS_MAX_TOKENS"),
}

local FEW = 20
local RETRY = 0.1 -- Seconds from a refusal to the user's next request.
local PROMPT = ("word "):rep(words)

-- All VUs are in this one state.
local samples = {}
local refused_at

local function ask()
  local at = perigee.now()
  local reply = client:create { messages = PROMPT }
  local failure = reply.error or {}
  samples[#samples + 1] = {
    at = at,
    ok = reply.ok,
    error = failure.kind or "",
    message = failure.message or "",
    limit = failure.limit or "",
    retry_after = failure.retry_after,
    input_tokens = reply.usage.input_tokens + reply.usage.cache_write_tokens,
    requests = reply.limits.requests,
    input = reply.limits.input_tokens,
    output = reply.limits.output_tokens,
    tokens = reply.limits.tokens,
  }
  return reply, at
end

-- A few at once take something out of the bucket of requests; before all of it is back, one more shows how much is.
local function look()
  local few = {}
  for i = 1, FEW do
    few[i] = ask
  end
  perigee.all(few)
  local requests = samples[#samples].requests
  local all_back = requests and FEW * 60 / requests.limit or longest
  perigee.sleep(math.min(0.6 * all_back, longest))
  ask()
end

local function probe()
  local reply, at = ask()
  if reply.ok then return end
  if not reply.rate_limited then perigee.abort(reply.error.message) end
  refused_at = refused_at or at
  if at - refused_at > after then perigee.abort "enough" end
  perigee.sleep(RETRY)
end

return {
  options = {
    scenarios = {
      limits = kind == "look" and { executor = "per-vu-iterations", vus = 1, iterations = 1, max_duration = "2m" }
        or { executor = "constant-vus", vus = users, duration = longest + after, graceful_stop = 0 },
    },
  },
  default = kind == "look" and look or probe,
  summary = function() return { samples = json.encode(samples) } end,
}
