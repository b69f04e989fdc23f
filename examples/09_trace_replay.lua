-- Replays recorded arrivals at twice their speed, with made-up prompts of the recorded lengths.
-- Run: perigee run --mock examples/09_trace_replay.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local data = require "perigee.data"
local text = require "perigee.text"

local claude = anthropic.client { model = "claude-haiku-4-5" }

-- The file is in the public Mooncake format: times, lengths, and ids of the blocks of 512 tokens
-- that prompts have in common. Prompts that shared their beginning share it again, so that a prompt
-- cache has as much to do as it had.
--
-- For -u and -d, which replace the trace's times: then its rows are taken one after the other.
local recorded = data.jsonl "data/trace.jsonl"

return {
  options = {
    scenarios = {
      replay = { executor = "trace", file = "data/trace.jsonl", speed = 2 },
    },
    thresholds = { "llm_request_failed rate < 1%" },
  },

  default = function(_, row)
    row = row or recorded:next()
    local reply = claude:stream {
      messages = text.mooncake_prompt(row),
      max_tokens = row.output_length,
    }
    perigee.check("answered", reply.ok)
  end,
}
