-- Questions from a file: each asked in turn, counted by its kind, some with made-up context.
-- Run: perigee run --mock -u 5 -d 10s examples/08_prompts_from_file.lua

local perigee = require "perigee"
local anthropic = require "perigee.anthropic"
local data = require "perigee.data"
local text = require "perigee.text"

local claude = anthropic.client { model = "claude-haiku-4-5" }

-- Opened once, however many users there are. { pick = "random" } draws instead, { pick = "unique" }
-- asks each question once in the whole run.
local questions = data.jsonl "data/questions.jsonl"

-- Most documents are short, a few are many times as long.
local document_tokens = text.length.lognormal(200, 0.8, { max = 2000 })

local function check(reply)
  perigee.check("answered", reply.ok and reply.text ~= "")
end

local User = perigee.user { name = "reader", think_time = perigee.between("200ms", "500ms") }

User:task("ask", 3, function()
  local row = questions:next()
  check(claude:stream {
    messages = row.question,
    max_tokens = row.max_tokens,
    tags = { kind = row.kind },
  })
end)

User:task("ask_about_document", 1, function()
  local row = questions:next()
  check(claude:stream {
    system = text.tokens(document_tokens),
    messages = row.question,
    max_tokens = row.max_tokens,
    tags = { kind = row.kind },
  })
end)

return {
  users = { User },
  options = { thresholds = { "llm_ttft{kind=short} p(95) < 5s" } },
}
