---@meta perigee.native
-- What C++ gives to the Lua library. Scripts do not use it: they use perigee, perigee.http and so on.
-- Every function here is registered in one luaL_Reg table under src/script; a test compares the two.
error("cannot require a meta file")

---@class perigee.native
local native = {}

--- Where a call may stand: "load" while the script's file runs, "iteration" inside a VU.
---@return "load"|"iteration"
function native.phase() end

--- Suspends the running VU. Phases: iteration.
---@async
---@param seconds number
function native.sleep(seconds) end

--- Seconds on a monotonic clock since the process began, with nanosecond resolution.
---@return number seconds
function native.now() end

--- The running VU's next random number in (0, 1); while loading, one of the worker's.
---@return number
function native.random() end

--- A duration in seconds from a number of seconds or a text such as "250ms".
--- Raises `expected a duration such as "30s", got "30x"`, at the level of the caller's caller.
---@param value number|string
---@return number seconds
function native.seconds(value) end

--- The candidate nearest in spelling, or nil.
---@param name string
---@param candidates string[]
---@return string|nil
function native.nearest(name, candidates) end

--- The env of the running VU's scenario first, then -e values, then the process' environment.
---@param name string
---@return string|nil
function native.env(name) end

--- Prints a line on stderr, with the VU's number or the hook's name in front where there is one.
---@param level "debug"|"info"|"warn"|"error"
---@param text string
function native.log(level, text) end

--- Ends the test: exit code 108. Does not return inside a VU. Phases: iteration.
---@param reason string
function native.abort(reason) end

--- Marks the test as failed (exit code 110) and goes on.
---@param reason string
function native.fail(reason) end

--- Counts one check of the running VU. Phases: iteration.
---@param name string
---@param passed boolean
function native.check(name, passed) end

--- The running VU's own table (the one its user class gets as `user`), or nil while loading.
---@return perigee.Vu|nil
function native.vu() end

--- Names the task that the running iteration belongs to: the tag `task` of all that follows in it.
---@param name string
function native.set_task(name) end

--- Sets a tag of everything that the running VU records from now on, in later iterations too; ""
--- takes it away. Phases: iteration.
---@param name string not scenario, user, task or group
---@param value string
function native.set_tag(name, value) end

--- Enters a group: the tag `group` of all that follows, joined with the outer groups' by "/". What
--- native.all starts begins in the caller's group. Phases: iteration.
---@param name string
function native.group_begin(name) end

--- Leaves the innermost group and records group_duration. Groups left open end with the iteration
--- and record nothing, or a lower bound where the VU is interrupted. Phases: iteration.
function native.group_end() end

--- Runs functions at once, each in a strand of its own, and waits for them. An error of one ends the
--- others and is raised as a text with its traceback. Phases: iteration.
---@async
---@param functions function[]
---@param limit integer at most so many at a time; 0 for all
---@param first boolean wait for the first to return only, and end the others
---@return table results by position, what each returned (its first value); with `first`, only that one's
---@return integer winner the position of the first to return
function native.all(functions, limit, first) end

--- Adds to a counter that all workers of the process share; it begins at 0.
---@param name string
---@param amount number
---@return number value after adding
function native.counter_add(name, amount) end

---@param name string
---@param value number
function native.counter_set(name, value) end

--- Where the running VU stands. While loading it has no fields of a VU or scenario.
--- In setup, teardown and summary vu_id is 0 and there is no scenario; outside of iterations there
--- are no numbers of one. `vus` counts those of this worker, and elapsed is 0 before the load begins.
---@return { vu_id: integer|nil, iteration: integer|nil, iteration_in_test: integer|nil, scenario: string|nil, executor: string|nil, scenario_start: number|nil, scenario_duration: number|nil, elapsed: number, vus: integer, workers: integer, seed: integer } seconds; iterations count from 0
function native.execution() end

--- Declares an option of the script and returns what the command line gave for it, or nil.
--- Phases: load.
---@param name string
---@param kind "string"|"number"|"boolean"|"duration"
---@param default string as text, for the help
---@param help string
---@return string|nil text as given
function native.declare_option(name, kind, default, help) end

--- What --only and --skip named.
---@return { only: string[], skip: string[] }
function native.task_filter() end

--- What relative URLs begin with (-H, options.host), or nil.
---@return string|nil
function native.host() end

--- About so many tokens of English-like text, always the same for the same seed; a longer text begins
--- with all of a shorter one of its seed.
---@param tokens integer
---@param seed integer
---@return string
function native.random_text(tokens, seed) end

--- Opens a data file, once per process. Raises where it cannot be opened. Phases: load.
---@param path string relative to the script's directory
---@param format "jsonl"|"json"|"csv"|"lines" json: one array of rows, else JSON lines
---@return perigee.native.DataSet
function native.data_open(path, format) end

---@class perigee.native.DataSet
local DataSet = {}

---@return integer rows
function DataSet:size() end

