#include "client/batch_results.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "client/batch_clock.h"
#include "client/worker_fixture.h"
#include "net/loopback_server.h"

using namespace std::chrono_literals;
using client::BatchResult;
using client::BatchResults;
using client::BatchTally;
using tests::http_answer;
using tests::LoopbackServer;
using tests::WorkerFixture;

namespace {

constexpr const char* kModel = "claude-haiku-4-5-20251001";

std::string succeeded(const std::string& id, int input, int output,
                      const std::string& model = kModel) {
  return fmt::format(
      R"({{"custom_id":"{}","result":{{"type":"succeeded","message":{{"model":"{}",)"
      R"("id":"msg_1","type":"message","role":"assistant","content":[{{"type":"text",)"
      R"("text":"Yes.\n"}}],"stop_reason":"end_turn","usage":{{"input_tokens":{},)"
      R"("cache_read_input_tokens":3,"cache_creation_input_tokens":2,"output_tokens":{}}}}}}}}})",
      id, model, input, output);
}

std::string ended_as(const std::string& type) {
  return R"({"custom_id":"x","result":{"type":")" + type + "\"}}";
}

std::string errored() {
  return R"({"custom_id":"x","result":{"type":"errored","error":{"type":"error","error":)"
         R"({"type":"invalid_request_error","message":"no"},"request_id":"req_1"}}})";
}

std::string results() {
  return succeeded("a", 10, 5) + "\n" + errored() + "\n" + succeeded("b", 20, 7) + "\n" +
         ended_as("canceled") + "\n" + ended_as("expired") + "\n";
}

double requests(WorkerFixture& worker, const std::string& selector) {
  return worker.counted().counter(metrics::kLlmBatchRequests, *metrics::parse_selector(selector));
}

client::BatchResultsSpec spec_for(const std::string& url) {
  client::BatchResultsSpec spec;
  spec.http.request.url = url;
  spec.http.request.total_timeout = 10s;
  spec.http.tags.set("name", "results");
  spec.tags.set("name", "batches");
  spec.model = "claude-haiku-4-5";
  return spec;
}

// Serves a body in chunks of so many bytes.
class ResultsServer {
 public:
  explicit ResultsServer(std::string body, std::size_t chunk = 7, bool whole = true)
      : server_(1, [body = std::move(body), chunk, whole](int fd, const std::string&) {
          LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
          for (std::size_t at = 0; at < body.size(); at += chunk) {
            const std::string part = body.substr(at, chunk);
            LoopbackServer::say(fd, fmt::format("{:x}\r\n{}\r\n", part.size(), part));
          }
          if (whole) LoopbackServer::say(fd, "0\r\n\r\n");
        }) {}
  std::string url() const { return server_.url(); }

 private:
  LoopbackServer server_;
};

std::unique_ptr<BatchResults> run(WorkerFixture& worker, client::BatchResultsSpec spec) {
  auto call = std::make_unique<BatchResults>(worker.context, std::move(spec), worker.origin(),
                                             [&] { worker.loop.stop(); });
  worker.loop.run([] {});
  return call;
}

}  // namespace

TEST_CASE("result lines are counted by what became of their requests") {
  BatchTally tally("", nullptr);
  for (const char* type : {"canceled", "expired", "expired", "paused"}) tally.add(ended_as(type));
  tally.add(succeeded("a", 1, 1));
  tally.add(errored());
  const client::BatchTotals& totals = tally.totals();
  CHECK(totals.count(BatchResult::kSucceeded) == 1);
  CHECK(totals.count(BatchResult::kErrored) == 1);
  CHECK(totals.count(BatchResult::kCanceled) == 1);
  CHECK(totals.count(BatchResult::kExpired) == 2);
  CHECK(totals.count(BatchResult::kOther) == 1);
}

TEST_CASE("a line that cannot be read counts as other, and as nothing else") {
  BatchTally tally("", nullptr);
  for (const char* line :
       {"<html>", "[]", "{}", R"({"result":7})", R"({"result":{"type":"succeeded"}})",
        R"({"result":{"type":"succeeded","message":{"type":"error"}}})",
        R"({"result":{"type":"succeeded","message":{"content":[)"}) {
    tally.add(line);
  }
  CHECK(tally.totals().count(BatchResult::kOther) == 7);
  CHECK(tally.totals().count(BatchResult::kSucceeded) == 0);
  CHECK(tally.totals().usage.output_tokens == 0);
}

TEST_CASE("the fields of a result may come in any order") {
  BatchTally tally("", nullptr);
  tally.add(
      R"({"result":{"message":{"usage":{"output_tokens":4},"content":[]},"type":"succeeded"},)"
      R"("custom_id":"a"})");
  CHECK(tally.totals().count(BatchResult::kSucceeded) == 1);
  CHECK(tally.totals().usage.output_tokens == 4);
}

