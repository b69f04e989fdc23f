-- Data files: prompts, accounts, conversations, one row at a time.
--
--     local data = require "perigee.data"
--     local questions = data.jsonl("questions.jsonl", { pick = "random" })   -- at the top
--     local row = questions:next()                                           -- in a task
--
-- A file is opened once per process and shared by all VUs of all workers; its rows are decoded when
-- they are asked for, so a large file costs no more memory than a small one. Each row that a script
-- gets is its own: changing it changes nothing else.
--
-- Errors: a missing or broken file raises while the script loads; a broken row raises when it is
--         read, with file and line.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"
local recorded_conversation = require "perigee.internal.recorded_conversation"

local M = {}

--- Which row next() gives:
---@alias perigee.data.Pick
---| "sequential" one after the other over all VUs of the run, from the first again after the last
---| "random" any, by the running VU's random stream: the same in all runs of one seed
---| "unique" each once in the whole run; nil when all are used

---@class perigee.data.Options
---@field pick perigee.data.Pick|nil default "sequential"

--- An open data file.
---@class perigee.data.DataSet
---@field package handle perigee.native.DataSet
---@field package path string
---@field package count integer
---@field package pick perigee.data.Pick
---@field package read fun(value: any, where: string): any what a row is turned into
---@field package usable fun(row: any): boolean which rows next() gives
local DataSet = {}

local OPTIONS = { pick = "string" }

local function random_row(self)
  return math.floor(native.random() * self.count) + 1
end

local PICK = {
  sequential = function(self) return self.handle:next_sequential() end,
  random = random_row,
  unique = function(self) return self.handle:next_unique() end,
}

local metatable = {
  __index = argument.strict_index("a data set", DataSet, {}),
  __tostring = function(self)
    return ("%s: a data set of %d rows"):format(self.path, self.count)
  end,
}

local function check(where, self)
  if getmetatable(self) ~= metatable then
    argument.raise(where .. ": call it with a colon, as in rows:next()")
  end
end

local function row_at(self, index)
  return self.read(self.handle:row(index), ("%s: row %d"):format(self.path, index))
end

--- How many rows the file has.
---@return integer
function DataSet:size()
  check("size", self)
  return self.count
end

--- A row by its number.
---@param index integer from 1
---@return any row
function DataSet:get(index)
  check("get", self)
  if type(index) ~= "number" or not (index >= 1 and index <= self.count) or index % 1 ~= 0 then
    argument.mismatch("get", ("a row's number from 1 to %d"):format(self.count), index)
  end
  return row_at(self, index)
end

--- The next row by the data set's rule. With pick = "unique" nil when all rows are used: end the
--- iteration then, or give the test no more iterations than there are rows.
---@return any|nil row
function DataSet:next()
  check("next", self)
  argument.in_vu("next")
  for _ = 1, self.count do
    local index = PICK[self.pick](self)
    if not index then
      return nil
    end
    local row = row_at(self, index)
    if self.usable(row) then
      return row
    end
  end
  argument.raise("next: no row that could be used")
end

--- Different rows, picked at random.
---@param count integer at most the data set's size
---@return any[] rows in random order
function DataSet:sample(count)
  check("sample", self)
  if type(count) ~= "number" or not (count >= 0 and count <= self.count) or count % 1 ~= 0 then
    argument.mismatch("sample", ("a number of rows from 0 to %d"):format(self.count), count)
  end
  -- A shuffle that only remembers the places that were swapped.
  local moved, rows = {}, {}
  for place = 1, count do
    local other = place + math.floor(native.random() * (self.count - place + 1))
    rows[place] = row_at(self, moved[other] or other)
    moved[other] = moved[place] or place
  end
  return rows
end

local function as_it_is(row)
  return row
end

local function always()
  return true
end

local function open(where, path, format, options, read, usable)
  argument.while_loading(where)
  argument.typed(where, path, "string")
  argument.fields(where .. ": options", options or {}, OPTIONS)
  local pick = options and options.pick or "sequential"
  if not PICK[pick] then
    argument.raise(('%s: options: pick: expected sequential, random or unique, got "%s"%s'):format(
      where, pick, argument.did_you_mean(pick, argument.names(PICK))))
  end
  local ok, handle = pcall(native.data_open, path, format)
  if not ok then
    argument.raise(where .. ": " .. tostring(handle))
  end
  return setmetatable({
    handle = handle,
    path = path,
    count = handle:size(),
    pick = pick,
    read = read or as_it_is,
    usable = usable or always,
  }, metatable)
end

--- A file with one JSON value per line. Empty lines are left out.
---@param path string relative to the script's folder
---@param options perigee.data.Options|nil
---@return perigee.data.DataSet
---@nodiscard
function M.jsonl(path, options)
  return open("perigee.data.jsonl", path, "jsonl", options)
end

--- A JSON file that is one array, whose elements are the rows; other files are read as by jsonl.
---@param path string relative to the script's folder
---@param options perigee.data.Options|nil
---@return perigee.data.DataSet
---@nodiscard
function M.json(path, options)
  return open("perigee.data.json", path, "json", options)
end

--- A CSV file (RFC 4180) whose first row names the columns. A row is a table by column, and every
--- field a text: write tonumber(row.age) for a number.
---@param path string relative to the script's folder
---@param options perigee.data.Options|nil
---@return perigee.data.DataSet
---@nodiscard
function M.csv(path, options)
  return open("perigee.data.csv", path, "csv", options)
end

--- A file of plain lines: a row is the line's text. Empty lines are left out.
---@param path string relative to the script's folder
---@param options perigee.data.Options|nil
---@return perigee.data.DataSet
---@nodiscard
function M.lines(path, options)
  return open("perigee.data.lines", path, "lines", options)
end

--- A file of conversations, as JSON lines or one JSON array, in ShareGPT's form
--- `{ conversations = { { from = "human", value = … }, … } }` or OpenAI's
--- `{ messages = { { role = "user", content = … }, … } }`. next() passes over conversations in
--- which no user says anything.
---
---     local chat = chats:next()
---     claude:stream { messages = chat.messages, system = chat.system }
---@param path string relative to the script's folder
---@param options perigee.data.Options|nil
---@return perigee.data.DataSet rows are of type perigee.data.Conversation
---@nodiscard
function M.sharegpt(path, options)
  return open("perigee.data.sharegpt", path, "json", options, recorded_conversation.read,
    recorded_conversation.has_turns)
end

return argument.strict_module("perigee.data", M)
