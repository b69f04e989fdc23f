-- What a model answered, the same for every provider and in every outcome.
--
-- Scripts get replies from a client, such as perigee.anthropic's, and need not require this module.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

---@class perigee.llm.Usage
---@field input_tokens integer without what the cache served or stored
---@field output_tokens integer thinking included
---@field cache_read_tokens integer
---@field cache_write_tokens integer
---@field thinking_tokens integer part of output_tokens; 0 where the provider does not say

---@class perigee.llm.ToolUse
---@field id string
---@field name string
---@field input any|nil the decoded input; nil where it was cut off
---@field input_json string as it came

---@class perigee.llm.Error
---@field kind string "timeout" "connect" "dns" "tls" "reset" "protocol" "rate_limited" "overloaded"
---  "server_error" "invalid_request" "auth" "not_found" "too_large" "truncated" "stream_error"
---  "refused" "other"
---@field status integer 0 where no answer came
---@field type string the provider's own error type; "" where it sent none
---@field message string
---@field request_id string
---@field retry_after number|nil seconds
---@field limit string which limit was hit, of kind "rate_limited": "requests" "input_tokens"
---  "output_tokens" "tokens" "bytes" "acceleration" "concurrency" "spend", or "unknown" where the
---  answer does not say; else ""

--- A rate limit as the server saw it when it answered.
---@class perigee.llm.Limit
---@field limit number per minute
---@field remaining number as sent; Anthropic rounds tokens to thousands
---@field reset number|nil seconds from the answer until the bucket is full again
---@field used number the share that is used up, from 0 to 1

--- By what they count, as in `reply.limits.input_tokens.used`; other tiers, "priority" and "fast",
--- hold buckets of their own, as in `reply.limits.priority.input_tokens`.
---@alias perigee.llm.LimitsSeen table<string, perigee.llm.Limit|table<string, perigee.llm.Limit>>

--- All fields exist in every outcome, but for those that may be nil: a text is "" and a count is 0
--- where there is nothing to say. Reading any other name raises.
---@class perigee.llm.Reply
---@field ok boolean the answer is not an error, and it came whole or its user cancelled it
---@field status integer HTTP status; 0 where no answer came
---@field text string all text, joined
---@field thinking string all thinking, joined
---@field tool_uses perigee.llm.ToolUse[]
---@field stop_reason string "end_turn", "max_tokens", "stop_sequence", "tool_use", "refusal" …, or
---  OpenAI's "stop", "length", "tool_calls" …; "cancelled" where cancelled
---@field model string as the provider resolved it
---@field id string
---@field request_id string
---@field usage perigee.llm.Usage
---@field ttft number|nil seconds from sending to the first token of any kind
---@field ttft_text number|nil seconds from sending to the first visible text
---@field duration number seconds from sending to the end
---@field tpot number|nil seconds per output token after the first
---@field thinking_duration number|nil seconds that thinking took in the stream
---@field text_duration number|nil seconds that visible text took
---@field tool_input_duration number|nil seconds that the inputs of tools took
---@field queue_time number seconds that its requests waited before they were sent: for pacing, for
---  the budget, and the client's own delay
---@field retries integer requests after the first one; all else is about the last
---@field limits perigee.llm.LimitsSeen what the answer's headers say; {} where they say nothing
---@field cache string the prompt cache: "hit" where it served some of the input, "miss" where it
---  stored some and served nothing, "unused" where it did neither though cache_control asked for it;
---  else ""
---@field events integer of the stream; 0 without one
---@field rate_limited boolean error.kind == "rate_limited"
---@field overloaded boolean error.kind == "overloaded"
---@field truncated boolean error.kind == "truncated": the stream ended before its time
---@field refused boolean error.kind == "refused": the model would not answer
---@field paused boolean stop_reason == "pause_turn": send the turn back and the model goes on
---@field cancelled boolean its user had seen enough: stream:cancel() or stop_after_tokens
---@field censored boolean always false here: the script of an interrupted request does not go on
---@field error perigee.llm.Error|nil nil where ok
---@field cost_usd number|nil nil where the model's price is not known

local FIELDS = {
  ok = true, status = true, text = true, thinking = true, tool_uses = true, stop_reason = true,
  model = true, id = true, request_id = true, usage = true, ttft = true, ttft_text = true,
  duration = true, tpot = true, thinking_duration = true, text_duration = true,
  tool_input_duration = true, queue_time = true, retries = true, limits = true, cache = true,
  events = true, rate_limited = true, overloaded = true, truncated = true, refused = true,
  paused = true, cancelled = true, censored = true, error = true, cost_usd = true,
}

local metatable = { __index = argument.strict_index("a reply", {}, FIELDS) }

--- Completes the plain table that the engine made: decodes the inputs of tools, adds what follows
--- from other fields, and makes reading a misspelt field an error. The same table again is returned
--- as it is.
---@param reply table
---@return perigee.llm.Reply
function M.complete(reply)
  if getmetatable(reply) == metatable then
    return reply
  end
  for _, tool_use in ipairs(reply.tool_uses) do
    tool_use.input = native.json_decode(tool_use.input_json)
  end
  reply.refused = reply.error ~= nil and reply.error.kind == "refused"
  reply.paused = reply.stop_reason == "pause_turn"
  return setmetatable(reply, metatable)
end

return M
