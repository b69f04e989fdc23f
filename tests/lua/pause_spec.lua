-- Pauses: random durations, paces, and perigee.sleep.

local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

describe("a pause", function()
  it("is drawn between its ends", function()
    local pause = perigee.between("100ms", 0.3)
    for _ = 1, 1000 do
      local seconds = pause:sample()
      assert.is_true(seconds >= 0.1 and seconds <= 0.3)
    end
    assert.equal(2, perigee.constant("2s"):sample())
  end)

  it("is exponential with the mean that was asked for", function()
    local pause, sum = perigee.exponential("2s"), 0
    for _ = 1, 4000 do
      sum = sum + pause:sample()
    end
    assert.is_true(sum / 4000 > 1.8 and sum / 4000 < 2.2)
  end)

  it("is normal about its mean, and never negative", function()
    local pause, sum, squares = perigee.normal("10s", 2), 0, 0
    for _ = 1, 4000 do
      local seconds = pause:sample()
      sum, squares = sum + seconds, squares + (seconds - 10) ^ 2
    end
    assert.is_true(math.abs(sum / 4000 - 10) < 0.2)
    assert.is_true(math.abs(math.sqrt(squares / 4000) - 2) < 0.15)
    local short = perigee.normal(0, 1)
    for _ = 1, 1000 do
      assert.is_true(short:sample() >= 0)
    end
  end)

  it("is log-normal: half of them below the median, and a long tail", function()
    local pause, below, long = perigee.lognormal("1s", 1), 0, 0
    for _ = 1, 4000 do
      local seconds = pause:sample()
      below = below + (seconds < 1 and 1 or 0)
      long = long + (seconds > math.exp(2) and 1 or 0)
    end
    assert.is_true(below > 1850 and below < 2150)
    -- Beyond two sigma: 2.3 %.
    assert.is_true(long > 50 and long < 140)
  end)

  it("has a bound that a clock can hold", function()
    for _ = 1, 100 do
      assert.is_true(perigee.lognormal(9e8, 5):sample() <= 1e9)
    end
  end)

  it("shows what it is", function()
    assert.equal("perigee.between(1, 3)", tostring(perigee.between("1s", "3s")))
    assert.equal("perigee.constant(2)", tostring(perigee.constant(2)))
    assert.equal("perigee.exponential(2)", tostring(perigee.exponential(2)))
    assert.equal("perigee.normal(2, 0.5)", tostring(perigee.normal(2, "500ms")))
    assert.equal("perigee.lognormal(2, 1)", tostring(perigee.lognormal(2, 1)))
    assert.equal("perigee.constant_pacing(0.5)", tostring(perigee.constant_throughput(2)))
  end)

  it("refuses ends in the wrong order and what is no duration", function()
    assert.has_error(function() return perigee.between("3s", "1s") end, 'low end "3s" is above')
    assert.has_error(function() return perigee.constant("1x") end, "expected a duration")
    assert.has_error(function() return perigee.exponential(-1) end, "perigee.exponential: expected")
    assert.has_error(function() return perigee.normal("1s") end, "perigee.normal: sd: expected")
    assert.has_error(function() return perigee.lognormal("1s", "1s") end,
      'perigee.lognormal: sigma: expected a number from 0 to 5, got "1s"')
    assert.has_error(function() return perigee.lognormal("1s", 6) end, "from 0 to 5, got 6")
  end)
end)

describe("a pace", function()
  it("leaves what is left of its period", function()
    assert.equal(1.5, perigee.constant_pacing("2s"):rest(0.5))
    assert.equal(0, perigee.constant_pacing("2s"):rest(2.5))
    assert.equal(0.25, perigee.constant_throughput(4):rest(0))
  end)

  it("refuses what is no period and no rate", function()
    assert.has_error(function() return perigee.constant_pacing("2x") end,
      "perigee.constant_pacing: expected a duration")
    assert.has_error(function() return perigee.constant_throughput(0) end,
      "perigee.constant_throughput: expected a number of iterations per second above 0, got 0")
    assert.has_error(function() return perigee.constant_throughput("2s") end, 'got "2s"')
  end)

  it("is no length to sleep for", function()
    assert.has_error(function() perigee.sleep(perigee.constant_pacing("2s")) end,
      "perigee.sleep: a pace has no length of its own")
    local pace = perigee.constant_pacing(1)
    assert.has_error(function() return perigee.task_set { repeats = pace } end,
      "perigee.task_set: repeats: expected a whole number")
  end)
end)

describe("perigee.sleep", function()
  it("takes a number, a text and a distribution, and sleeps that long", function()
    local began = perigee.now()
    perigee.sleep(0.001)
    perigee.sleep "1ms"
    perigee.sleep(perigee.constant("1ms"))
    assert.is_true(perigee.now() >= began)
  end)

  it("works inside pcall", function()
    assert.is_true(pcall(perigee.sleep, "1ms"))
  end)

  it("names a text that is no duration, at the script's line", function()
    local _, message = pcall(function() perigee.sleep "30x" end)
    assert.matches('pause_spec%.lua:%d+: perigee%.sleep: expected a duration .* got "30x"', message)
  end)
end)

return spec.script()
