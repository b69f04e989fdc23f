-- The content of a streamed message as the API would have sent it whole, put together from its
-- events: what must be sent back as it came, such as thinking with its signature.
--
-- https://docs.claude.com/en/api/messages-streaming

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

---@class perigee.internal.ContentBlocks
---@field private blocks table[] by the order of their begin
---@field private inputs table<table, string> the JSON of a tool's input, as far as it came
---@field private at table<integer, table> by the API's index
local ContentBlocks = {}
ContentBlocks.__index = ContentBlocks

---@return perigee.internal.ContentBlocks
function M.new()
  return setmetatable({ blocks = {}, inputs = {}, at = {} }, ContentBlocks)
end

local DELTAS = {
  text_delta = function(_, block, delta)
    block.text = (block.text or "") .. delta.text
  end,
  thinking_delta = function(_, block, delta)
    block.thinking = (block.thinking or "") .. delta.thinking
  end,
  signature_delta = function(_, block, delta)
    block.signature = delta.signature
  end,
  input_json_delta = function(inputs, block, delta)
    inputs[block] = (inputs[block] or "") .. delta.partial_json
  end,
  citations_delta = function(_, block, delta)
    block.citations = type(block.citations) == "table" and block.citations or {}
    table.insert(block.citations, delta.citation)
  end,
}

--- Takes the next event's JSON. A message that begins again, as a retried one does, takes the place
--- of the one before.
---@param event any decoded; what is no event of a message is passed over
function ContentBlocks:add(event)
  if type(event) ~= "table" then
    return
  elseif event.type == "message_start" then
    self.blocks, self.inputs, self.at = {}, {}, {}
  elseif event.type == "content_block_start" and type(event.content_block) == "table" then
    local block = argument.merged(event.content_block)
    table.insert(self.blocks, block)
    self.at[event.index] = block
  elseif event.type == "content_block_delta" and type(event.delta) == "table" then
    local block, apply = self.at[event.index], DELTAS[event.delta.type]
    if block and apply then
      apply(self.inputs, block, event.delta)
    end
  end
end

--- The blocks so far; texts without a character, which the API would refuse, are left out.
---@return table[]
function ContentBlocks:content()
  local content = {}
  for _, block in ipairs(self.blocks) do
    local input = self.inputs[block]
    if input and input ~= "" then
      block.input = native.json_decode(input) or {}
    end
    if block.type ~= "text" or block.text ~= "" then
      content[#content + 1] = block
    end
  end
  return content
end

return M
