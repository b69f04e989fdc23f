#include "output/annotations.h"

#include <catch2/catch.hpp>

#include "output/sample_run.h"

using metrics::Verdict;
using tests::SampleRun;
using Aggregate = metrics::Threshold::Aggregate;

namespace {

std::string of(SampleRun& run) { return output::annotations(run.finish()); }

}  // namespace

TEST_CASE("a run with nothing to say is not annotated") {
  SampleRun run;
  CHECK(of(run).empty());
}

TEST_CASE("a failed threshold is an error, one that was not judged a warning") {
  SampleRun run;
  run.add_completed("chat", "m", 10);
  run.add_threshold("llm_ttft p(95) < 2s", metrics::kLlmTtft, Aggregate::kPercentile,
                    {Verdict::kFailed, {2.5, false}, 300, "", ""});
  run.add_threshold("llm_request_failed rate < 1%", metrics::kLlmRequestFailed, Aggregate::kRate,
                    {Verdict::kNotJudged, {0, false}, 0, "too few, 3", ""});
  run.result().exit_code = 99;
  CHECK(of(run) ==
        "::error file=chat.lua,title=Threshold failed::llm_ttft p(95) < 2s: measured 2.50s\n"
        "::warning file=chat.lua,title=Threshold not judged::llm_request_failed rate < 1%25: not "
        "judged: too few, 3\n");
}

TEST_CASE("a script error points to its line") {
  SampleRun run;
  run.result().script = "a,b/chat.lua";
  run.result().script_errors = {{"a,b/chat.lua:7: boom\n  traceback", 3}};
  run.result().exit_code = 107;
  CHECK(of(run) ==
        "::error file=a%2Cb/chat.lua,line=7,title=Script error::3 × a,b/chat.lua:7: boom%0A  "
        "traceback%0A\n");
}

TEST_CASE("a script of the library's has no file to point to") {
  SampleRun run;
  run.result().script = "embedded:perigee.internal.quick";
  run.result().warnings = {"no price is known"};
  CHECK(of(run) == "::warning title=Warning::no price is known\n");
}

TEST_CASE("a run that was cut short, or never began, is an error") {
  SampleRun run;
  run.result().end = output::End::kAborted;
  run.result().end_reason = "enough: seen 3";
  run.result().exit_code = 108;
  CHECK(of(run) == "::error file=chat.lua,title=The run was ended%3A aborted::enough: seen 3\n");
  output::RunResult refused;
  refused.script = "chat.lua";
  refused.exit_code = 104;
  refused.end_reason = "chat.lua:3: unexpected symbol";
  CHECK(output::annotations(refused) ==
        "::error file=chat.lua,line=3,title=Not run::chat.lua:3: unexpected symbol\n");
}
