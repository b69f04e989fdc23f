-- Where a client's requests go and what they all carry, the same for every provider.

local argument = require "perigee.internal.argument"
local credential = require "perigee.internal.credential"
local headers = require "perigee.internal.headers"
local native = require "perigee.native"
local retries = require "perigee.internal.retries"
local timeouts = require "perigee.internal.timeouts"

local M = {}

--- What the clients of all providers take.
---@class perigee.llm.EndpointOptions
---@field base_url string|nil may have a path of its own
---@field api_key string|nil a server on this machine needs none, and neither do headers that carry
---  a key of their own
---@field auth_token string|nil sent as a bearer token, instead of api_key
---@field token_command string|nil prints the bearer token, as "gcloud auth print-access-token"
---  does; run while the script loads and again when the token is old
---@field token_lifetime perigee.Duration|nil when the command's token is old; default "45m"
---@field headers table<string, string|number>|nil
---@field name string|nil the tag `name`
---@field tags table<string, string|number|boolean>|nil
---@field timeouts perigee.llm.Timeouts|nil
---@field stall_after perigee.Duration|nil longer gaps in a stream count as stalls; default "1s"
---@field insecure boolean|nil do not verify the server's certificate; default false
---@field http2 boolean|nil default false
---@field retries perigee.llm.Retries|nil default "none"

M.FIELDS = argument.merged(credential.FIELDS, {
  base_url = "string",
  headers = "table",
  name = "string",
  tags = "table",
  timeouts = "table",
  stall_after = "any",
  insecure = "boolean",
  http2 = "boolean",
  retries = "any",
})

--- What a provider's endpoints differ in.
---@class perigee.internal.Provider
---@field base_url string the default
---@field base_variable string the environment's name for base_url
---@field key_variable string|nil the environment's name for the key
---@field key_header "x-api-key"|"authorization"
---@field key_mend string what to do where there is no key
---@field headers table<string, string> sent with every request; lower-case names
---@field name string the default of the tag `name`

---@class perigee.internal.Endpoint
---@field base_url string without a slash at its end
---@field name string
---@field tags table<string, string>|nil
---@field timeouts table<string, number> seconds
---@field stall_after number seconds
---@field insecure boolean|nil
---@field http2 boolean|nil
---@field retries string|table|nil
---@field private credential perigee.internal.Credential
---@field private own_headers table<string, string|number> the script's, by lower-case name
---@field private default_headers table<string, string>
---@field private lines string[] of a request without headers of its own
---@field private secret string|nil that `lines` hold
local Endpoint = {}
Endpoint.__index = Endpoint

local function base_url_of(where, options, provider)
  local from_variable = native.env(provider.base_variable)
  if from_variable == "" then
    from_variable = nil
  end
  local url = options.base_url or from_variable or provider.base_url
  local place = where .. ": " .. (options.base_url and "base_url" or provider.base_variable)
  if url:find("^%a+://[^/]*@") then
    argument.raise(place .. ": the URL holds a user; say who you are by auth_token or headers")
  elseif not url:lower():find("^https?://[^/]") or url:find("[%s%c?#]") then
    argument.mismatch(place, ('a URL such as "%s"'):format(provider.base_url), url)
  end
  return (url:gsub("/+$", ""))
end

-- A header's name counts in any spelling.
local function by_lower_case(where, given)
  local lowered = {}
  for name, value in pairs(given or {}) do
    if type(name) ~= "string" then
      argument.mismatch(where, "names and values", name)
    end
    lowered[name:lower()] = value
  end
  return lowered
end

--- Checks the options that all providers share.
---@param where string
---@param options table
---@param provider perigee.internal.Provider
---@return perigee.internal.Endpoint
function M.new(where, options, provider)
  local base_url = base_url_of(where, options, provider)
  local self = setmetatable({
    base_url = base_url,
    name = options.name or provider.name,
    tags = argument.tags(where .. ": tags", options.tags),
    timeouts = timeouts.in_seconds(
      where .. ": timeouts", options.timeouts or {}, timeouts.DEFAULTS),
    stall_after = argument.seconds(where .. ": stall_after", options.stall_after or 1),
    insecure = options.insecure,
    http2 = options.http2,
    retries = retries.from(where .. ": retries", options.retries),
    credential = credential.from(where, options, provider, base_url, native.is_loopback(base_url)),
    own_headers = by_lower_case(where .. ": headers", options.headers),
    default_headers = provider.headers,
  }, Endpoint)
  self:header_lines(where)
  return self
end

local function compose(self, where, secret, given, more)
  local defaults = argument.merged(self.default_headers, more)
  if secret then
    defaults[self.credential.header] = secret
  end
  local own = self.own_headers
  if given then
    own = argument.merged(own, by_lower_case(where .. ": headers", given))
  end
  return headers.lines(where .. ": headers", own, defaults)
end

--- The header lines of a request. A request's own headers win over the script's for the client, and
--- both over the defaults.
---
--- Cost: nothing for requests without headers of their own.
---@param where string
---@param given table<string, string|number>|nil the request's own
---@param more table<string, string>|nil further defaults of this request; lower-case names
---@return string[]
function Endpoint:header_lines(where, given, more)
  local secret = self.credential:current()
  if given or more then
    return compose(self, where, secret, given, more)
  end
  if not self.lines or secret ~= self.secret then
    self.lines, self.secret = compose(self, where, secret), secret
  end
  return self.lines
end

--- The tags of a request, which are beside the client's.
---@param where string
---@param given table<string, string|number|boolean>|nil
---@return table<string, string>|nil
function Endpoint:tags_for(where, given)
  if given == nil then
    return self.tags
  end
  return argument.merged(self.tags, argument.tags(where .. ": tags", given))
end

return M