TEST_CASE("messages of a batch cost half, by the model that was asked for or their own") {
  llm::PriceTable prices;
  prices.set("mine", {.input = 100, .output = 1000});
  prices.set("theirs", {.input = 10, .output = 100});
  SECTION("asked for") {
    BatchTally tally("mine", &prices);
    tally.add(succeeded("a", 1000, 500, "theirs"));
    CHECK(tally.totals().cost_usd == Approx(0.5 * (0.1 + 0.5)));
  }
  SECTION("their own") {
    BatchTally tally("", &prices);
    tally.add(succeeded("a", 1000, 500, "theirs"));
    CHECK(tally.totals().cost_usd == Approx(0.5 * (0.01 + 0.05)));
  }
  SECTION("not known") {
    BatchTally tally("", &prices);
    tally.add(succeeded("a", 1000, 500, "theirs"));
    tally.add(succeeded("b", 1, 1, "nobody's"));
    CHECK_FALSE(tally.totals().cost_usd);
    CHECK(tally.totals().usage.input_tokens == 1001);
  }
  SECTION("what did not succeed costs nothing") {
    BatchTally tally("nobody's", &prices);
    tally.add(errored());
    CHECK(tally.totals().cost_usd == 0.0);
  }
}

TEST_CASE("totals are recorded by model and result") {
  WorkerFixture worker;
  llm::PriceTable prices;
  BatchTally tally("", &prices);
  tally.add(succeeded("a", 10, 5, "claude-haiku-4-5"));
  tally.add(succeeded("b", 1, 2, "nobody's"));
  tally.add(succeeded("c", 1, 2, "nobody's"));
  tally.add(errored());
  tally.record(worker.context, {{"name", "batches"}, {"task", "simple"}});
  CHECK(requests(worker, "name=batches,task=simple") == 4);
  CHECK(requests(worker, "model=nobody's,result=succeeded") == 2);
  CHECK(requests(worker, "model=,result=errored") == 1);
  const metrics::Store& store = worker.counted();
  const auto haiku = *metrics::parse_selector("model=claude-haiku-4-5");
  CHECK(store.counter(metrics::kLlmInputTokens, haiku) == 10);
  CHECK(store.counter(metrics::kLlmOutputTokens, haiku) == 5);
  CHECK(store.counter(metrics::kLlmCacheReadTokens, haiku) == 3);
  CHECK(store.counter(metrics::kLlmCacheWriteTokens, haiku) == 2);
  CHECK(store.counter(metrics::kLlmCost) == Approx(0.5e-6 * (10 + 2 * 1.25 + 3 * 0.1 + 5 * 5)));
  CHECK(worker.context.unpriced_models == std::set<std::string>{"nobody's"});
}

TEST_CASE("results are counted as they are downloaded, however the bytes are cut") {
  const std::size_t chunk = GENERATE(1, 7, 1000);
  ResultsServer server(results(), chunk);
  WorkerFixture worker;
  const auto call = run(worker, spec_for(server.url()));
  CHECK_FALSE(call->answer().error);
  CHECK(call->answer().result.status == 200);
  CHECK(call->totals().count(BatchResult::kSucceeded) == 2);
  CHECK(call->totals().usage.input_tokens == 30);
  CHECK(call->totals().usage.output_tokens == 12);
  CHECK(call->take_lines().empty());
  CHECK(requests(worker, "name=batches,model=claude-haiku-4-5,result=succeeded,task=simple") == 2);
  CHECK(requests(worker, "") == 5);
  CHECK(worker.counted().counter(metrics::kHttpReqs, *metrics::parse_selector("name=results")) ==
        1);
}

TEST_CASE("a last line without an end is a line") {
  ResultsServer server(succeeded("a", 1, 1) + "\r\n" + succeeded("b", 1, 1));
  WorkerFixture worker;
  CHECK(run(worker, spec_for(server.url()))->totals().count(BatchResult::kSucceeded) == 2);
}

TEST_CASE("lines are kept where they are wanted") {
  ResultsServer server(results());
  WorkerFixture worker;
  client::BatchResultsSpec spec = spec_for(server.url());
  spec.keep_lines = true;
  const auto call = run(worker, std::move(spec));
  const std::deque<std::string> lines = call->take_lines();
  REQUIRE(lines.size() == 5);
  CHECK(lines[1] == errored());
}

TEST_CASE("results that were recorded before are counted for the script alone") {
  ResultsServer server(results());
  WorkerFixture worker;
  client::BatchResultsSpec spec = spec_for(server.url());
  spec.record = false;
  CHECK(run(worker, std::move(spec))->totals().count(BatchResult::kSucceeded) == 2);
  CHECK(requests(worker, "") == 0);
}

