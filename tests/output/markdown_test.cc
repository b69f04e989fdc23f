#include "output/markdown.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "output/sample_run.h"

using Catch::Matchers::Contains;
using metrics::Verdict;
using tests::line_with;
using tests::lines_of;
using tests::SampleRun;
using Aggregate = metrics::Threshold::Aggregate;

namespace {

void fill(SampleRun& run) {
  run.add_completed("simple", "claude-haiku-4-5", 180);
  run.add_completed("a|b `c`", "claude-sonnet-4-5", 20);
  run.add_failed("simple", "claude-haiku-4-5", "rate_limited", 12);
  run.add_failed("simple", "claude-haiku-4-5", "timeout", 3);
  run.add(metrics::kChecks, {{"check", "<answered>"}}, 1, 10);
  run.add_threshold("llm_ttft p(95) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
                    {Verdict::kPassed, {0.4, false}, 200, "", ""});
  run.add_threshold("llm_request_failed rate < 1%", metrics::kLlmRequestFailed, Aggregate::kRate,
                    {Verdict::kFailed, {0.07, false}, 215, "", "a note"});
  run.result().exit_code = 99;
}

}  // namespace

TEST_CASE("Markdown says first whether the run passed, and what it cost") {
  SampleRun run;
  fill(run);
  const auto lines = lines_of(output::markdown(run.finish()));
  CHECK(lines[0] == "## ❌ chat.lua: FAILED");
  CHECK(lines[2] == "1 of 2 thresholds failed");
  CHECK_THAT(lines[4], Contains("215 requests (15 failed, 0 censored)") &&
                           Contains("cost &#36;0.2000"));
}

TEST_CASE("Markdown has a table of thresholds, of tasks, of models and of failures by kind") {
  SampleRun run;
  fill(run);
  const std::string text = output::markdown(run.finish());
  CHECK(line_with(text, "`llm_ttft") == "| `llm_ttft p(95) < 2s` | ✅ | 400ms |  |");
  CHECK(line_with(text, "`llm_request_failed") ==
        "| `llm_request_failed rate < 1%` | ❌ | 7% | a note |");
  CHECK(line_with(text, "| simple |").rfind("| simple | 195 | 7.69% | 0 | ", 0) == 0);
  CHECK(line_with(text, "| a&#124;b &#96;c&#96; |").rfind("| a&#124;b &#96;c&#96; | 20 | 0% |", 0) ==
        0);
  CHECK(line_with(text, "| claude-sonnet-4-5 |").rfind("| claude-sonnet-4-5 | 20 |", 0) == 0);
  CHECK(line_with(text, "| rate\\_limited") == "| rate\\_limited | 12 | 5.58% |");
  CHECK(line_with(text, "| timeout") == "| timeout | 3 | 1.4% |");
  CHECK(line_with(text, "&lt;answered&gt;") == "| &lt;answered&gt; | ✅ | 10 | 10 |");
}

TEST_CASE("every row of a table has as many cells as its header") {
  SampleRun run;
  fill(run);
  std::size_t cells = 0;
  for (const std::string& line : lines_of(output::markdown(run.finish()))) {
    const auto bars = static_cast<std::size_t>(std::count(line.begin(), line.end(), '|'));
    if (!line.starts_with("| ")) {
      cells = 0;
      continue;
    }
    if (cells == 0) cells = bars;
    CHECK(bars == cells);
  }
}

TEST_CASE("script errors, warnings and reasons stand there as they are") {
  SampleRun run;
  fill(run);
  run.result().script_errors = {{"chat.lua:7: <b>```", 2}};
  run.result().warnings = {"no price for *x*"};
  run.result().end = output::End::kAborted;
  run.result().end_reason = "enough";
  const std::string text = output::markdown(run.finish());
  CHECK_THAT(text, Contains("````\n2 × chat.lua:7: <b>```\n````\n"));
  CHECK_THAT(text, Contains("- warning: no price for \\*x\\*\n"));
  CHECK_THAT(text, Contains("- ended by: enough\n"));
}

TEST_CASE("a run that could not begin says why") {
  output::RunResult result;
  result.script = "chat.lua";
  result.exit_code = 104;
  result.end_reason = "chat.lua:3: unexpected symbol";
  CHECK_THAT(output::markdown(result),
             Contains("## ❌ chat.lua: CANNOT RUN") && Contains("chat.lua:3: unexpected symbol"));
}

TEST_CASE("a table does not grow without end") {
  std::vector<std::vector<std::string>> rows = {{"name", "n"}};
  for (int i = 0; i < 130; ++i) rows.push_back({"x", "1"});
  const auto lines = lines_of(output::markdown_table(rows));
  CHECK(lines[0] == "| name | n |");
  CHECK(lines[1] == "| --- | ---: |");
  CHECK(lines.size() == 2 + 100 + 1 + 1);
  CHECK(lines[102] == "| … and 30 more |  |");
}
