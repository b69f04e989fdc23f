#include "output/claims.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "output/sample_run.h"
#include "output/verdict.h"

using metrics::Verdict;
using output::Claim;
using output::End;
using tests::SampleRun;
using Aggregate = metrics::Threshold::Aggregate;
using Status = Claim::Status;

namespace {

const Claim& find(const std::vector<Claim>& claims, const std::string& kind,
                  const std::string& name = "") {
  const auto found = std::find_if(claims.begin(), claims.end(), [&](const Claim& claim) {
    return claim.kind == kind && (name.empty() || claim.name == name);
  });
  REQUIRE(found != claims.end());
  return *found;
}

std::size_t failing(const std::vector<Claim>& claims) {
  return static_cast<std::size_t>(std::count_if(
      claims.begin(), claims.end(), [](const Claim& claim) { return claim.fails_the_run(); }));
}

void add_threshold(SampleRun& run, Verdict verdict, const std::string& reason = "") {
  run.add_threshold("llm_ttft p(95) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
                    {verdict, {0.4, false}, 10, reason, ""});
}

// Its exit code as a run would come to it.
const output::RunResult& judged(SampleRun& run, const output::Allowances& allowed = {}) {
  run.add_completed("chat", "m", 10);
  run.result().exit_code = output::exit_code_of(run.result(), allowed);
  return run.finish();
}

}  // namespace

TEST_CASE("a run that passes holds every claim") {
  SampleRun run;
  add_threshold(run, Verdict::kPassed);
  run.add(metrics::kChecks, {{"check", "answered"}}, 1, 10);
  const auto claims = output::claims_of(judged(run));
  CHECK(claims.size() == 4);
  CHECK(failing(claims) == 0);
  CHECK(find(claims, "threshold").message == "400ms");
  CHECK(find(claims, "check", "answered").message == "10 of 10 (100%)");
}

TEST_CASE("every way to an exit code other than 0 fails a claim") {
  SampleRun run;
  auto& result = run.result();
  std::string kind;
  std::string type;
  SECTION("a threshold failed") {
    add_threshold(run, Verdict::kFailed);
    kind = type = "threshold";
  }
  SECTION("a threshold was not judged") {
    add_threshold(run, Verdict::kNotJudged, "blurred");
    kind = "threshold";
    type = "not_judged";
  }
  SECTION("script errors") {
    result.script_errors = {{"chat.lua:7: boom\ntraceback", 3}};
    kind = "script_errors";
    type = "script_error";
  }
  SECTION("a hook failed") {
    result.hook_errors = {{"teardown", "chat.lua:9: gone"}};
    kind = "hook";
    type = "teardown";
  }
  SECTION("the script marked it") {
    result.failures = {"no answer had a joke"};
    kind = "mark";
    type = "marked_as_failed";
  }
  SECTION("it did not come to its end") {
    result.end = GENERATE(End::kInterrupted, End::kAborted, End::kSetupFailed, End::kWatchdog);
    kind = "end";
    type = output::to_string(result.end);
  }
  const auto claims = output::claims_of(judged(run));
  REQUIRE(result.exit_code != 0);
  CHECK(failing(claims) == 1);
  CHECK(find(claims, kind).fails_the_run());
  CHECK(find(claims, kind).type == type);
  CHECK(!find(claims, kind).message.empty());
}

TEST_CASE("a code for which nothing else stands is a claim of its own") {
  SampleRun run;
  auto& result = run.result();
  result.exit_code = output::kExitInternalError;
  result.end_reason = "--json: disk full";
  add_threshold(run, Verdict::kFailed);
  const auto claims = output::claims_of(run.finish());
  CHECK(failing(claims) == 2);
  CHECK(find(claims, "exit_code").name == "exit code 1");
  CHECK(find(claims, "exit_code").message == "--json: disk full");
}

TEST_CASE("a script that could not be run has one claim") {
  output::RunResult result;
  result.exit_code = output::kExitBadOptions;
  result.end_reason = "chat.lua:3: unexpected symbol\nmore";
  const auto claims = output::claims_of(result);
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].name == "the script can be run");
  CHECK(claims[0].message == "chat.lua:3: unexpected symbol");
  CHECK(claims[0].detail == "chat.lua:3: unexpected symbol\nmore");
}

TEST_CASE("what the run let pass fails nothing and is still told") {
  SampleRun run;
  add_threshold(run, Verdict::kNotJudged, "blurred");
  run.result().script_errors = {{"chat.lua:7: boom", 3}};
  const auto claims = output::claims_of(judged(run, {.script_errors = true, .unjudged = true}));
  CHECK(failing(claims) == 0);
  CHECK(find(claims, "threshold").status == Status::kAllowed);
  CHECK(find(claims, "script_errors").status == Status::kAllowed);
  CHECK(find(claims, "script_errors").message == "3 × chat.lua:7: boom");
}

TEST_CASE("a check that failed is told, and fails no run") {
  SampleRun run;
  run.add(metrics::kChecks, {{"check", "answered"}}, 1, 7);
  run.add(metrics::kChecks, {{"check", "answered"}}, 0, 3);
  const auto claims = output::claims_of(judged(run));
  CHECK(failing(claims) == 0);
  CHECK(find(claims, "check").status == Status::kAllowed);
  CHECK(find(claims, "check").message.rfind("7 of 10 (70%)", 0) == 0);
}

TEST_CASE("no two claims of a kind have one name") {
  SampleRun run;
  add_threshold(run, Verdict::kPassed);
  add_threshold(run, Verdict::kPassed);
  const auto claims = output::claims_of(judged(run));
  CHECK(find(claims, "threshold", "llm_ttft p(95) < 2s (2)").status == Status::kHeld);
}
