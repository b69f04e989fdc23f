---@meta
-- The table that a script returns. Annotate it with ---@type perigee.Script to have it completed.
error("cannot require a meta file")

---@class perigee.Script
---@field users perigee.UserClass[]|nil what the VUs do: user classes, shared out by weight …
---@field default fun(user: perigee.Vu)|nil … or one function, as in k6
---@field options perigee.Options|nil
---@field setup (fun(): any)|nil runs once, before the load; its result (plain data) is user.data of all VUs
---@field teardown (fun(data: any))|nil runs once, after the load, with setup's result
---@field summary (fun(result: table): string|table<string, string>|nil)|nil replaces the summary: a text for stdout, or texts by file name
---@field shape (fun(elapsed: number): integer|nil, number|nil)|nil VUs and VUs started per second, asked for each second of the test; nil ends it
---@field [string] fun(user: perigee.Vu) a function that a scenario's `exec` names

--- Flags and PERIGEE_* variables win over these. Without a field about the load: one iteration.
---@class perigee.Options
---@field vus integer|nil how many VUs; default 1
---@field duration perigee.Duration|nil how long VUs start iterations
---@field iterations integer|nil how many iterations, shared by the VUs
---@field max_duration perigee.Duration|nil with iterations: the end in any case; default "10m"
---@field start_vus integer|nil with stages: VUs at the start; default `vus`, else 1
---@field stages (string|perigee.Stage)[]|nil VUs over time, such as { "30s:10", "1m:10", "10s:0" }
---@field spawn_rate number|nil VUs started per second, with `vus` and `duration`; default all
---@field thresholds (string|perigee.Threshold)[]|table<string, perigee.Threshold|string[]>|nil
---@field graceful_stop perigee.Duration|nil how long the last iterations may take; default "30s"
---@field graceful_ramp_down perigee.Duration|nil the same where stages take VUs away; default "30s"
---@field seed integer|nil of all that is random; default drawn and printed

---@class perigee.Stage
---@field duration perigee.Duration
---@field target integer VUs at the stage's end

--- A threshold with more than its line, as in { "llm_ttft p(95) < 2s", abort_on_fail = true }.
---@class perigee.Threshold
---@field [1] string
---@field abort_on_fail boolean|nil end the test as soon as it fails; default false
---@field delay perigee.Duration|nil no abort before this much of the test
---@field min_samples integer|nil not judged with fewer
---@field allow_empty boolean|nil passes without samples; default false
