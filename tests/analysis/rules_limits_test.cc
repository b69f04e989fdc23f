#include <catch2/catch.hpp>

#include "analysis/made_up_run.h"

using namespace tests;

namespace {

bool advises(const std::optional<analysis::Finding>& finding, std::string_view part) {
  if (!finding) return false;
  for (const std::string_view advice : finding->advice) {
    if (advice.find(part) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("refusals are graded by their share") {
  const auto [limit, rule] = GENERATE(table<std::string, std::string>({
      {"requests", "rate_limit"},
      {"input_tokens", "rate_limit"},
      {"tokens", "rate_limit"},
      {"bytes", "rate_limit"},
      {"", "rate_limit"},
      {"acceleration", "acceleration_limit"},
      {"concurrency", "concurrency_limit"},
  }));
  const auto [completed, refused, severity] = GENERATE(table<int, int, std::string>({
      {96, 4, "none"},  // Too few to say anything.
      {995, 5, "low"},
      {990, 10, "low"},
      {989, 11, "medium"},
      {950, 50, "medium"},
      {949, 51, "high"},
  }));
  CAPTURE(limit, refused);
  MadeUpRun run;
  run.complete(static_cast<std::uint64_t>(completed));
  run.fail(static_cast<std::uint64_t>(refused), "rate_limited", limit);
  CHECK(run.severity(rule) == severity);
  for (const char* other : {"rate_limit", "acceleration_limit", "concurrency_limit", "spend_limit",
                            "overload", "failures"}) {
    if (other != rule) CHECK(run.severity(other) == "none");
  }
}

TEST_CASE("what is advised of a rate limit depends on the bucket that bound") {
  MadeUpRun run;
  run.complete(100);
  run.fail(40, "rate_limited", "output_tokens");
  run.add(metrics::kLlmRatelimitOutputTokensUsed, {}, 1);
  run.add(metrics::kLlmRatelimitRequestsUsed, {}, 0.25);
  const auto finding = run.look("rate_limit");
  CHECK(advises(finding, "the bucket of output tokens"));
  CHECK_FALSE(advises(finding, "the bucket of input tokens"));
  CHECK_FALSE(advises(finding, "the bucket of requests"));
  CHECK_FALSE(advises(finding, "retry-after"));
  CHECK(evidence_text(finding) ==
        "40 of 140 requests (28.6%) refused with status 429\n"
        "100 were let in, 5 a second\n"
        "the limit that the answers name: output_tokens 40\n"
        "used up at most, by the headers: requests 25%, output tokens 100%\n");
}

TEST_CASE("when requests were refused is said where the course tells") {
  MadeUpRun run;
  run.complete(100);
  run.fail(40, "rate_limited", "requests");
  for (int i = 0; i < 10; ++i) run.second(5, 0.4, 0.01);
  run.evidence().course[3].failures["rate_limited"] = 30;
  run.evidence().course[4].failures["rate_limited"] = 5;
  run.evidence().course[7].failures["rate_limited"] = 5;
  CHECK(evidence_text(run.look("rate_limit"))
            .find("refused in 3 of 10 intervals, from 3s to 8s; half of them in 1 of these") !=
        std::string::npos);
}

TEST_CASE("two groups of calls are seen where there were retries") {
  MadeUpRun run;
  run.complete(100);
  run.fail(40, "rate_limited", "requests");
  run.add(metrics::kLlmCallDuration, {}, 0.4, 70);
  run.add(metrics::kLlmCallDuration, {}, 6, 30);
  CHECK(evidence_text(run.look("rate_limit")).find("two groups") == std::string::npos);
  run.call(100, 0, 40);
  const auto finding = run.look("rate_limit");
  CHECK(evidence_text(finding).find("two groups: 70% took about ") != std::string::npos);
  CHECK(advises(finding, "retry-after"));
}

TEST_CASE("a spend limit is grave from the first refusal") {
  MadeUpRun run;
  run.complete(100);
  CHECK(run.severity("spend_limit") == "none");
  run.fail(1, "rate_limited", "spend");
  CHECK(run.severity("spend_limit") == "high");
  CHECK(run.severity("rate_limit") == "none");
}
