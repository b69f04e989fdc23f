-- Made-up texts: their lengths, what they share, and what they repeat.

local data = require "perigee.data"
local spec = require "spec"
local text = require "perigee.text"

local describe, it, assert = spec.describe, spec.it, spec.assert

local length = text.length

local people = data.csv("../fixtures/data/people.csv")
local even = text.prefix_groups { groups = 4, prefix_tokens = 200 }
local weighted = text.prefix_groups { groups = 3, prefix_tokens = 50, weights = { 1, 0, 3 } }
local zipf = text.prefix_groups { groups = 10, prefix_tokens = 50, zipf = 1, seed = 5 }
local same_zipf = text.prefix_groups { groups = 10, prefix_tokens = 60, zipf = 1, seed = 5 }
local ages = length.empirical(people, "age")

-- By the rule of the mock.
local function tokens_of(prompt)
  return #prompt / 3.5
end

local function assert_near(expected, actual, share)
  if math.abs(actual - expected) > expected * share then
    error(("expected %g within %g %%, got %g"):format(expected, share * 100, actual), 2)
  end
end

local function starts_with(long, short)
  return long:sub(1, #short) == short
end

-- Mean and extremes of many draws.
local function drawn(distribution, count)
  local sum, min, max = 0, math.huge, -math.huge
  for _ = 1, count do
    local value = distribution:sample()
    assert.equal(0, value % 1)
    sum, min, max = sum + value, math.min(min, value), math.max(max, value)
  end
  return sum / count, min, max
end

describe("text.tokens", function()
  it("has about so many tokens", function()
    for _, count in ipairs { 20, 100, 512, 5000 } do
      assert_near(count, tokens_of(text.tokens(count)), 0.05)
    end
  end)

  it("is another text each time, and the same for one seed", function()
    assert.is_true(text.tokens(50) ~= text.tokens(50))
    assert.equal(text.tokens(50, { seed = 9 }), text.tokens(50, { seed = 9 }))
    assert.is_true(text.tokens(50, { seed = 9 }) ~= text.tokens(50, { seed = 10 }))
  end)

  it("begins with the shorter texts of its seed", function()
    assert.is_true(starts_with(text.tokens(900, { seed = 2 }), text.tokens(300, { seed = 2 })))
  end)

  it("takes lengths, and numbers as CSV files have them", function()
    assert_near(300, tokens_of(text.tokens(length.constant(300))), 0.05)
    assert_near(300, tokens_of(text.tokens("300")), 0.05)
  end)

  it("refuses what is no number of tokens", function()
    for _, count in ipairs { 0, -5, 1e9, "many", 0 / 0 } do
      assert.has_error(function() return text.tokens(count) end, "expected a number of tokens from")
    end
    assert.has_error(function() return text.tokens(nil) end, "got nil")
    assert.has_error(function() return text.tokens(5, { sed = 1 }) end, '(did you mean "seed"?)')
    assert.has_error(function() return text.tokens(5, { seed = 0.5 }) end, "a whole number")
  end)
end)

describe("text.prefix_groups", function()
  it("gives prompts of a group the same prefix and a text of their own", function()
    local prefixes, texts = {}, {}
    for _ = 1, 100 do
      local prompt = even:next(30)
      assert.is_true(prompt.group >= 1 and prompt.group <= 4)
      assert.equal(prefixes[prompt.group] or prompt.prefix, prompt.prefix)
      prefixes[prompt.group] = prompt.prefix
      assert.is_nil(texts[prompt.text])
      texts[prompt.text] = true
      assert_near(200, tokens_of(prompt.prefix), 0.05)
    end
    for first = 1, 4 do
      for second = first + 1, 4 do
        assert.is_true(prefixes[first]:sub(1, 40) ~= prefixes[second]:sub(1, 40))
      end
    end
  end)

  it("uses groups by their weights", function()
    local counts = { 0, 0, 0 }
    for _ = 1, 2000 do
      local group = weighted:next(5).group
      counts[group] = counts[group] + 1
    end
    assert.equal(0, counts[2])
    assert_near(1500, counts[3], 0.1)
  end)

  it("uses groups by Zipf's law, with the prefixes of their seed", function()
    local counts, first = {}, nil
    for _ = 1, 3000 do
      local prompt = zipf:next(5)
      counts[prompt.group] = (counts[prompt.group] or 0) + 1
      first = prompt.group == 1 and prompt.prefix or first
    end
    assert_near(2, counts[1] / counts[2], 0.3)
    repeat
      local prompt = same_zipf:next(5)
      local is_first = prompt.group == 1
      assert.is_true(not is_first or starts_with(prompt.prefix, first))
    until is_first
  end)

  it("is made while the script loads, and only then", function()
    assert.has_error(function() return text.prefix_groups {} end, "only available while the script")
    assert.has_error(function() return even:nxt(5) end, 'no "nxt" (did you mean "next"?)')
  end)
end)

describe("text.length", function()
  it("draws whole numbers from 1", function()
    local mean, min, max = drawn(length.uniform(3, 7), 2000)
    assert_near(5, mean, 0.05)
    assert.equal(3, min)
    assert.equal(7, max)
    assert.equal(12, (drawn(length.constant(12), 10)))
    mean, min = drawn(length.normal(100, 50), 5000)
    assert_near(100, mean, 0.05)
    assert.equal(1, min)
    assert_near(200, (drawn(length.exponential(200), 5000)), 0.1)
  end)

  it("has half of the lognormal lengths below the median", function()
    local below = 0
    local distribution = length.lognormal(500, 0.8)
    for _ = 1, 4000 do
      below = below + (distribution:sample() < 500 and 1 or 0)
    end
    assert_near(2000, below, 0.1)
  end)

  it("draws small numbers more often by Zipf's law", function()
    local counts = {}
    local distribution = length.zipf(1, 100)
    for _ = 1, 8000 do
      local value = distribution:sample()
      counts[value] = (counts[value] or 0) + 1
    end
    assert_near(3, counts[1] / counts[3], 0.3)
    assert.is_nil(counts[101])
  end)

  it("stays within limits", function()
    local _, min, max = drawn(length.lognormal(500, 2, { min = 100, max = 900 }), 500)
    assert.equal(100, min)
    assert.equal(900, max)
  end)

  it("draws from a list or a column", function()
    local _, min, max = drawn(length.empirical { 5, 80, 7.4 }, 200)
    assert.equal(5, min)
    assert.equal(80, max)
    _, min, max = drawn(ages, 200)
    assert.equal(27, min)
    assert.equal(42, max)
    assert.has_error(function() return length.empirical(people, "name") end, "row 1: name: ")
    assert.has_error(function() return length.empirical(people) end, "column: expected a string")
    assert.has_error(function() return length.empirical {} end, "a list with a length in it")
    assert.has_error(function() return length.empirical { 1, "2" } end, "[2]: expected a number")
  end)

  it("refuses what makes no distribution", function()
    assert.has_error(function() return length.uniform(5, 3) end, "high: expected a number from 5")
    assert.has_error(function() return length.normal(0, 3) end, "mean: expected a number from 1")
    assert.has_error(function() return length.normal(5, 1, { mx = 1 }) end, 'unknown field "mx"')
    assert.has_error(function() return length.normal(5, 1, { min = 9, max = 2 }) end, "min 9 is")
    assert.has_error(function() return length.zipf(1, 1e6) end, "max: expected a number from 1")
    assert.has_error(function() return length.lognrmal(1, 1) end, '(did you mean "lognormal"?)')
  end)
end)

describe("text.mooncake_prompt", function()
  local function prompt(tokens, ids)
    return text.mooncake_prompt { input_length = tokens, hash_ids = ids }
  end

  it("has about input_length tokens", function()
    assert_near(1300, tokens_of(prompt(1300, { 1, 2, 3 })), 0.01)
    assert_near(100, tokens_of(prompt(100, { 1 })), 0.05)
    assert_near(700, tokens_of(prompt(700)), 0.01)
  end)

  it("shares the blocks that lead, and no others", function()
    local shared = prompt(1024, { 4, 5 })
    local first, second = prompt(1300, { 4, 5, 6 }), prompt(1400, { 4, 5, 7 })
    assert.is_true(starts_with(first, shared .. "\n") and starts_with(second, shared .. "\n"))
    assert.is_true(first:sub(#shared + 2, #shared + 40) ~= second:sub(#shared + 2, #shared + 40))
    assert.is_true(prompt(600, { 8, 5 }):sub(1, 40) ~= first:sub(1, 40))
  end)

  it("cuts the last block, and begins with the longer ones", function()
    assert.is_true(starts_with(prompt(1024, { 4, 5 }), prompt(600, { 4, 5 })))
    assert.equal(prompt(300, { 4 }), prompt(300, { 4, 5, 6 }))
  end)

  it("refuses rows of other files", function()
    assert.has_error(function() return text.mooncake_prompt {} end, "input_length: expected")
    assert.has_error(function() return prompt(10, { "x" }) end, "hash_ids[1]")
  end)
end)

return spec.script()