--- A row as a Lua value: a decoded JSON value, a table by column, or a text. Raises with file and line
--- where it cannot be read.
---@param row integer from 1
---@return any
function DataSet:row(row) end

--- The next row's number, in order over all VUs of the process, from the first again after the last.
---@return integer row from 1
function DataSet:next_sequential() end

--- The next row's number, each given once; nil when all were given.
---@return integer|nil row from 1
function DataSet:next_unique() end

--- Declares a metric and returns its id; the same declaration again returns the same id.
--- Raises where the name is taken by another type or unit. Phases: load.
---@param name string
---@param kind "counter"|"gauge"|"rate"|"trend"
---@param unit ""|"s"|"%"|"tokens"|"tokens/s"|"events"|"B"|"usd"
---@return integer id
function native.declare_metric(name, kind, unit) end

--- Records a sample with the running VU's tags and those given. Phases: iteration.
---@param id integer
---@param value number
---@param tags table<string, string>|nil
function native.record(id, value, tags) end

--- JSON null, as json.decode gives it.
native.null = nil

--- Raises on a value that JSON cannot hold (function, NaN, a cycle), naming its place.
---@param value any
---@return string
function native.json_encode(value) end

--- nil and an error text where the text is not JSON. Numbers outside 2^53 come as text.
---@param text string
---@return any value
---@return string|nil error
function native.json_decode(text) end

--- Marks a table as an array, so that it encodes as [] when it is empty. Returns the same table.
---@param table table
---@return table
function native.json_array(table) end

---@class perigee.native.HttpRequest
---@field accept_encoding boolean|nil offer compressed answers and decode them
---@field user_password string|nil "user:password" for basic authentication
---@field cookie string|nil "name=value; name=value": sent beside the VU's cookies, not kept
---@field no_cookies boolean|nil neither send nor keep the VU's cookies
---@field redirects integer follow at most so many
---@field expected_statuses integer[][]|nil pairs {low, high} that count as success; default 100 to 399
---@field method string
---@field url string
---@field headers string[] lines such as "content-type: application/json"
---@field body string|perigee.native.Body|nil
---@field name string the tag `name`
---@field tags table<string, string>|nil
---@field connect_timeout number seconds
---@field timeout number seconds
---@field insecure boolean|nil do not verify the server's certificate
---@field http2 boolean|nil
---@field discard_body boolean|nil

--- Sends a request and waits for its end. Never raises for the world's failures. Phases: iteration.
---@async
---@param request perigee.native.HttpRequest
---@return perigee.http.Response
function native.http(request) end

---@class perigee.native.Body
local Body = {}

--- Appends to the body. Raises once it was sent.
---@param text string
function Body:append(text) end

--- Raises once it was sent.
---@return integer bytes
function Body:size() end

--- A body that is built outside of Lua's memory, for requests of many megabytes. The request that it
--- is the body of takes it: it can be sent once.
---@return perigee.native.Body
function native.body_new() end

---@class perigee.native.BatchResultsRequest: perigee.native.HttpRequest
---@field model string that all of the batch's requests ask; "" takes each message's own
---@field batch_tags table<string, string> of what is recorded of the batch
---@field keep boolean|nil keep the lines for `lines`
---@field recorded boolean|nil the results are part of the metrics already

--- A perigee.http.Response whose body was counted line by line.
---@class perigee.native.BatchAnswer: perigee.http.Response
---@field counts perigee.anthropic.ResultCounts
---@field usage perigee.llm.Usage
---@field cost_usd number|nil nil where a model's price is not known
---@field lines perigee.native.BatchLines|nil with `keep`

--- Downloads a batch's results, of any size, and counts them. They become part of the metrics when
--- all have come. Never raises for the world's failures. Phases: iteration.
---@async
---@param request perigee.native.BatchResultsRequest
---@return perigee.native.BatchAnswer
function native.batch_results(request) end

---@class perigee.native.BatchLines
local BatchLines = {}

--- The next line, which is then forgotten; nil when all were given.
---@return string|nil
function BatchLines:next_line() end

--- Counts a batch that was created just now (llm_batches) and measures how long it takes. One that
--- was not seen to end by the end of its VU leaves a lower bound. Phases: iteration.
---@param tags table<string, string>
---@return perigee.native.BatchClock
function native.batch_clock(tags) end

---@class perigee.native.BatchClock
local BatchClock = {}

--- The batch was seen unfinished now.
function BatchClock:goes_on() end

--- The batch was seen to have ended; records llm_batch_duration, once.
function BatchClock:ended() end

--- Reserves money for a batch. Phases: iteration.
---@param usd number the most that it can cost
---@return boolean|nil granted nil without a budget; false where it has no room for so much now
---@return perigee.native.BatchReserve|nil reserve
function native.batch_reserve(usd) end

--- What is not settled when its VU ends stays spent.
---@class perigee.native.BatchReserve
local BatchReserve = {}

---@param usd number what the batch cost
function BatchReserve:settle(usd) end

