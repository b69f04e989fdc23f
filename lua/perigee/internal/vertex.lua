-- Claude on Google's Vertex AI: other addresses, and a body that names the API's version in place
-- of the model.
--
-- https://docs.claude.com/en/api/claude-on-vertex-ai

local argument = require "perigee.internal.argument"

local M = {}

---@class perigee.anthropic.Vertex
---@field project string
---@field region string such as "us-east5", "europe-west1"; "global", "us" or "eu"

local VERSION = "vertex-2023-10-16"

local HOSTS = {
  global = "https://aiplatform.googleapis.com",
  us = "https://aiplatform.us.rep.googleapis.com",
  eu = "https://aiplatform.eu.rep.googleapis.com",
}

--- Raises for what cannot stand in a URL.
---@param where string
---@param vertex any
function M.check(where, vertex)
  argument.fields(where, vertex, { project = "string", region = "string" })
  for name, example in pairs { project = "my-project", region = "us-east5" } do
    local value = vertex[name]
    if type(value) ~= "string" or not value:find("^[%w:.-]+$") then
      argument.mismatch(where .. ": " .. name, ('a name such as "%s"'):format(example), value)
    end
  end
end

--- The region's own host.
---@param region string
---@return string
function M.base_url(region)
  return HOSTS[region] or ("https://%s-aiplatform.googleapis.com"):format(region)
end

--- Where a request to `model` goes.
---@param vertex perigee.anthropic.Vertex
---@param base_url string
---@param model string "count-tokens" to count
---@param stream boolean
---@return string
function M.url(vertex, base_url, model, stream)
  return ("%s/v1/projects/%s/locations/%s/publishers/anthropic/models/%s:%s"):format(
    base_url, vertex.project, vertex.region, model, stream and "streamRawPredict" or "rawPredict")
end

--- Changes a body of the Messages API into Vertex' own. Counting keeps the model in it.
---@param body table
---@param keeps_model boolean|nil
---@return table body the same table
function M.adapt(body, keeps_model)
  body.anthropic_version = body.anthropic_version or VERSION
  if not keeps_model then
    body.model = nil
  end
  return body
end

return M
