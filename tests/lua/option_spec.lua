-- perigee.option: options that a script declares.

local perigee = require "perigee"
local script_option = require "perigee.internal.script_option"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local words = perigee.option("spec_words", { default = 200, help = "length of an answer" })
local model = perigee.option("spec-model", { default = "small" })
local fast = perigee.option("spec_fast", { default = false })
local pause = perigee.option("spec_pause", { default = "1m30s", kind = "duration" })
local seed = perigee.option("spec_seed", { kind = "number" })

-- The error of a wrong declaration: they are only possible while the script loads.
local function mistake(name, options)
  local _, message = pcall(perigee.option, name, options)
  return message
end

local mistakes = {
  no_kind = mistake("spec_a"),
  unknown_kind = mistake("spec_a", { kind = "nubmer" }),
  unknown_field = mistake("spec_a", { defualt = 5 }),
  table_default = mistake("spec_a", { default = {} }),
  wrong_default = mistake("spec_a", { default = "x", kind = "number" }),
  wrong_duration = mistake("spec_a", { default = "30x", kind = "duration" }),
  wrong_name = mistake("two words", { default = 5 }),
  no_name = mistake(5, { default = 5 }),
}

describe("perigee.option", function()
  it("gives the default where the command line gives nothing", function()
    assert.equal(200, words)
    assert.equal("small", model)
    assert.equal(false, fast)
    assert.equal(90, pause)
    assert.is_nil(seed)
  end)

  it("refuses a wrong declaration", function()
    for which, text in pairs {
      no_kind = 'perigee.option "spec_a": needs a default or a kind, as in { kind = "number" }',
      unknown_kind = 'perigee.option "spec_a": unknown kind "nubmer" (did you mean "number"?)',
      unknown_field = 'perigee.option "spec_a": unknown field "defualt" (did you mean "default"?)',
      table_default = "default: expected a text, a number or a boolean, got table",
      wrong_default = 'perigee.option "spec_a": default: expected a number, got "x"',
      wrong_duration = 'perigee.option "spec_a": default: expected a duration',
      wrong_name = 'perigee.option: name: expected letters, digits, - and _, as in "max_words", '
        .. 'got "two words"',
      no_name = "perigee.option: name: expected a string, got 5",
    } do
      assert.has_error(function() error(mistakes[which], 0) end, text)
    end
  end)

  it("is declared while the script loads", function()
    assert.has_error(function() return perigee.option("late", { default = 1 }) end,
      "perigee.option: only available while the script loads")
  end)
end)

describe("what the command line gives", function()
  local read = script_option.read

  it("is read by its kind", function()
    assert.equal("5", read("n", "string", "5"))
    assert.equal(-2.5, read("n", "number", "-2.5"))
    assert.equal(30, read("n", "duration", "30s"))
    for _, text in ipairs { "true", "yes", "on", "1", "" } do
      assert.equal(true, read("n", "boolean", text))
    end
    for _, text in ipairs { "false", "no", "off", "0" } do
      assert.equal(false, read("n", "boolean", text))
    end
  end)

  it("is refused where it is of another kind", function()
    assert.has_error(function() read("words", "number", "x") end,
      '--words: expected a number, got "x"')
    assert.has_error(function() read("words", "number", "nan") end, "--words: expected a number")
    assert.has_error(function() read("words", "number", "inf") end, "--words: expected a number")
    assert.has_error(function() read("fast", "boolean", "maybe") end,
      '--fast: expected true or false, got "maybe"')
    assert.has_error(function() read("pause", "duration", "30x") end,
      '--pause: expected a duration such as "30s", got "30x"')
  end)
end)

return spec.script()
