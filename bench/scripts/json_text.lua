-- Decodes and encodes a JSON document for about a second each. Run by scripts/bench.

local perigee = require "perigee"
local json = require "perigee.json"

local TEXT = perigee.env "BENCH_JSON"
local VALUE = json.decode(TEXT)

-- Megabytes of JSON text per second.
local function speed(work)
  local began, rounds = perigee.now(), 0
  repeat
    for _ = 1, 100 do
      work()
    end
    rounds = rounds + 100
  until perigee.now() - began > 1
  return rounds * #TEXT / (perigee.now() - began) / 1e6
end

return {
  default = function()
    local decode = speed(function() json.decode(TEXT) end)
    local encode = speed(function() json.encode(VALUE) end)
    perigee.log("decode %.1f encode %.1f", decode, encode)
  end,
}
