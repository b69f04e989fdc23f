-- Made-up prompts whose length and shared beginnings matter, and whose words do not.
--
--     local text = require "perigee.text"
--     claude:stream { messages = text.tokens(500) }
--
-- Units: tokens are "about": texts are made of common English words to 3.5 bytes per token, to the
--        nearest word, which is how the mock counts. Counted as one token per word and punctuation
--        mark, which is what usual vocabularies make of such words, a text has about 6 % fewer.
--        What a service really counted is in `reply.usage.input_tokens`.

local argument = require "perigee.internal.argument"
local cumulative = require "perigee.internal.cumulative"
local length = require "perigee.internal.length"
local native = require "perigee.native"

---@class perigee.text
local M = {}

--- Length distributions: constant, uniform, normal, lognormal, exponential, zipf, empirical.
--- Wherever a number of tokens is expected, one of these will do.
M.length = length.length

-- The greatest whole number that a Lua number holds exactly.
local MOST = 2 ^ 53

-- By the running VU's random stream; while loading it is the same in all workers.
local function any_seed()
  return math.floor(native.random() * MOST)
end

local function check_seed(where, seed)
  if type(seed) ~= "number" or seed % 1 ~= 0 or math.abs(seed) > MOST then
    argument.mismatch(where .. ": seed", "a whole number", seed)
  end
  return seed
end

---@class perigee.text.TokensOptions
---@field seed integer|nil the same text for the same seed; default another text each time

local TOKENS_OPTIONS = { seed = "number" }

--- A text of about so many tokens. Without a seed it comes from the running VU's random stream:
--- each call gives another text, and all runs of one --seed the same ones. With a seed, a longer
--- text begins with all of a shorter one.
---@param tokens integer|string|perigee.text.Length
---@param options perigee.text.TokensOptions|nil
---@return string
---@nodiscard
function M.tokens(tokens, options)
  local where = "perigee.text.tokens"
  argument.fields(where .. ": options", options or {}, TOKENS_OPTIONS)
  local count = length.tokens(where, tokens)
  local seed = options and options.seed
  return native.random_text(count, seed and check_seed(where, seed) or any_seed())
end

---@class perigee.text.PrefixOptions
---@field groups integer how many prefixes there are
---@field prefix_tokens integer how long each prefix is, about
---@field weights number[]|nil one per group: how often it is used; default all equally often
---@field zipf number|nil instead of weights: the k-th group is used in proportion to 1 / k^zipf
---@field seed integer|nil the same prefixes for the same seed; default others for each --seed

---@class perigee.text.GroupedPrompt
---@field prefix string the same for all prompts of a group
---@field text string this prompt's own
---@field group integer from 1

--- Prompts in groups that share a long beginning, as the users of one application share its system
--- prompt: what prompt caches are made for.
---@class perigee.text.PrefixGroups
---@field package seed integer
---@field package prefix_tokens integer
---@field package sums number[]
local PrefixGroups = {}

local prefix_metatable = { __index = argument.strict_index("prefix groups", PrefixGroups, {}) }

local PREFIX_OPTIONS = {
  groups = "number",
  prefix_tokens = "number",
  weights = "table",
  zipf = "number",
  seed = "number",
}

local function check_weights(where, weights, groups)
  if #weights ~= groups then
    argument.raise(("%s: weights: expected %d, got %d"):format(where, groups, #weights))
  end
  local sum = 0
  for index, weight in ipairs(weights) do
    if type(weight) ~= "number" or not (weight >= 0 and weight < math.huge) then
      argument.mismatch(("%s: weights[%d]"):format(where, index), "a number from 0", weight)
    end
    sum = sum + weight
  end
  if sum == 0 then
    argument.raise(where .. ": all weights are 0")
  end
  return weights
end

local function group_weights(where, options)
  local groups = options.groups
  if type(groups) ~= "number" or not (groups >= 1 and groups <= 1e6) or groups % 1 ~= 0 then
    argument.mismatch(where .. ": groups", "a whole number from 1 to 1000000", groups)
  elseif options.weights and options.zipf then
    argument.raise(where .. ": weights and zipf exclude each other")
  elseif options.weights then
    return check_weights(where, options.weights, groups)
  end
  local exponent = options.zipf or 0
  if not (exponent >= 0 and exponent <= 10) then
    argument.mismatch(where .. ": zipf", "a number from 0 to 10", exponent)
  end
  return cumulative.zipf_weights(groups, exponent)
end

--- Only while the script loads, so that all workers have the same prefixes.
---@param options perigee.text.PrefixOptions
---@return perigee.text.PrefixGroups
---@nodiscard
function M.prefix_groups(options)
  local where = "perigee.text.prefix_groups"
  argument.while_loading(where)
  argument.fields(where, options, PREFIX_OPTIONS)
  return setmetatable({
    seed = options.seed and check_seed(where, options.seed) or any_seed(),
    prefix_tokens = length.tokens(where .. ": prefix_tokens", options.prefix_tokens),
    sums = cumulative.sums(group_weights(where, options)),
  }, prefix_metatable)
end

--- A prompt of a group drawn by the weights.
---
---     local prompt = prompts:next(200)
---     claude:stream { system = prompt.prefix, messages = prompt.text }
---@param tokens integer|string|perigee.text.Length of the prompt's own part
---@return perigee.text.GroupedPrompt
function PrefixGroups:next(tokens)
  local where = "prefix groups: next"
  if getmetatable(self) ~= prefix_metatable then
    argument.raise(where .. ": call it with a colon, as in prompts:next(200)")
  end
  local count = length.tokens(where, tokens)
  local group = cumulative.draw(self.sums)
  -- Seeds of neighbouring groups give texts that have nothing in common.
  local seed = (self.seed + group) % MOST
  return {
    prefix = native.random_text(self.prefix_tokens, seed),
    text = native.random_text(count, any_seed()),
    group = group,
  }
end

-- The tokens that one hash id of a Mooncake trace stands for.
local BLOCK = 512

--- The prompt of a row of a Mooncake trace: about `input_length` tokens, made of a block of 512 per
--- entry of `hash_ids`, so that rows which begin with the same ids begin with the same text. What
--- the ids do not cover is another text each time.
---
---     default = function(_, row)
---       claude:stream { messages = text.mooncake_prompt(row), max_tokens = row.output_length }
---     end
---@param row { input_length: integer, hash_ids: integer[]|nil }
---@return string
---@nodiscard
function M.mooncake_prompt(row)
  local where = "perigee.text.mooncake_prompt"
  argument.typed(where, row, "table")
  local left = length.tokens(where .. ": input_length", row.input_length)
  local ids = row.hash_ids or {}
  argument.typed(where .. ": hash_ids", ids, "table")
  local blocks = {}
  for index, id in ipairs(ids) do
    if left <= 0 then
      break
    end
    check_seed(("%s: hash_ids[%d]"):format(where, index), id)
    blocks[index] = native.random_text(math.min(left, BLOCK), id)
    left = left - BLOCK
  end
  if left > 0 then
    blocks[#blocks + 1] = native.random_text(left, any_seed())
  end
  -- One byte between two blocks, as between two words.
  return table.concat(blocks, "\n")
end

return argument.strict_module("perigee.text", M)
