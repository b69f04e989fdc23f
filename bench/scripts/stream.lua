-- One stream after the other. Run by scripts/bench.

local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 60000 }

return {
  default = function()
    claude:stream { messages = "Hello" }
  end,
}
