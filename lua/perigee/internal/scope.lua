-- What a VU's samples are told apart by: groups and tags.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

-- Tags that perigee sets by itself.
local RESERVED = {
  scenario = true, user = true, task = true, group = true, name = true, method = true,
  status = true, error = true, model = true, check = true, cache = true,
}

-- Ends the group and hands on what pcall returned: an error goes on as the value that it is.
local function finish(ok, ...)
  native.group_end()
  if not ok then
    error((...), 0)
  end
  return ...
end

---@async
---@param name string
---@param run fun(...): ...
---@param ... any
---@return any ...
function M.group(name, run, ...)
  argument.in_vu("perigee.group")
  argument.name("perigee.group: name", name)
  argument.typed(('perigee.group: "%s"'):format(name), run, "function")
  native.group_begin(name)
  return finish(pcall(run, ...))
end

---@param name string
---@param value string|number|boolean|nil
function M.tag(name, value)
  argument.in_vu("perigee.tag")
  argument.name("perigee.tag: name", name)
  if RESERVED[name] then
    argument.raise(('perigee.tag: perigee itself sets the tag "%s"; choose another name'):format(
      name))
  end
  local tags = argument.tags("perigee.tag", { [name] = value })
  native.set_tag(name, tags and tags[name] or "")
end

return M
