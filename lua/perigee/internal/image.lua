-- Images as blocks of a user's turn.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

local MEDIA_TYPES = {
  gif = "image/gif",
  jpeg = "image/jpeg",
  jpg = "image/jpeg",
  png = "image/png",
  webp = "image/webp",
}

local function media_type(where, path)
  local extension = path:match("%.(%w+)$")
  local found = extension and MEDIA_TYPES[extension:lower()]
  if not found then
    argument.mismatch(where, "a URL, or a file whose name ends in .png, .jpg, .gif or .webp", path)
  end
  return found
end

--- A content block of the Messages API. A file is read now, which is only possible while the script
--- loads; a URL is for the API to fetch.
---@param where string
---@param source any a path relative to the script's directory, or a URL
---@return table
function M.block(where, source)
  argument.typed(where, source, "string")
  if source:find("^https?://") then
    return { type = "image", source = { type = "url", url = source } }
  end
  local kind = media_type(where, source)
  argument.while_loading(where)
  return {
    type = "image",
    source = {
      type = "base64",
      media_type = kind,
      data = argument.call(where, native.base64_file, source),
    },
  }
end

return M
