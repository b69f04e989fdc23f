#include "output/locust_csv.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "output/sample_run.h"

using namespace std::chrono_literals;
using namespace tests;

namespace {

std::vector<std::string> rows_of(const std::string& text) {
  std::vector<std::string> lines = base::split(text, '\n');  // Trims the carriage returns.
  CHECK(lines.back().empty());
  lines.pop_back();
  return lines;
}

void add_http(SampleRun& run, const std::string& name, double seconds, const std::string& error) {
  metrics::TagSet tags = {{"name", name}, {"method", "GET"}};
  if (!error.empty()) tags.set("error", error);
  metrics::TagSet outcome = tags;
  outcome.set("outcome", error.empty() ? "completed" : "failed");
  run.add(metrics::kHttpReqs, outcome, 1);
  run.add(metrics::kHttpReqFailed, tags, error.empty() ? 0 : 1);
  run.add(metrics::kHttpReqDuration, tags, seconds);
  run.add(metrics::kDataReceived, tags, 500);
}

// What a request to a model counts as an HTTP request.
void add_http_of_llm(SampleRun& run, const metrics::TagSet& tags, const std::string& outcome) {
  metrics::TagSet with_outcome = tags;
  with_outcome.set("outcome", outcome);
  run.add(metrics::kHttpReqs, with_outcome, 1);
  run.add(metrics::kHttpReqFailed, tags, outcome == "failed" ? 1 : 0);
  run.add(metrics::kHttpReqDuration, tags, 9);
  run.add(metrics::kDataReceived, tags, 1'000);
}

}  // namespace

TEST_CASE("the columns are Locust's") {
  CHECK(output::locust_stats_header() ==
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
        "Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,"
        "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\r\n");
  CHECK(output::locust_history_header() ==
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,"
        "99.9%,99.99%,100%,Total Request Count,Total Failure Count,Total Median Response Time,"
        "Total Average Response Time,Total Min Response Time,Total Max Response Time,"
        "Total Average Content Size\r\n");
  CHECK(output::locust_failures_header() == "Method,Name,Error,Occurrences\r\n");
  CHECK(output::locust_exceptions_header() == "Count,Message,Traceback,Nodes\r\n");
}

TEST_CASE("requests to models are of type llm and named by their task; others are what they are") {
  SampleRun run;
  run.add(metrics::kLlmRequests, {{"task", "chat"}, {"model", "m"}, {"outcome", "completed"}}, 1);
  run.add(metrics::kLlmRequestFailed, {{"task", "chat"}, {"model", "m"}}, 0);
  run.add(metrics::kLlmRequestDuration, {{"task", "chat"}, {"model", "m"}}, 2);
  add_http_of_llm(run, {{"task", "chat"}, {"model", "m"}}, "completed");
  run.add(metrics::kLlmRequests, {{"name", "messages"}, {"outcome", "failed"}, {"error", "tls"}},
          1);
  run.add(metrics::kLlmRequestFailed, {{"name", "messages"}, {"error", "tls"}}, 1);
  add_http_of_llm(run, {{"name", "messages"}, {"error", "tls"}}, "failed");
  add_http(run, "/a", 0.25, "");
  add_http(run, "/a", 0.75, "server_error");
  const auto rows = rows_of(output::locust_stats(*run.finish().store, 2s));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].starts_with("GET,/a,2,1,"));
  CHECK(rows[0].find(",500,250,750,500,1,0.5,") != std::string::npos);
  CHECK(rows[0].ends_with(",750"));
  CHECK(rows[1].starts_with("llm,chat,1,0,2000,2000,2000,2000,1000,0.5,0,2000,"));
  CHECK(rows[2] ==
        "llm,messages,1,1,0,0,0,0,1000,0.5,0.5,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A");
  CHECK(rows[3].starts_with(",Aggregated,4,2,"));
}

TEST_CASE("failures are by type, name and kind") {
  SampleRun run;
  run.add_failed("chat", "m", "rate_limited", 3);
  run.add_failed("chat", "m", "truncated", 1);
  run.add_completed("chat", "m", 5);
  add_http(run, "/a, \"b\"", 0.75, "server_error");
  CHECK(rows_of(output::locust_failures(*run.finish().store)) ==
        std::vector<std::string>{"GET,\"/a, \"\"b\"\"\",server_error,1", "llm,chat,rate_limited,3",
                                 "llm,chat,truncated,1"});
}

TEST_CASE("the history is of all together, or of each as well") {
  SampleRun run;
  add_http(run, "/a", 0.5, "");
  add_http(run, "/b", 1, "");
  const metrics::Store& all = *run.finish().store;
  SampleRun lately;
  add_http(lately, "/b", 2, "");
  const output::LocustMoment moment{1'700'000'000, 7, 5s};
  const auto short_rows =
      rows_of(output::locust_history(all, *lately.finish().store, moment, false));
  REQUIRE(short_rows.size() == 1);
  CHECK(short_rows[0].starts_with("1700000000,7,,Aggregated,0.2,0,"));
  CHECK(short_rows[0].ends_with(",1000,2,0,500,750,500,1000,500"));
  const auto rows = rows_of(output::locust_history(all, *lately.finish().store, moment, true));
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].starts_with("1700000000,7,GET,/a,0,0,N/A,"));
  CHECK(rows[1].starts_with("1700000000,7,GET,/b,0.2,0,2000,"));
  CHECK(rows[1].ends_with(",2000,1,0,1000,1000,1000,1000,500"));
}

TEST_CASE("exceptions are the script's errors") {
  const std::vector<output::ScriptError> errors = {{"a.lua:3: no\nstack traceback:\n\t[C]", 4}};
  const std::vector<output::HookError> hooks = {{"teardown", "late"}};
  CHECK(output::locust_exceptions(errors, hooks) ==
        "4,a.lua:3: no,\"a.lua:3: no\nstack traceback:\n\t[C]\",local\r\n"
        "1,late,late,local\r\n");
}
