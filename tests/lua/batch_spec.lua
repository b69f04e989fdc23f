-- Message batches against the mock, whose batches must end soon: --batch-duration 300ms.

local anthropic = require "perigee.anthropic"
local json = require "perigee.json"
local perigee = require "perigee"
local spec = require "spec"

local describe, it, assert = spec.describe, spec.it, spec.assert

local claude = anthropic.client { model = "claude-haiku-4-5", max_tokens = 16 }
local nobody = anthropic.client {
  model = "claude-haiku-4-5", max_tokens = 1, base_url = "http://127.0.0.1:1",
}

local SOON = { poll = "20ms", timeout = "30s" }

local function requests(count)
  local list = {}
  for index = 1, count do
    list[index] = { custom_id = "id-" .. index, params = { messages = "Hello " .. index } }
  end
  return list
end

local function ended(count)
  local batch = claude:batch(requests(count))
  assert.is_nil(batch.error)
  assert.is_true(batch:wait(SOON))
  return batch
end

describe("client:batch", function()
  it("creates a batch and waits for its end", function()
    local batch = claude:batch(requests(3))
    assert.equal(true, batch.ok)
    assert.equal(200, batch.status)
    assert.matches("^msgbatch_", batch.id)
    assert.equal("in_progress", batch.processing_status)
    assert.equal(3, batch.request_counts.processing)
    assert.is_true(#batch.created_at > 0 and #batch.expires_at > 0)
    assert.equal("", batch.ended_at)
    assert.is_true(batch:wait(SOON))
    assert.equal("ended", batch.processing_status)
    local counts = batch.request_counts
    assert.equal(0, counts.processing)
    assert.equal(3, counts.succeeded + counts.errored + counts.canceled + counts.expired)
    assert.is_true(#batch.ended_at > 0)
  end)

  it("takes requests one at a time from a function, and names those without an id", function()
    local made = 0
    local batch = claude:batch(function()
      made = made + 1
      return made <= 5 and { params = { messages = "Hello", system = {} } } or nil
    end)
    assert.equal(5, batch.request_counts.processing)
    batch:wait(SOON)
    local ids = {}
    for result in batch:results() do
      ids[result.custom_id] = true
    end
    for index = 1, 5 do
      assert.equal(true, ids["request-" .. index])
    end
  end)

  it("never changes the script's tables", function()
    local list = requests(2)
    local before = json.encode(list)
    claude:batch(list)
    assert.equal(before, json.encode(list))
  end)

  it("lets other VUs go on while it writes a large body", function()
    local turns = 0
    perigee.first {
      function()
        while true do
          turns = turns + 1
          perigee.sleep(0)
        end
      end,
      function() claude:batch(requests(3000)) end,
    }
    assert.is_true(turns > 5)
  end)

  it("works with many batches at once", function()
    local jobs, succeeded = {}, 0
    for index = 1, 20 do
      jobs[index] = function()
        local totals = ended(2):totals()
        succeeded = succeeded + totals.counts.succeeded
      end
    end
    perigee.all(jobs)
    assert.equal(40, succeeded)
  end)

  it("refuses what cannot be sent, at the script's line", function()
    local function batch(list, options)
      return function() local made = claude:batch(list, options) return made end
    end
    local function params(fields)
      fields.messages = fields.messages or "x"
      return batch { { params = fields } }
    end
    assert.has_error(batch "x", "client:batch: requests: expected a list of requests")
    assert.has_error(batch { 7 }, "client:batch: requests[1]: expected a table, got 7")
    assert.has_error(batch { { parms = {} } }, '(did you mean "params"?)')
    assert.has_error(batch { {} }, "requests[1].params: expected a table, got nil")
    assert.has_error(params { stream = true }, "requests[1].params: stream: a batch's requests")
    assert.has_error(params { extra = { stream = true } }, "extra.stream: a batch's requests are")
    assert.has_error(params { tags = {} }, "tags: belongs to the batch")
    assert.has_error(params { temprature = 1 }, 'requests[1].params: unknown field "temprature"')
    assert.has_error(batch({}, { nmae = "x" }), "client:batch: options: unknown field")
    local _, message = pcall(params { stream = true })
    assert.matches("batch_spec%.lua:%d+: client:batch: ", message)
  end)
end)

describe("a batch that cannot be created", function()
  it("is data, whatever is asked of it", function()
    local batch = nobody:batch(requests(1))
    assert.equal(false, batch.ok)
    assert.equal(0, batch.status)
    assert.equal("connect", batch.error.kind)
    assert.equal("", batch.id)
    assert.equal(false, batch:wait())
    assert.equal(false, batch:refresh())
    assert.equal(false, batch:cancel())
    assert.equal(false, batch:delete())
    for _ in batch:results() do
      error("there is no result")
    end
    local totals = batch:totals()
    assert.equal(false, totals.ok)
    assert.equal(0, totals.counts.succeeded)
    assert.equal("connect", batch.error.kind)
  end)

  it("says why, in the server's words", function()
    local batch = claude:batch {}
    assert.equal(false, batch.ok)
    assert.equal(400, batch.status)
    assert.equal("invalid_request", batch.error.kind)
    assert.is_true(#batch.error.message > 0)
  end)
end)

describe("batch:results", function()
  it("iterates over decoded results", function()
    local seen, succeeded = {}, 0
    local batch = ended(4)
    for result in batch:results() do
      assert.is_nil(seen[result.custom_id])
      seen[result.custom_id] = true
      if result.ok then
        succeeded = succeeded + 1
        assert.equal("succeeded", result.type)
        assert.is_true(#result.text > 0)
        assert.is_true(result.message.usage.output_tokens > 0)
        assert.is_nil(result.error)
      end
    end
    assert.equal(true, batch.ok)
    assert.equal(batch.request_counts.succeeded, succeeded)
    assert.is_true(seen["id-1"] and seen["id-4"])
  end)

  it("says where a batch has not ended", function()
    local batch = claude:batch(requests(1))
    for _ in batch:results() do
      error("there is no result")
    end
    assert.equal(false, batch.ok)
    assert.matches("has not ended: it is in_progress", batch.error.message)
    batch:wait(SOON)
    assert.equal(1, batch:totals().counts.succeeded)
    assert.equal(true, batch.ok)
  end)
end)

describe("batch:totals", function()
  it("adds up what came, at half the price", function()
    local totals = ended(3):totals()
    assert.equal(true, totals.ok)
    assert.equal(3, totals.counts.succeeded)
    assert.equal(0, totals.counts.other)
    local usage = totals.usage
    assert.is_true(usage.input_tokens > 0 and usage.output_tokens > 0)
    local full = (usage.input_tokens + 5 * usage.output_tokens) / 1e6
    assert.is_true(math.abs(totals.cost_usd - full / 2) < 1e-9)
  end)

  it("may be asked for again", function()
    local batch = ended(2)
    assert.same(batch:totals(), batch:totals())
  end)
end)

describe("batch:wait", function()
  it("gives up in time, and goes on when it is called again", function()
    local batch = claude:batch(requests(1))
    assert.equal(false, batch:wait { poll = "1ms", timeout = "10ms" })
    assert.equal(false, batch.ok)
    assert.equal("timeout", batch.error.kind)
    assert.is_true(batch:wait(SOON))
    assert.equal(true, batch.ok)
    assert.is_nil(batch.error)
  end)

  it("refuses what makes no sense", function()
    local batch = claude:batch(requests(1))
    local function wait(options)
      return function() local done = batch:wait(options) return done end
    end
    assert.has_error(wait { poll = 0 }, "batch:wait: poll: expected a duration above 0")
    assert.has_error(wait { poll = "2s", max_poll = "1s" }, "max_poll: shorter than poll")
    assert.has_error(wait { timout = 1 }, '(did you mean "timeout"?)')
  end)
end)

describe("a batch", function()
  it("can be canceled, found again and deleted", function()
    local batch = claude:batch(requests(2))
    assert.is_true(batch:cancel())
    assert.is_true(batch.processing_status == "canceling" or batch.processing_status == "ended")
    batch:wait(SOON)
    local again = claude:retrieve_batch(batch.id)
    assert.equal(true, again.ok)
    assert.equal("ended", again.processing_status)
    assert.equal(2, again:totals().counts.canceled + again:totals().counts.succeeded)
    assert.is_true(again:delete())
    assert.equal(false, batch:refresh())
    assert.equal("not_found", batch.error.kind)
  end)

  it("that does not exist is data", function()
    local batch = claude:retrieve_batch "msgbatch_nothing"
    assert.equal(false, batch.ok)
    assert.equal(404, batch.status)
    assert.equal("not_found", batch.error.kind)
    assert.equal(false, batch:wait(SOON))
    assert.has_error(function() claude:retrieve_batch "a/b" end, "expected the id of a batch")
    assert.has_error(function() return batch.sttus end, '(did you mean "status"?)')
  end)

  it("is in the list of batches", function()
    local batch = claude:batch(requests(1))
    local page = claude:batches { limit = 1 }
    assert.equal(true, page.ok)
    assert.equal(1, #page.batches)
    assert.equal(batch.id, page.batches[1].id)
    assert.equal(batch.id, page.first_id)
    assert.is_true(page.batches[1]:refresh())
    assert.equal(true, page.has_more)
    local older = claude:batches { after_id = page.last_id, limit = 1 }
    assert.is_true(older.batches[1].id ~= batch.id)
    assert.equal(false, nobody:batches().ok)
    assert.has_error(function() claude:batches { limit = 0 } end, "client:batches: limit: expected")
  end)
end)

return spec.script()
