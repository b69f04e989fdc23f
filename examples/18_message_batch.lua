-- A message batch: half the price, for whoever can wait.
-- Run: perigee run --mock --mock-args "--batch-duration 1s" -u 1 -i 1 examples/18_message_batch.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 64 }

-- One request at a time, so that a batch of 100,000 needs no second copy of itself.
local function reviews(count)
  local number = 0
  return function()
    number = number + 1
    if number <= count then
      return {
        custom_id = "review-" .. number,
        params = { messages = "Is this review friendly? The tripod wobbles, review " .. number },
      }
    end
  end
end

return {
  options = { vus = 1, iterations = 1 },
  default = function()
    local batch = claude:batch(reviews(20))
    if not perigee.check("created", batch.ok) then
      return
    end
    batch:wait { poll = "100ms", timeout = "60s" }
    perigee.check("ended", batch.processing_status == "ended")
    local answered = 0
    for result in batch:results() do
      if result.ok then
        answered = answered + 1
      end
    end
    perigee.check("every review is answered", answered == 20)
  end,
}
