#include <algorithm>
#include <catch2/catch.hpp>

#include "analysis/made_up_run.h"

using namespace tests;

TEST_CASE("overload and other failures are graded by their share") {
  const auto [kind, rule] = GENERATE(table<std::string, std::string>(
      {{"overloaded", "overload"}, {"timeout", "failures"}, {"truncated", "failures"}}));
  const auto [completed, failed, severity] = GENERATE(table<int, int, std::string>({
      {96, 4, "none"},
      {990, 10, "low"},
      {989, 11, "medium"},
      {950, 50, "medium"},
      {949, 51, "high"},
  }));
  CAPTURE(kind, failed);
  MadeUpRun run;
  run.complete(static_cast<std::uint64_t>(completed));
  run.fail(static_cast<std::uint64_t>(failed), kind);
  CHECK(run.severity(rule) == severity);
  CHECK(run.severity(rule == "overload" ? "failures" : "overload") == "none");
}

TEST_CASE("failures that retries made good are not grave") {
  MadeUpRun run;
  run.complete(100);
  run.fail(50, "server_error");
  run.call(100, 5, 50);
  CHECK(run.severity("failures") == "medium");
  MadeUpRun worse;
  worse.complete(100);
  worse.fail(50, "server_error");
  worse.call(100, 6, 50);
  CHECK(worse.severity("failures") == "high");
}

TEST_CASE("what the client itself lacked is not the service's failure") {
  MadeUpRun run;
  run.complete(100);
  metrics::Registry registry;
  metrics::Delta delta;
  delta.entries.push_back({metrics::kLlmRequestFailed, std::make_shared<const metrics::TagSet>(),
                           metrics::Rate{50, 50, 50}});
  metrics::Store store(registry);
  store.merge(delta);
  CHECK_FALSE(std::ranges::find(analysis::rules(), "failures", &analysis::Rule::name)
                  ->look(analysis::Evidence(store)));
}

TEST_CASE("what is advised of failures goes by their kinds") {
  MadeUpRun run;
  run.complete(100);
  run.fail(10, "timeout");
  run.fail(10, "auth");
  const auto finding = run.look("failures");
  REQUIRE(finding);
  REQUIRE(finding->advice.size() == 2);
  CHECK(finding->advice[0].starts_with("timeout"));
  CHECK(finding->advice[1].starts_with("invalid_request, auth"));
  CHECK(evidence_text(finding) ==
        "20 of 120 requests (16.7%) failed, rate limits and overload not counted: auth 10, timeout "
        "10\n");
}

TEST_CASE("retries are graded by requests per call") {
  const auto [calls, retries, severity] = GENERATE(table<int, int, std::string>({
      {19, 38, "none"},
      {100, 20, "none"},
      {100, 21, "medium"},
      {100, 50, "medium"},
      {100, 51, "high"},
  }));
  CAPTURE(calls, retries);
  MadeUpRun run;
  run.fail(static_cast<std::uint64_t>(retries), "server_error");
  run.complete(static_cast<std::uint64_t>(calls));
  run.call(static_cast<std::uint64_t>(calls), 0, static_cast<std::uint64_t>(retries));
  CHECK(run.severity("retry_amplification") == severity);
}
