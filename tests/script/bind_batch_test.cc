// Bodies built outside of Lua, results of batches, and what batches are measured by.
#include "metrics/builtin.h"
#include "net/loopback_server.h"
#include "script/script_fixture.h"

using tests::LoopbackServer;
using tests::ScriptFixture;

namespace {

void iterate_well(ScriptFixture& fixture, const std::string& body, const std::string& url = "") {
  const std::string prelude = R"lua(
    local native = require "perigee.native"
    local function request(fields)
      local made = {
        method = "POST", url = URL, headers = {}, name = "x", connect_timeout = 5, timeout = 5,
        redirects = 0, model = "",
      }
      for name, value in pairs(fields) do made[name] = value end
      return made
    end
    return { default = function(user)
      )lua";
  fixture.iterate(fixture.start("local URL = \"" + url + "\"" + prelude + body + "\n    end }\n"));
  for (const auto& [error, count] : fixture.notices.take().errors) FAIL(error);
}

}  // namespace

TEST_CASE("a body that was built piece by piece is sent whole, and once") {
  std::string received;
  LoopbackServer server(1, [&](int fd, const std::string& request) {
    received = request.substr(request.find("\r\n\r\n") + 4);
    LoopbackServer::say(fd, tests::http_answer("200 OK", ""));
  });
  ScriptFixture fixture;
  iterate_well(fixture, R"lua(
    local body = native.body_new()
    for i = 1, 1000 do body:append(("x"):rep(100)) end
    body:append("\0end")
    assert(body:size() == 100004)
    assert(native.http(request { body = body }).ok)
    for _, use in ipairs {
      function() body:append "more" end,
      function() body:size() end,
      function() native.http(request { body = body }) end,
    } do
      local ok, message = pcall(use)
      assert(not ok and message:find("sent already", 1, true))
    end
  )lua",
               server.url());
  CHECK(received.size() == 100004);
  CHECK(received.ends_with(std::string("x\0end", 5)));
}

TEST_CASE("a batch's results are counted, and their lines given one by one") {
  const std::string lines =
      R"({"custom_id":"a","result":{"type":"succeeded","message":{"model":"m",)"
      R"("content":[],"usage":{"input_tokens":3,"output_tokens":2}}}})"
      "\n"
      R"({"custom_id":"b","result":{"type":"expired"}})"
      "\n";
  LoopbackServer server(2, [&](int fd, const std::string&) {
    LoopbackServer::say(fd, tests::http_answer("200 OK", "Connection: close\r\n", lines));
  });
  ScriptFixture fixture;
  iterate_well(fixture, R"lua(
    local tags = { name = "batches" }
    local answer = native.batch_results(request { keep = true, batch_tags = tags })
    assert(answer.ok and answer.status == 200 and answer.body == "")
    assert(answer.counts.succeeded == 1 and answer.counts.expired == 1)
    assert(answer.usage.input_tokens == 3 and answer.usage.output_tokens == 2)
    assert(answer.cost_usd == nil)
    assert(answer.lines:next_line():find('"a"', 1, true))
    assert(answer.lines:next_line():find('"b"', 1, true))
    assert(answer.lines:next_line() == nil)
    local again = native.batch_results(request { recorded = true, batch_tags = tags })
    assert(again.ok and again.lines == nil and again.counts.succeeded == 1)
  )lua",
               server.url());
  CHECK(fixture.counter("llm_batch_requests", "name=batches,result=succeeded,model=m") == 1);
  CHECK(fixture.counter("llm_batch_requests") == 2);
  CHECK(fixture.counter("llm_output_tokens", "model=m") == 2);
}

TEST_CASE("batches that were not seen to end leave lower bounds when their VU goes") {
  ScriptFixture fixture;
  iterate_well(fixture, R"lua(
    local ended = native.batch_clock { name = "batches", model = "m" }
    ended:ended()
    user.left = native.batch_clock { name = "batches" }
    user.left:goes_on()
    collectgarbage()
  )lua");
  const auto durations = [&] { return fixture.counted().trend(metrics::kLlmBatchDuration); };
  CHECK(fixture.counter("llm_batches", "name=batches,task=default") == 2);
  CHECK(fixture.counter("llm_batches", "model=m") == 1);
  CHECK(durations().values.count() == 1);
  CHECK(durations().lower_bounds.count() == 0);
  fixture.vu.reset();
  CHECK(durations().lower_bounds.count() == 1);
}

TEST_CASE("the most that a batch's request can cost is known where its model has a price") {
  ScriptFixture fixture;
  llm::PriceTable prices;
  prices.set("mine", {.input = 10, .output = 1000});
  fixture.context.prices = &prices;
  iterate_well(fixture, R"lua(
    assert(native.batch_worst_case("{}", "nobody's", 100) == nil)
    local few = native.batch_worst_case("{}", "mine", 0)
    local many = native.batch_worst_case("{}", "mine", 1e6)
    assert(math.abs(many - few - 500) < 1e-6)
  )lua");
}
