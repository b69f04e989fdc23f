-- Figures of the examples that run a load without and with a strategy, from the table that `summary` gets: those of one
-- tag's value, such as { strategy = "off" }; 0 where there is none.

local effect = {}

--- A field of a metric's values: "count" of a counter, "rate" of a rate, "p95", "med" or "sum" of a trend.
function effect.value(result, metric, field, tags)
  local tag, value = next(tags)
  local entry = result.metrics[metric]
  local by = entry and entry.by and entry.by[tag]
  return by and by[value] and by[value][field] or 0
end

--- A rate in per cent.
function effect.percent(result, metric, tags) return 100 * effect.value(result, metric, "rate", tags) end

--- The line "what: off → on", of figures that `read` gets with each side's tags.
function effect.line(what, form, read)
  local off, on = read { strategy = "off" }, read { strategy = "on" }
  return ("%s: " .. form .. " → " .. form .. "\n"):format(what, off, on)
end

return effect
