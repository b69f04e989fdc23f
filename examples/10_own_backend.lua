-- A chat back end of your own, whatever it speaks: a rule says which event is content, and the
-- stream gets the metrics that a model's has.
-- Run: perigee run --mock -u 5 -d 10s examples/10_own_backend.lua

local http = require "perigee.http"
local perigee = require "perigee"

-- --mock sets the variable. Put your own URL here, and the rules for what it sends: for servers
-- that speak OpenAI's dialect content = "/choices/0/delta/content" and done = "[DONE]".
local BASE_URL = perigee.env("ANTHROPIC_BASE_URL", "http://127.0.0.1:8080")

local function params(more)
  local all = {
    json = {
      model = "claude-haiku-4-5",
      max_tokens = 64,
      stream = true,
      messages = { { role = "user", content = "Which way round does the lens cap go?" } },
    },
    headers = { ["x-api-key"] = "no-key", ["anthropic-version"] = "2023-06-01" },
    content = "/delta/text",
    usage = {
      input_tokens = "/message/usage/input_tokens",
      output_tokens = "/usage/output_tokens",
    },
  }
  for name, value in pairs(more) do
    all[name] = value
  end
  return all
end

local User = perigee.user { name = "visitor", think_time = "200ms" }

User:task("reads to the end", 3, function()
  local reply = http.stream("POST", BASE_URL .. "/v1/messages", nil, params {})
  perigee.check("answered", reply.ok and reply.text ~= "" and reply.ttft ~= nil)
end)

User:task("leaves early", 1, function()
  local reply = http.stream("POST", BASE_URL .. "/v1/messages", nil, params {
    stop_after_tokens = 5,
  })
  perigee.check("left after five tokens", reply.ok and reply.cancelled)
end)

-- Where no pointer can tell, a function does, for some microseconds of Lua per event.
User:task("counts by a rule of its own", 1, function()
  local reply = http.stream("POST", BASE_URL .. "/v1/messages", nil, params {
    content = function(event)
      return event.type == "content_block_delta" and event:json().delta.text or nil
    end,
  })
  perigee.check("answered", reply.ok and reply.text ~= "" and reply.ttft ~= nil)
end)

return { users = { User }, options = { thresholds = { "llm_ttft p(95) < 2s" } } }
