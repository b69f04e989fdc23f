#include "output/text_report.h"

#include <catch2/catch.hpp>

#include "output/sample_run.h"
#include "output/table.h"

using namespace tests;

TEST_CASE("the report says how it went, what it cost and what held it up") {
  SampleRun run;
  run.add_completed("a", "one", 100);
  run.add_completed("a", "two", 50);
  run.add_failed("a", "one", "rate_limited", 50);
  run.add_censored("a", "one", 3);
  const std::string text = output::text_report(run.finish());
  CHECK(line_with(text, "Requests ") ==
        "Requests          201 (150 completed, 50 failed, 1 censored), 10.1/s");
  CHECK(line_with(text, "Failures ") == "Failures          rate_limited 50");
  CHECK(line_with(text, "Cost ") == "Cost              $0.1500, $0.0010 per completed request, $0.0100 per 1,000");
  CHECK(line_with(text, "Output tokens ") == "Output tokens     15,000, 750/s");
  CHECK(line_with(text, "By model ").starts_with("By model          one: 151 requests, $0.10"));
  CHECK(line_with(text, "HIGH") == "HIGH    The provider's rate limit was reached (rate_limit)");
  CHECK(text.find("≥ at least this") != std::string::npos);
  for (const std::string& line : lines_of(text)) {
    CAPTURE(line);
    CHECK(output::width_of(line) <= 80);
  }
}

TEST_CASE("a model without a price has no cost, and a healthy run no bottleneck") {
  SampleRun run;
  run.add(metrics::kLlmRequests, {{"outcome", "completed"}}, 10);
  run.add(metrics::kLlmOutputTokens, {}, 100);
  const std::string text = output::text_report(run.finish());
  CHECK(line_with(text, "Cost ") == "Cost              unknown: no price is known for the model");
  CHECK(text.find("None was found by any of ") != std::string::npos);
}

TEST_CASE("a run without requests to a model has no tokens and no cost") {
  SampleRun run;
  run.add(metrics::kHttpReqs, {{"outcome", "completed"}}, 10);
  run.add(metrics::kHttpReqDuration, {}, 0.2, 10);
  const std::string text = output::text_report(run.finish());
  CHECK(line_with(text, "HTTP requests ") ==
        "HTTP requests     10 (10 completed, 0 failed, 0 censored), 0.5/s");
  CHECK(line_with(text, "HTTP duration ").starts_with("HTTP duration     p50 200ms"));
  CHECK(text.find("Tokens and cost") == std::string::npos);
}
