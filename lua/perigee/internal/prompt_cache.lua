-- Requests that share no prefix with any other, so that no cache can serve them.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

-- Runs of one seed draw the same numbers, and a cache remembers for minutes.
local RUN = os.time() % 2 ^ 32

local function nonce()
  local first, second = native.random() * 2 ^ 32, native.random() * 2 ^ 32
  return ("[%08x-%08x%08x]"):format(RUN, first, second)
end

--- A copy of a text or of a list of blocks with a text in front that no other request has.
---@param content any nil for the text alone
---@param block_type string what a block of text is called, as in "text"
---@return string|table
function M.made_unique(content, block_type)
  if type(content) ~= "table" then
    return type(content) == "string" and nonce() .. "\n" .. content or nonce()
  end
  local blocks = { { type = block_type, text = nonce() } }
  for _, block in ipairs(content) do
    blocks[#blocks + 1] = block
  end
  return blocks
end

--- A list of turns whose first one is unique.
---@param turns table[]
---@param block_type string
---@return table[]
function M.unique_turns(turns, block_type)
  local first = turns[1]
  if type(first) ~= "table" then
    return turns
  end
  local copy = argument.merged(turns)
  copy[1] = argument.merged(first, { content = M.made_unique(first.content, block_type) })
  return copy
end

--- A request's word on caching, else the client's.
---@param where string
---@param given string|nil
---@param known string[] beside "none"
---@return string|nil given nil for "none"
function M.check(where, given, known)
  if given == nil or given == "none" then
    return nil
  end
  for _, name in ipairs(known) do
    if given == name then
      return given
    end
  end
  local expected = ('"%s" or "none"'):format(table.concat(known, '", "'))
  argument.mismatch(where .. ": cache", expected, given)
end

return M
