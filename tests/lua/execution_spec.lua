-- perigee.execution.

local native = require "perigee.native"
local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local while_loading = perigee.execution.test
local _, too_early = pcall(function() return perigee.execution.vu end)
local _, scenario_too_early = pcall(function() return perigee.execution.scenario end)

-- What `read` returns where the engine says `now`.
local function at(now, read)
  local real = native.execution
  native.execution = function()
    return now
  end
  local ok, result = pcall(read)
  native.execution = real
  if not ok then
    error(result, 0)
  end
  return result
end

describe("perigee.execution", function()
  it("says where the running VU stands", function()
    local vu = perigee.execution.vu
    assert.equal(perigee.vu.id, vu.id)
    assert.equal(perigee.vu.iteration - 1, vu.iteration)
    assert.equal("string", type(perigee.execution.scenario.executor))
    assert.equal("default", perigee.execution.scenario.name)
    assert.is_true(perigee.execution.test.elapsed >= 0)
    assert.is_true(perigee.execution.test.workers >= 1)
  end)

  it("counts a scenario's time from its own start", function()
    local now = {
      scenario = "late", executor = "constant-vus", scenario_start = 10, scenario_duration = 20,
      elapsed = 15, iteration_in_test = 7,
    }
    local scenario = at(now, function() return perigee.execution.scenario end)
    assert.same({ name = "late", executor = "constant-vus", start_time = 10, elapsed = 5,
      progress = 0.25, iteration_in_test = 7 }, scenario)
    now.elapsed = 99
    assert.equal(1, at(now, function() return perigee.execution.scenario.progress end))
    now.executor = "shared-iterations"
    assert.is_nil(at(now, function() return perigee.execution.scenario.progress end))
  end)

  it("knows the test while the script loads, and no VU", function()
    assert.equal("number", type(while_loading.seed))
    assert.matches("perigee%.execution%.vu: not available while the script loads", too_early)
    assert.matches("perigee%.execution%.scenario: not available", scenario_too_early)
  end)

  it("refuses names that it does not have", function()
    assert.has_error(function() return perigee.execution.senario end,
      'perigee.execution has no "senario" (did you mean "scenario"?)')
    assert.has_error(function() return perigee.execution.vu.iteratoin end,
      'perigee.execution.vu has no "iteratoin" (did you mean "iteration"?)')
    assert.has_error(function() return perigee.execution.test.sed end, '(did you mean "seed"?)')
  end)
end)

return spec.script()
