-- One request at once. Run by scripts/bench.

local perigee = require "perigee"
local http = require "perigee.http"

return {
  default = function()
    http.get(perigee.env "BENCH_URL")
  end,
}
