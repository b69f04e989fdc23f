-- An agent: a conversation whose model calls tools, each of which takes its time.
-- Run: perigee run --mock -u 5 -d 10s examples/14_tool_loop.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 512 }

-- Fake tools: `run` answers at once, `latency` is what the real one would take.
local TOOLS = {
  find_order = {
    description = "Finds an order by its number",
    input_schema = {
      type = "object",
      properties = { order = { type = "string" } },
      required = { "order" },
    },
    latency = perigee.lognormal("80ms", 0.4),
    run = function(input) return { order = input.order, status = "shipped" } end,
  },
  refund = {
    description = "Refunds an order",
    input_schema = { type = "object", properties = { amount = { type = "number" } } },
    latency = "150ms",
    run = function() return "refunded" end,
  },
}

local Agent = perigee.user { name = "customer", think_time = perigee.between("200ms", "500ms") }

Agent:task("support case", function()
  local conversation = claude:conversation {
    system = "You are the support assistant of a shop for telescopes.",
    tools = TOOLS,
    max_turns = 8,
    cache = true,
  }
  for _, question in ipairs { "Where is my order 4711?", "I want my money back." } do
    local reply = conversation:say(question)
    perigee.check("answered", reply.ok and reply.stop_reason ~= "tool_use")
    if not reply.ok then
      return
    end
  end
end)

return { users = { Agent }, options = { vus = 5, duration = "10s" } }