--- The most that a request of a batch can cost, in US dollars; nil where the model's price is not
--- known: raises then under a budget that was asked for. Phases: iteration.
---@param params string the request's JSON
---@param model string
---@param max_tokens number
---@return number|nil
function native.batch_worst_case(params, model, max_tokens) end

--- Forgets the running VU's cookies. Phases: iteration.
function native.clear_cookies() end

--- The text compressed, in gzip's format.
---@param text string
---@return string
function native.gzip(text) end

---@class perigee.native.LlmRequest
---@field dialect "anthropic"|"openai_chat"|"openai_responses"
---@field url string
---@field headers string[]
---@field body string the JSON text, already encoded
---@field stream boolean whether the body asks for a stream
---@field model string the tag `model`, and what is priced
---@field name string the tag `name`
---@field tags table<string, string>|nil
---@field connect_timeout number seconds
---@field first_event_timeout number seconds
---@field silence_timeout number seconds
---@field total_timeout number seconds
---@field stall_after number seconds; gaps longer than this count as stalls
---@field insecure boolean|nil
---@field http2 boolean|nil
---@field keep_events boolean|nil keep each event for next_event()
---@field stop_after integer|nil cancel at so many content events
---@field max_output integer|nil the most output tokens that the body asks for
---@field retries string|perigee.native.Retries|nil a policy's name, or its fields; nil for none
---@field pacing integer|nil what native.pacing() returned

---@class perigee.native.Retries
---@field max integer
---@field base number|nil seconds
---@field cap number|nil seconds
---@field jitter number|nil from 0 to 1
---@field statuses integer[][]|nil pairs of a lowest and a highest status
---@field honor_retry_after boolean|nil

--- Asks a model; does not wait. Raises under a budget for a model without a price, and without
--- max_output. Phases: iteration.
---@param request perigee.native.LlmRequest
---@return perigee.native.LlmStream
function native.llm_open(request) end

--- The rate limits that all clients with this key share, full when first asked for. Phases: load.
---@param key string
---@param limits { rpm: number|nil, itpm: number|nil, otpm: number|nil, tpd: number|nil, concurrency: integer|nil, burst: number|nil, mode: "observe"|"pace" } burst in seconds
---@return integer id
function native.pacing(key, limits) end

--- Tells the run that the script has a client for this model: it must have a price where there is a
--- budget, and has one by default where the URL is not of this machine.
---@param model string
---@param base_url string
function native.declare_model(model, base_url) end

--- What a command prints, such as "gcloud auth print-access-token"; waits for the command the first
--- time, and runs it again in the background when the token is older than the lifetime. Raises where
--- it fails the first time.
---@param command string
---@param lifetime number seconds
---@return string
function native.token(command, lifetime) end

--- True for URLs of this machine: localhost and loopback addresses.
---@param url string
---@return boolean
function native.is_loopback(url) end

--- A file's bytes in base64. Raises where it cannot be read.
---@param path string
---@return string
function native.base64_file(path) end

--- An error answer as a reply's error.
---@param status integer 0 where no answer came
---@param body string
---@param headers table<string, string> with names in lower case
---@return perigee.llm.Error
function native.llm_error(status, body, headers) end

--- The fields of an HTTP request, and those of a stream and its rules. `timeout` is not looked at.
---@class perigee.native.StreamRequest: perigee.native.HttpRequest
---@field model string|nil
---@field max_output integer|nil the most output tokens that the body asks for
---@field first_event_timeout number seconds
---@field silence_timeout number seconds
---@field total_timeout number seconds
---@field stall_after number seconds
---@field keep_events boolean|nil
---@field stop_after integer|nil
---@field format "sse"|"lines"
---@field content_told boolean|nil classify() says which event is content; keeps the events
---@field content_pointer string|nil JSON pointer to an event's text; else all data is content
---@field done_text string|nil
---@field done_pointer string|nil
---@field input_tokens_pointer string|nil
---@field output_tokens_pointer string|nil

--- Starts a request to any server that streams; does not wait. Phases: iteration.
---@param request perigee.native.StreamRequest
---@return perigee.native.LlmStream
function native.stream_open(request) end

---@class perigee.native.LlmStream
local LlmStream = {}

--- Waits for the next event; nil at the stream's end. REQUIRES keep_events.
---@async
---@return string|nil name the SSE event's name
---@return string|nil data its JSON text
---@return number|nil at seconds from sending the request to its arrival
function LlmStream:next_event() end

--- Waits for the end and returns the whole reply; a second call returns the same table.
--- All fields of perigee.llm.Reply but raw methods, in every outcome.
---@async
---@return perigee.llm.Reply
function LlmStream:reply() end

--- Says whether the oldest event that was not yet classified is content, and its text. With
--- content_told reply() returns only when all events have been classified.
---@param is_content boolean
---@param text string|nil
function LlmStream:classify(is_content, text) end

--- Ends the request because its user has seen enough. Does nothing where it is over.
function LlmStream:cancel() end

return native
