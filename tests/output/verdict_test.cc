#include "output/verdict.h"

#include <catch2/catch.hpp>

#include "output/sample_run.h"

using metrics::Threshold;
using metrics::Verdict;
using output::End;
using output::headline;
using output::RunResult;

namespace {

RunResult ended_with(int exit_code, const std::vector<Verdict>& verdicts = {}) {
  RunResult result;
  result.exit_code = exit_code;
  for (const Verdict verdict : verdicts) {
    metrics::Judgement judgement;
    judgement.verdict = verdict;
    result.thresholds.push_back({Threshold{}, judgement});
  }
  return result;
}

std::string line(const RunResult& result) {
  const output::Headline head = headline(result);
  return head.label + ": " + head.detail;
}

constexpr Verdict kPassed = Verdict::kPassed;
constexpr Verdict kFailed = Verdict::kFailed;
constexpr Verdict kNotJudged = Verdict::kNotJudged;

}  // namespace

TEST_CASE("a passed run says what it passed") {
  CHECK(line(ended_with(0)) == "PASSED: no thresholds were set");
  CHECK(line(ended_with(0, {kPassed})) == "PASSED: the threshold passed");
  CHECK(line(ended_with(0, {kPassed, kPassed})) == "PASSED: all 2 thresholds passed");
}

TEST_CASE("a failed run counts the thresholds that failed and that were not judged") {
  CHECK(line(ended_with(99, {kFailed, kPassed, kPassed})) == "FAILED: 1 of 3 thresholds failed");
  CHECK(line(ended_with(99, {kFailed, kNotJudged, kFailed})) ==
        "FAILED: 2 of 3 thresholds failed, 1 could not be judged");
  CHECK(line(ended_with(99, {kFailed})) == "FAILED: 1 of 1 threshold failed");
}

TEST_CASE("a run that a threshold ended says so") {
  RunResult result = ended_with(99, {kFailed, kPassed});
  result.end = End::kThresholdAbort;
  CHECK(line(result) == "FAILED: 1 of 2 thresholds failed; the run was ended for it");
}

TEST_CASE("a run that could not be judged is neither good nor bad") {
  const RunResult result = ended_with(98, {kNotJudged, kPassed});
  CHECK(line(result) == "NOT JUDGED: 1 of 2 thresholds could not be judged");
  CHECK(headline(result).tone == output::Headline::Tone::kUnsure);
}

TEST_CASE("an interrupted run says what held until then") {
  CHECK(line(ended_with(105)) == "INTERRUPTED: the run was stopped before its end");
  RunResult result = ended_with(105, {kPassed, kPassed});
  result.end_reason = "SIGINT after 12s";
  CHECK(line(result) == "INTERRUPTED: SIGINT after 12s; until then all 2 thresholds passed");
}

TEST_CASE("script errors are counted, and a set-up that failed is named") {
  RunResult result = ended_with(107);
  result.script_errors = {{"a.lua:1: boom", 1200}, {"a.lua:2: bang", 34}};
  CHECK(line(result) == "SCRIPT ERRORS: 1,234 errors in the script");
  result.script_errors = {{"a.lua:1: boom", 1}};
  CHECK(line(result) == "SCRIPT ERRORS: 1 error in the script");
  result.end = End::kSetupFailed;
  result.end_reason = "a.lua:1: boom";
  CHECK(line(result) == "SCRIPT ERRORS: set-up failed: a.lua:1: boom");
  result.end_reason = "a.lua:1: boom\nstack traceback:\n\t[C]: in function 'error'";
  CHECK(line(result) == "SCRIPT ERRORS: set-up failed: a.lua:1: boom");
  result.end = End::kWatchdog;
  result.end_reason = "VU 3, task chat, a.lua:9";
  CHECK(line(result) == "SCRIPT ERRORS: the script did not yield: VU 3, task chat, a.lua:9");
}

TEST_CASE("a hook that failed after the load is named, beside the script's other errors") {
  RunResult result = ended_with(107);
  result.hook_errors = {{"teardown", "a.lua:5: boom\nstack traceback:"}};
  CHECK(line(result) == "SCRIPT ERRORS: teardown failed: a.lua:5: boom");
  result.hook_errors.push_back({"summary", "did not end within 2m00s"});
  result.script_errors = {{"a.lua:1: bang", 2}};
  CHECK(line(result) ==
        "SCRIPT ERRORS: 2 errors in the script; teardown failed: a.lua:5: boom; summary failed: "
        "did not end within 2m00s");
}

TEST_CASE("runs that ended otherwise give the reason") {
  RunResult aborted = ended_with(108);
  aborted.end_reason = "no model";
  CHECK(line(aborted) == "ABORTED: no model");
  CHECK(line(ended_with(108)) == "ABORTED: the script ended the run");
  RunResult marked = ended_with(110);
  marked.failures = {"wrong answer", "another", "a third"};
  CHECK(line(marked) == "MARKED AS FAILED: wrong answer (and 2 more)");
  RunResult broken = ended_with(1);
  broken.end_reason = "out of memory";
  CHECK(line(broken) == "INTERNAL ERROR: out of memory");
  CHECK(line(ended_with(77)) == "NOT PASSED: exit code 77");
}

TEST_CASE("each exit code has a verdict of its own in the result file") {
  std::vector<std::string_view> names;
  for (const int code : {0, 1, 98, 99, 104, 105, 107, 108, 110, 77}) {
    names.push_back(output::verdict_name(code));
  }
  CHECK(names == std::vector<std::string_view>{"passed", "internal_error", "not_judged", "failed",
                                               "bad_options", "interrupted", "script_errors",
                                               "aborted", "marked_as_failed", "unknown"});
}

TEST_CASE("the gravest of what a run came to is its exit code, unless it is allowed") {
  RunResult result;
  const auto code = [&result](output::Allowances allowed = {}) {
    return output::exit_code_of(result, allowed);
  };
  CHECK(code() == output::kExitPassed);
  const auto judged = [](Verdict verdict) {
    output::JudgedThreshold threshold;
    threshold.judgement.verdict = verdict;
    return threshold;
  };
  result.thresholds.push_back(judged(Verdict::kNotJudged));
  CHECK(code() == output::kExitNotJudged);
  CHECK(code({.unjudged = true}) == output::kExitPassed);
  result.thresholds.push_back(judged(Verdict::kFailed));
  CHECK(code({.unjudged = true}) == output::kExitFailed);
  result.failures = {"enough"};
  CHECK(code() == output::kExitMarkedAsFailed);
  result.script_errors = {{"boom", 1}};
  CHECK(code() == output::kExitScriptErrors);
  CHECK(code({.script_errors = true}) == output::kExitMarkedAsFailed);
  result.hook_errors = {{"teardown", "late"}};
  CHECK(code({.script_errors = true}) == output::kExitScriptErrors);
  result.end = End::kInterrupted;
  CHECK(code() == output::kExitInterrupted);
  result.end = End::kAborted;
  CHECK(code() == output::kExitAborted);
}

TEST_CASE("the gravest of several codes is the first of the order that a run's own follows") {
  const auto gravest = [](std::vector<int> codes) { return output::gravest(codes); };
  CHECK(gravest({}) == 0);
  CHECK(gravest({0, 0}) == 0);
  CHECK(gravest({0, 98, 99, 0}) == 99);
  CHECK(gravest({99, 110}) == 110);
  CHECK(gravest({110, 107, 105}) == 105);
  CHECK(gravest({105, 108}) == 108);
  CHECK(gravest({108, 104}) == 104);
  CHECK(gravest({104, 1, 98}) == 1);
}
