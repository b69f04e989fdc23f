-- The guard of the global table.

local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

-- luacheck: globals perigee_spec_new prnt http data
describe("after loading", function()
  it("assigning a new global is an error that names it and the line", function()
    local _, message = pcall(function() perigee_spec_new = 1 end)
    assert.matches("globals_spec%.lua:%d+: ", message)
    assert.matches('new global "perigee_spec_new": write "local perigee_spec_new"', message)
    assert.is_nil(rawget(_G, "perigee_spec_new"))
  end)

  it("reading an undefined global is an error that offers the near name", function()
    local _, message = pcall(function() return tostring(prnt) end)
    assert.matches("globals_spec%.lua:%d+: ", message)
    assert.matches('undefined global "prnt" %(did you mean "print"%?%)', message)
  end)

  it("reading a module that was not required says how to", function()
    assert.has_error(function() return tostring(http) end, 'local http = require "perigee.http"')
    assert.has_error(function() return tostring(data) end, 'local data = require "perigee.data"')
  end)

  it("the library and the globals that exist work as before", function()
    assert.equal("function", type(print))
    assert.equal(_G, _G._G)
    assert.equal(3, select("#", unpack { 1, 2, 3 }))
  end)
end)

return spec.script()
