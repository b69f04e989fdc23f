-- A stream event by event: when the first sentence is complete, which no built-in metric knows.
-- Run: perigee run --mock -u 5 -d 10s examples/06_stream_events.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local metrics = require "perigee.metrics"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 256 }
local first_sentence = metrics.trend("time_to_first_sentence", { unit = "s" })

-- Only scripts that ask for events pay for them: claude:stream measures as well without.
local function read_aloud()
  local stream = claude:open { messages = "Tell me a story about a lighthouse." }
  local text, spoken = "", false
  for event in stream:events() do
    local delta = event.type == "content_block_delta" and event.data.delta
    if delta and delta.type == "text_delta" and not spoken then
      text = text .. delta.text
      if #text > 80 or text:find("[.!?]") then
        first_sentence:add(event.at)
        spoken = true
      end
    end
  end

  local reply = stream:reply()
  perigee.check("complete", reply.ok and not reply.truncated)
  perigee.check("spoke before the end", spoken)
  perigee.sleep "500ms"
end

return {
  default = read_aloud,
  options = { thresholds = { "time_to_first_sentence p(95) < 5s", "checks rate > 99%" } },
}
