-- Users who wait: between their iterations, or asleep within one. Run by scripts/bench.

local perigee = require "perigee"

local User = perigee.user { think_time = "600s" }

User:task("wait", 1, function()
  if perigee.env "BENCH_ASLEEP" == "1" then
    perigee.sleep "600s"
  end
end)

return { users = { User } }
