#include <catch2/catch.hpp>

#include "analysis/made_up_run.h"

using namespace std::chrono_literals;
using namespace tests;

TEST_CASE("what held the client up is graded by how long, of 20 seconds") {
  const auto [held_up, unjudged, severity] = GENERATE(table<int, bool, std::string>({
      {0, false, "none"},
      {2, false, "none"},
      {3, false, "medium"},
      {10, false, "medium"},
      {11, false, "high"},
      {0, true, "low"},
      {1, true, "high"},
  }));
  CAPTURE(held_up, unjudged);
  MadeUpRun run;
  if (held_up > 0) {
    const metrics::Span span{2s, 2s + held_up * 1s};
    run.evidence().client_findings.push_back(
        {metrics::ClientCause::kScript, {span}, {2s, 3s}, "scripts ran for 40ms at a stretch"});
  }
  if (unjudged) run.evidence().unjudged.push_back({"llm_ttft p(95) < 1s", "too near"});
  CHECK(run.severity("client") == severity);
  const std::string text = evidence_text(run.look("client"));
  if (unjudged) CHECK(text.find("not judged: llm_ttft p(95) < 1s: too near") != std::string::npos);
  if (held_up == 3) {
    CHECK(
        text.starts_with("script: scripts ran for 40ms at a stretch at 2s; 3s of the run in all"));
  }
}

TEST_CASE("causes that came together are not added up") {
  MadeUpRun run;
  for (const auto cause : {metrics::ClientCause::kCpu, metrics::ClientCause::kLateReads}) {
    run.evidence().client_findings.push_back({cause, {{2s, 8s}}, {2s, 3s}, "something"});
  }
  CHECK(run.severity("client") == "medium");
}
