-- Metrics of a script's own: a counter, a gauge, a rate and a trend, with tags and thresholds.
-- Run: perigee run --mock -u 5 -d 10s examples/05_custom_metrics.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local metrics = require "perigee.metrics"

local claude = anthropic.client { model = "claude-haiku-4-5" }

-- Declared at the top; a metric's unit is part of it.
local words = metrics.trend("answer_words")
local think = metrics.trend("reader_time", { unit = "s" })
local cut_short = metrics.rate("answer_cut_short")
local questions = metrics.counter("questions")
local longest = metrics.gauge("longest_answer")

-- A module's locals are shared by the VUs of one worker.
local most_words = 0

local SIZES = { short = 64, long = 512 }

local function ask()
  local size = perigee.pick({ "short", "long" }, { 3, 1 })
  local reply = claude:stream { max_tokens = SIZES[size], messages = "Tell me about the tides." }
  questions:add(1, { size = size })
  if not reply.ok then
    return
  end

  local _, count = reply.text:gsub("%S+", "")
  words:add(count, { size = size })
  cut_short:add(reply.stop_reason == "max_tokens")
  most_words = math.max(most_words, count)
  longest:set(most_words)

  -- A person reads about four words a second; nobody waits that long in a test.
  think:add(count / 4)
  perigee.sleep "250ms"
end

return {
  default = ask,
  options = {
    thresholds = {
      "answer_words{size=short} max < 1000",
      "reader_time p(95) < 10m",
      "questions count > 0",
    },
  },
}