TEST_CASE("results of more than 64 MB are read") {
  const std::string line = succeeded("a", 1, 1) + "\n";
  std::string body;
  constexpr std::size_t kTooLarge = 65 * 1024 * 1024;
  const std::string padding(64 * 1024, ' ');
  while (body.size() < kTooLarge) body += padding + line;
  const std::string whole = http_answer("200 OK", "", body);
  LoopbackServer server(1, [&](int fd, const std::string&) { LoopbackServer::say(fd, whole); });
  WorkerFixture worker;
  const auto call = run(worker, spec_for(server.url()));
  CHECK_FALSE(call->answer().error);
  CHECK(call->totals().count(BatchResult::kSucceeded) * (line.size() + padding.size()) ==
        body.size());
}

TEST_CASE("an endless line is a failure, and nothing is recorded") {
  const std::string whole =
      http_answer("200 OK", "", errored() + "\n" + std::string(33 * 1024 * 1024, ' '));
  LoopbackServer server(1, [&](int fd, const std::string&) { LoopbackServer::say(fd, whole); });
  WorkerFixture worker;
  const auto call = run(worker, spec_for(server.url()));
  REQUIRE(call->answer().error);
  CHECK(*call->answer().error == llm::ErrorKind::kProtocol);
  CHECK(call->answer().error_message == "a line of the results is longer than 32 MB");
  CHECK(call->totals().count(BatchResult::kErrored) == 1);
  CHECK(requests(worker, "") == 0);
}

TEST_CASE("an answer that is an error keeps its body") {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(
        fd, http_answer("404 Not Found", "", R"({"error":{"type":"not_found_error"}})"));
  });
  WorkerFixture worker;
  const auto call = run(worker, spec_for(server.url()));
  REQUIRE(call->answer().error);
  CHECK(*call->answer().error == llm::ErrorKind::kNotFound);
  CHECK(call->answer().body == R"({"error":{"type":"not_found_error"}})");
  CHECK(call->totals().count(BatchResult::kOther) == 0);
  CHECK(requests(worker, "") == 0);
}

TEST_CASE("a download that breaks off fails, and may be read again") {
  ResultsServer server(results(), 1000, false);
  WorkerFixture worker;
  const auto call = run(worker, spec_for(server.url()));
  REQUIRE(call->answer().error);
  CHECK(*call->answer().error == llm::ErrorKind::kReset);
  CHECK(call->totals().count(BatchResult::kSucceeded) == 2);
  CHECK(requests(worker, "") == 0);
}

namespace {

// Destroys a download some time after its lines have come and before its end.
void cut_off(WorkerFixture& worker, bool by_script) {
  LoopbackServer server(1, [](int fd, const std::string&) {
    LoopbackServer::say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + results());
    LoopbackServer::await_close(fd);
  });
  auto call = std::make_unique<BatchResults>(worker.context, spec_for(server.url()),
                                             worker.origin(), [] { FAIL("it ended"); });
  net::EventLoop::Timer look(worker.loop, [&] {
    if (call->totals().count(BatchResult::kExpired) == 0) return look.arm_after(1ms);
    worker.context.left_by_script = by_script;
    call.reset();
    worker.loop.stop();
  });
  look.arm_after(1ms);
  worker.loop.run([] {});
}

}  // namespace

TEST_CASE("a download that the test's end cuts off is recorded as far as it came") {
  WorkerFixture worker;
  cut_off(worker, false);
  CHECK(requests(worker, "result=succeeded") == 2);
  CHECK(worker.counted().counter(metrics::kHttpReqs,
                                 *metrics::parse_selector("outcome=censored")) == 1);
}

TEST_CASE("a download that its script left is not recorded: it may be read again") {
  WorkerFixture worker;
  cut_off(worker, true);
  CHECK(requests(worker, "") == 0);
}

TEST_CASE("a batch that was seen to end has a duration, any other a lower bound") {
  WorkerFixture worker;
  const metrics::TagsId tags = worker.shard.intern({{"task", "simple"}});
  {
    client::BatchClock ended(worker.context, tags);
    ended.saw_it_end();
    ended.saw_it_end();
    client::BatchClock waited_for(worker.context, tags);
    waited_for.saw_it_go_on();
    const client::BatchClock left(worker.context, tags);
  }
  const metrics::Store& store = worker.counted();
  CHECK(store.counter(metrics::kLlmBatches, *metrics::parse_selector("task=simple")) == 3);
  CHECK(store.trend(metrics::kLlmBatchDuration).values.count() == 1);
  CHECK(store.trend(metrics::kLlmBatchDuration).lower_bounds.count() == 2);
}
