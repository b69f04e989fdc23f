-- 20,000 samples of one trend over so many distinct tag sets. Run by scripts/bench.

local perigee = require "perigee"
local metrics = require "perigee.metrics"

local SETS = tonumber(perigee.env "BENCH_TAG_SETS")
local trend = metrics.trend("made", { unit = "s" })

return {
  default = function()
    for i = 1, 20000 do
      trend:add(0.001 * (i % 977), { id = tostring(i % SETS) })
    end
  end,
}
