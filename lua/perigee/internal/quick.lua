-- What `perigee quick` runs: one function for all VUs, which streams a prompt or gets a URL.

local anthropic = require "perigee.anthropic"
local http = require "perigee.http"
local perigee = require "perigee"

-- With --mock there need not be a URL: the mock names itself.
local MOCK_URL = perigee.env("ANTHROPIC_BASE_URL", "")

local url = perigee.option("url", { default = "", help = "what to test" })
local prompt = perigee.option("prompt", { default = "", help = "what to ask" })
local model = perigee.option("model", { default = "claude-haiku-4-5", help = "who to ask" })
local max_tokens = perigee.option("max_tokens", { default = 256, help = "longest answer" })

local function ask()
  local claude = anthropic.client {
    base_url = url ~= "" and url or nil,
    model = model,
    max_tokens = max_tokens,
  }
  return function()
    local reply = claude:stream { messages = prompt }
    perigee.check("answered", reply.ok and reply.text ~= "")
  end
end

local function get()
  local target = url ~= "" and url or MOCK_URL .. "/echo"
  return function()
    local response = http.get(target)
    perigee.check("status is below 400", response.ok)
  end
end

return { default = prompt ~= "" and ask() or get() }
