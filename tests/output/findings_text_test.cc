#include "output/findings_text.h"

#include <catch2/catch.hpp>

#include "output/sample_run.h"

using analysis::Finding;
using analysis::Severity;
using namespace tests;

namespace {

const Finding kFinding = {.rule = "queueing",
                          .severity = Severity::kHigh,
                          .title = "The first token comes late",
                          .evidence = {"2 VUs: 100ms", "20 VUs: {a}_b* <1k | `x`"},
                          .advice = {"add capacity there"}};

}  // namespace

TEST_CASE("a finding has its numbers and advice below it") {
  SampleRun run;
  run.add_completed("a", "m", 12);
  const output::RunResult& result = run.finish();
  CHECK(output::findings_text(result, {kFinding}, {.width = 60}) ==
        "chat.lua: passed, 20.0s, 12 requests\n"
        "1 finding, the gravest first.\n"
        "\n"
        "HIGH    The first token comes late (queueing)\n"
        "        - 2 VUs: 100ms\n"
        "        - 20 VUs: {a}_b* <1k | `x`\n"
        "        → add capacity there\n");
}

TEST_CASE("no line is wider than the page") {
  SampleRun run;
  Finding finding = kFinding;
  finding.title = "A title of many words that does not fit into a line of so few columns at all";
  finding.evidence.push_back(finding.title);
  for (const std::string& line :
       lines_of(output::findings_text(run.finish(), {finding}, {.width = 40}))) {
    CAPTURE(line);
    CHECK(output::width_of(line) <= 40);
  }
}

TEST_CASE("where nothing was found a line says so") {
  SampleRun run;
  const std::string text = output::findings_text(run.finish(), {}, {});
  CHECK(text.find("No bottleneck was found by any of ") != std::string::npos);
}

TEST_CASE("what Markdown would take for its own is escaped") {
  SampleRun run;
  const std::string text = output::findings_markdown(run.finish(), {kFinding});
  CHECK(text.find("### high: The first token comes late\n") != std::string::npos);
  CHECK(text.find("- 20 VUs: \\{a\\}\\_b\\* \\<1k \\| \\`x\\`\n") != std::string::npos);
  CHECK(text.find("What to do:\n\n- add capacity there\n") != std::string::npos);
}

TEST_CASE("the summary names findings in a line each, and nothing where there are none") {
  SampleRun healthy;
  healthy.add_completed("a", "m", 100);
  output::Page page({});
  output::add_findings_in_short(page, healthy.finish());
  CHECK(page.take_text().empty());
  SampleRun limited;
  limited.add_completed("a", "m", 100);
  limited.add_failed("a", "m", "rate_limited", 50);
  output::add_findings_in_short(page, limited.finish());
  CHECK(page.take_text().starts_with(
      "findings\n  HIGH    The provider's rate limit was reached\n  with --json FILE"));
}
