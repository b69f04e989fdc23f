-- How a client shows who it is: a key, a token, or the command that prints a token.
--
-- Secrets appear in no error: nothing here puts one into a text that is shown.

local argument = require "perigee.internal.argument"
local native = require "perigee.native"

local M = {}

M.FIELDS = {
  api_key = "string",
  auth_token = "string",
  token_command = "string",
  token_lifetime = "any",
}

local WAYS = { "api_key", "auth_token", "token_command" }

-- A script that sends one of these by itself needs no key, and the environment's would be one too
-- many.
local OWN_HEADERS = { authorization = true, ["x-api-key"] = true, ["api-key"] = true }

---@class perigee.internal.Credential
---@field header string|nil lower-case; nil where the script's own headers carry the key
---@field value string|nil what the header says
---@field command string|nil prints the token, instead of `value`
---@field lifetime number|nil seconds after which the command is run again
local Credential = {}
Credential.__index = Credential

local function check_secret(where, secret)
  if secret:find("[%s%c]") then
    argument.raise(where .. ": the key holds white space")
  end
  return secret
end

-- The API refuses requests with two of them.
local function way_of(where, options)
  local way
  for _, name in ipairs(WAYS) do
    if options[name] and way then
      argument.raise(("%s: %s and %s exclude each other"):format(where, way, name))
    elseif options[name] then
      way = name
    end
  end
  if options.token_lifetime and way ~= "token_command" then
    argument.raise(where .. ": token_lifetime: says nothing without token_command")
  end
  return way
end

local function has_own_header(headers)
  for name in pairs(headers or {}) do
    if type(name) == "string" and OWN_HEADERS[name:lower()] then
      return true
    end
  end
  return false
end

local function from_command(where, options)
  argument.while_loading(where .. ": token_command")
  local credential = {
    header = "authorization",
    command = options.token_command,
    lifetime = argument.seconds(where .. ": token_lifetime", options.token_lifetime or "45m"),
  }
  -- A command that fails is found here and not by the first request.
  argument.call(where .. ": token_command", native.token, credential.command, credential.lifetime)
  return credential
end

local function from_key(where, key, provider)
  check_secret(where, key)
  local value = provider.key_header == "authorization" and "Bearer " .. key or key
  return { header = provider.key_header, value = value }
end

local function find(where, options, provider, base_url, on_this_machine)
  local way = way_of(where, options)
  if way == "token_command" then
    return from_command(where, options)
  elseif way == "auth_token" then
    local token = check_secret(where .. ": auth_token", options.auth_token)
    return { header = "authorization", value = "Bearer " .. token }
  end
  local variable = provider.key_variable
  local from_variable = variable and native.env(variable) or ""
  if way == "api_key" and options.api_key ~= "" then
    return from_key(where .. ": api_key", options.api_key, provider)
  elseif has_own_header(options.headers) then
    return {}
  elseif way ~= "api_key" and from_variable ~= "" then
    return from_key(where .. ": " .. variable, from_variable, provider)
  elseif on_this_machine then
    return from_key(where, "no-key", provider)
  end
  argument.raise(("%s: no API key for %s; %s"):format(where, base_url, provider.key_mend))
end

--- What the options say, else the environment.
---
--- Errors: raises where there is no key for a server on another machine, and where the command of a
--- token fails.
---@param where string
---@param options table
---@param provider perigee.internal.Provider
---@param base_url string
---@param on_this_machine boolean such a server needs no key
---@return perigee.internal.Credential
function M.from(where, options, provider, base_url, on_this_machine)
  return setmetatable(find(where, options, provider, base_url, on_this_machine), Credential)
end

--- What the header says now: a command's token is renewed by its age.
---@return string|nil
function Credential:current()
  if self.command then
    return "Bearer " .. native.token(self.command, self.lifetime)
  end
  return self.value
end

return M
