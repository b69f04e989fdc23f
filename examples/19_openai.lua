-- A server that speaks OpenAI's dialects: vLLM, SGLang, llama.cpp, a gateway, OpenAI itself.
-- Run: perigee run --mock -u 5 -d 10s examples/19_openai.lua

local perigee = require "perigee"
local openai = require "perigee.openai"

-- --mock sets OPENAI_BASE_URL and OPENAI_API_KEY; for a server of your own:
--   OPENAI_BASE_URL=http://127.0.0.1:8000/v1 perigee run examples/19_openai.lua
local chat = openai.client { model = "llama-3.1-8b", max_tokens = 128 }
local responses = openai.client { model = "gpt-5-mini", max_tokens = 128, api = "responses" }

local User = perigee.user { name = "visitor", think_time = "200ms" }

User:task("chat", 3, function()
  local reply = chat:stream {
    system = "You are the support assistant of a shop for telescopes.",
    messages = "Do you ship to Norway?",
    temperature = 0.7,
  }
  perigee.check("answered", reply.ok and reply.text ~= "")
  perigee.check("counted", reply.usage.output_tokens > 0)
end)

User:task("responses", 1, function()
  local reply = responses:create { messages = "What does f/8 mean?" }
  perigee.check("answered", reply.ok and reply.text ~= "")
end)

return {
  users = { User },
  options = {
    -- perigee knows Anthropic's prices; those of others are yours to give, per million tokens.
    prices = {
      ["llama-3.1-8b"] = { input = 0, output = 0 },
      ["gpt-5-mini"] = { input = 0.25, output = 2, cache_read = 0.025 },
    },
    thresholds = { "llm_ttft p(95) < 2s" },
  },
}
