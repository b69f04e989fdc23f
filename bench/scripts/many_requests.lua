-- A million requests, with a tag of 5,000 values: as many tag sets as a run keeps.
-- Against: perigee mock --ttft 0ms --itl 0ms --tokens 4
local claude = require "perigee.anthropic".client { model = "claude-haiku-4-5", max_tokens = 16 }
local requests = 0

return {
  options = { vus = 64, iterations = 1000000, duration = "15m" },
  default = function()
    requests = requests + 1
    claude:create { messages = "Hi", tags = { tenant = "t" .. requests % 5000 } }
  end,
}
