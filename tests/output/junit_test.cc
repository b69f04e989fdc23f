#include "output/junit.h"

#include <catch2/catch.hpp>

#include "output/sample_run.h"

using Catch::Matchers::Contains;
using metrics::Verdict;
using tests::line_with;
using tests::SampleRun;
using Aggregate = metrics::Threshold::Aggregate;

namespace {

void fill(SampleRun& run) {
  run.add_completed("chat", "m", 10);
  run.add_failed("chat", "m", "rate_limited", 12);
  run.add_failed("chat", "m", "timeout");
  run.add_censored("chat", "m", 3);
  run.add_threshold("llm_ttft p(95) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
                    {Verdict::kFailed, {2.5, false}, 300, "", "a note"});
  run.result().script = "suite/chat_test.lua";
  run.result().exit_code = 99;
}

}  // namespace

TEST_CASE("a run is a testsuite with its numbers") {
  SampleRun run;
  fill(run);
  const output::JunitSuite suite = output::junit_suite(run.finish());
  CHECK(suite.tests == 3);
  CHECK(suite.failures == 1);
  CHECK(suite.errors == 0);
  CHECK(tests::lines_of(suite.xml)[0] ==
        "  <testsuite name=\"suite/chat_test.lua\" tests=\"3\" failures=\"1\" errors=\"0\" "
        "skipped=\"0\" time=\"20.000\" timestamp=\"2026-01-02T03:04:05\">");
}

TEST_CASE("a failed threshold is a failure that says what was measured") {
  SampleRun run;
  fill(run);
  const std::string xml = output::junit_suite(run.finish()).xml;
  CHECK(line_with(xml, "threshold llm_ttft") ==
        "    <testcase name=\"threshold llm_ttft p(95) &lt; 2s\" classname=\"suite.chat_test\" "
        "time=\"0.000\">");
  CHECK(line_with(xml, "<failure") ==
        "      <failure message=\"measured 2.50s; a note\" type=\"threshold\">measured 2.50s; a "
        "note</failure>");
}

TEST_CASE("the script of a command that brings its own is called by the command") {
  SampleRun run;
  run.result().script = "embedded:perigee.internal.quick";
  const std::string xml = output::junit_suite(run.finish()).xml;
  CHECK_THAT(xml, Contains("<testsuite name=\"perigee quick\""));
  CHECK_THAT(xml, Contains("classname=\"perigee quick\""));
}

TEST_CASE("each kind of failure stands there with its count") {
  SampleRun run;
  fill(run);
  const std::string xml = output::junit_suite(run.finish()).xml;
  for (const char* property :
       {"name=\"llm_requests\" value=\"24\"", "name=\"llm_requests.completed\" value=\"10\"",
        "name=\"llm_requests.failed\" value=\"13\"", "name=\"llm_requests.censored\" value=\"1\"",
        "name=\"llm_requests.failed.rate_limited\" value=\"12\"",
        "name=\"llm_requests.failed.timeout\" value=\"1\"", "name=\"exit_code\" value=\"99\""}) {
    CHECK_THAT(xml, Contains(property));
  }
}

TEST_CASE("names and messages cannot break the document") {
  SampleRun run;
  run.add(metrics::kChecks, {{"check", "<b> & \"c\" \x1b\xFF"}}, 1);
  run.result().script_errors = {{"a.lua:1: ]]> <x>\nsecond", 1}};
  run.result().exit_code = 107;
  const std::string xml = output::junit_suite(run.finish()).xml;
  CHECK_THAT(xml, Contains("check &lt;b&gt; &amp; &quot;c&quot; \uFFFD\uFFFD\""));
  CHECK_THAT(xml, Contains("]]&gt; &lt;x&gt;\nsecond"));
  CHECK(xml.find('\x1b') == std::string::npos);
}

TEST_CASE("a document adds its suites up") {
  SampleRun run;
  fill(run);
  const auto suite = output::junit_suite(run.finish());
  const auto skipped = output::junit_not_run("b_test.lua", "--fail-fast", false);
  const auto missing = output::junit_not_run("c_test.lua", "interrupted", true);
  CHECK(skipped.skipped == 1);
  CHECK(missing.errors == 1);
  const std::string xml = output::junit_document({suite, skipped, missing}, "perigee test");
  CHECK(line_with(xml, "<testsuites") ==
        "<testsuites name=\"perigee test\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\" "
        "time=\"20.000\">");
  CHECK_THAT(xml, Contains("<skipped message=\"not run: --fail-fast\"/>"));
}
