-- Data files: how rows are read, picked and handed out.

local data = require "perigee.data"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local FIXTURES = "../fixtures/data/"

local function at(name)
  return FIXTURES .. name
end

local questions = data.jsonl(at "questions.jsonl")
local any_question = data.jsonl(at "questions.jsonl", { pick = "random" })
local people = data.csv(at "people.csv", { pick = "unique" })
local words = data.lines(at "words.txt")
local chats = data.sharegpt(at "chats.json")
local chat_lines = data.sharegpt(at "chats.jsonl")
local chat_array = data.json(at "chats.json")
local broken = data.jsonl(at "broken.jsonl")

-- What opening raises, while the script loads.
local function failure(open, ...)
  local _, message = pcall(open, ...)
  return tostring(message)
end

local FAILURES = {
  missing = failure(data.csv, at "missing.csv"),
  pick = failure(data.lines, at "words.txt", { pick = "uniqe" }),
  option = failure(data.lines, at "words.txt", { pcik = "unique" }),
  path = failure(data.lines, nil),
}

describe("a data set", function()
  it("has the rows of its file", function()
    assert.equal(3, questions:size())
    assert.same({ question = "Why is the sky blue?", max_tokens = 16 }, questions:get(1))
    assert.equal("Caf\195\169?", questions:get(3).question)
    assert.equal("third", words:get(3))
    assert.equal(4, chat_array:size())
    assert.equal("c", chat_array:get(3).id)
  end)

  it("has CSV rows by column, all fields as texts", function()
    assert.same({ name = "Ann", age = "31", about = 'likes "tea", not\ncoffee' }, people:get(1))
    assert.same({ name = "Bob", age = "42", about = "" }, people:get(2))
  end)

  it("gives each caller a row of its own", function()
    questions:get(1).question = "changed"
    assert.equal("Why is the sky blue?", questions:get(1).question)
  end)

  it("gives random rows, all of them", function()
    local seen = {}
    for _ = 1, 200 do
      seen[any_question:next().question] = true
    end
    for index = 1, 3 do
      assert.is_true(seen[any_question:get(index).question])
    end
  end)

  it("gives rows in order, from the first again after the last", function()
    local trail = {}
    for _ = 1, 5 do
      trail[#trail + 1] = words:next()
    end
    assert.same({ "first", "second", "third", "first", "second" }, trail)
  end)

  it("gives unique rows once, then nil", function()
    local names = {}
    for row in function() return people:next() end do
      names[#names + 1] = row.name
    end
    assert.same({ "Ann", "Bob", "Cleo" }, names)
    assert.is_nil(people:next())
  end)

  it("draws different rows as a sample", function()
    for _ = 1, 50 do
      local seen = {}
      for _, word in ipairs(words:sample(3)) do
        seen[word] = true
      end
      assert.same({ first = true, second = true, third = true }, seen)
    end
    assert.equal(0, #words:sample(0))
    assert.has_error(function() words:sample(4) end, "a number of rows from 0 to 3, got 4")
  end)

  it("refuses rows that it does not have", function()
    for _, index in ipairs { 0, 4, 1.5, 0 / 0 } do
      assert.has_error(function() words:get(index) end, "get: expected a row's number from 1 to 3")
    end
    assert.has_error(function() words:get("1") end, 'from 1 to 3, got "1"')
    assert.has_error(function() words.next() end, "call it with a colon")
    assert.has_error(function() return words:nxt() end, 'no "nxt" (did you mean "next"?)')
  end)

  it("names the file and the line of a row that cannot be read", function()
    assert.equal(1, broken:get(1).ok)
    assert.has_error(function() broken:get(2) end, "broken.jsonl:2: not JSON at byte")
  end)

  it("is opened while the script loads, and only then", function()
    assert.has_error(function() data.lines(at "words.txt") end, "only available while the script")
  end)

  it("says what is wrong with a file or an option", function()
    assert.matches("perigee%.data%.csv: .*missing%.csv: No such file", FAILURES.missing)
    assert.matches("data_spec%.lua:%d+: ", FAILURES.missing)
    assert.matches('pick: expected sequential, random or unique, got "uniqe"', FAILURES.pick)
    assert.matches('%(did you mean "unique"%?%)', FAILURES.pick)
    assert.matches('unknown field "pcik" %(did you mean "pick"%?%)', FAILURES.option)
    assert.matches("perigee%.data%.lines: expected a string, got nil", FAILURES.path)
  end)
end)

describe("a ShareGPT file", function()
  it("becomes turns that begin and end with the user", function()
    assert.same({
      messages = {
        { role = "user", content = "What is [1, 2]?" },
        { role = "assistant", content = 'A "list".' },
        { role = "user", content = "And\n\n{}?" },
      },
      system = "Be brief.",
      answer = "A table.",
    }, chats:get(1))
  end)

  it("takes OpenAI's names, and joins content of blocks", function()
    assert.same({
      messages = {
        {
          role = "user",
          content = { { type = "text", text = "One" }, { type = "text", text = "Two" } },
        },
      },
    }, chats:get(3))
    assert.same({ messages = { { role = "user", content = "Hi" } }, answer = "Hello" },
      chat_lines:get(1))
  end)

  it("passes over conversations without a user", function()
    assert.same({}, chats:get(2).messages)
    assert.equal("Be brief.", chats:next().system)
    assert.equal("user", chats:next().messages[1].role)
  end)

  it("refuses rows that are no conversations", function()
    assert.has_error(function() chats:get(4) end,
      "chats.json: row 4: expected a conversation, with the field conversations or messages")
  end)
end)

return spec.script()
