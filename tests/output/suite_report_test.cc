#include "output/suite_report.h"

#include <catch2/catch.hpp>

#include "output/sample_run.h"

using Catch::Matchers::Contains;
using metrics::Verdict;
using tests::line_with;
using tests::lines_of;
using tests::SampleRun;
using Aggregate = metrics::Threshold::Aggregate;

namespace {

output::SuiteEntry passed() {
  SampleRun run;
  run.add_completed("chat", "m", 10);
  run.result().script = "a_test.lua";
  return output::suite_entry(run.finish());
}

output::SuiteEntry failed() {
  SampleRun run;
  run.add_completed("chat", "m", 20);
  run.add_failed("chat", "m", "timeout", 5);
  run.add_threshold("llm_ttft p(95) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
                    {Verdict::kFailed, {2.5, false}, 20, "", ""});
  run.add_threshold("llm_requests count > 1", metrics::kLlmRequests, Aggregate::kCount,
                    {Verdict::kPassed, {25, false}, 25, "", ""});
  run.result().script = "b_test.lua";
  run.result().exit_code = 99;
  return output::suite_entry(run.finish());
}

output::SuiteEntry refused() {
  output::RunResult result;
  result.script = "c_test.lua";
  result.exit_code = 104;
  result.end_reason = "c_test.lua:1: unexpected symbol";
  return output::suite_entry(result);
}

std::string text_of(const std::vector<output::SuiteEntry>& entries, int code) {
  return output::suite_text(entries, code, {});
}

}  // namespace

TEST_CASE("a suite says how many of its scripts passed, and what became of each") {
  const std::string text = text_of({passed(), failed(), refused()}, 104);
  CHECK(lines_of(text)[0] == "CANNOT RUN   1 of 3 scripts passed");
  CHECK_THAT(line_with(text, "a_test.lua"), Contains("passed") && Contains("$0.0100"));
  CHECK_THAT(line_with(text, "b_test.lua"), Contains("1 of 2 failed") && Contains("25"));
  CHECK_THAT(line_with(text, "c_test.lua"), Contains("cannot run"));
  CHECK_THAT(line_with(text, "all "), Contains("35") && Contains("$0.0300") && Contains("40.0s"));
  CHECK_THAT(text, Contains("  ✗ llm_ttft p(95) < 2s: measured 2.50s\n"));
  CHECK_THAT(text, Contains("  ✗ c_test.lua:1: unexpected symbol\n"));
}

TEST_CASE("a suite that passes says no more than that") {
  const auto lines = lines_of(text_of({passed()}, 0));
  CHECK(lines[0] == "PASSED   1 script passed");
  CHECK(lines.size() == 4);
}

TEST_CASE("scripts that were not run are counted and say why") {
  const auto rest = output::not_run_entry("d_test.lua", "--fail-fast", false);
  const std::string text = text_of({failed(), rest}, 99);
  CHECK(lines_of(text)[0] == "FAILED   0 of 2 scripts passed, 1 not run");
  CHECK_THAT(text, Contains("d_test.lua\n  not run: --fail-fast\n"));
}

TEST_CASE("a suite's Markdown has its table and a section for each script") {
  const auto rest = output::not_run_entry("d_test.lua", "--fail-fast", false);
  const std::string text = output::suite_markdown({passed(), failed(), rest}, 99);
  CHECK(lines_of(text)[0] == "## ❌ Suite: 1 of 3 scripts passed, 1 not run");
  CHECK_THAT(line_with(text, "| b\\_test.lua"), Contains("| ❌ failed | 1 of 2 failed | 25 | 5 |"));
  CHECK_THAT(text, Contains("### ❌ b\\_test.lua: FAILED") &&
                       Contains("### ⏭️ d\\_test.lua: not run"));
}

TEST_CASE("a suite's Markdown keeps to the size that GitHub takes, and says what it left out") {
  output::SuiteEntry large = passed();
  large.markdown = std::string(400'000, 'x');
  const std::string text = output::suite_markdown({large, large, large, large}, 0);
  CHECK(text.size() < 1'000'000);
  CHECK_THAT(text, Catch::Matchers::EndsWith("The sections of 2 scripts had no room here.\n"));
}

TEST_CASE("a suite's JUnit document has a testsuite for each script") {
  const std::string xml = output::suite_junit({passed(), failed(), refused()});
  CHECK_THAT(line_with(xml, "<testsuites"),
             Contains("tests=\"7\" failures=\"1\" errors=\"1\" skipped=\"0\" time=\"40.000\""));
  CHECK_THAT(xml, Contains("name=\"c_test.lua\""));
}

TEST_CASE("an empty part of a suite passes") {
  CHECK(text_of({}, 0) == "PASSED   there was no script to run\n");
  CHECK_THAT(output::suite_junit({}), Contains("tests=\"0\""));
}
