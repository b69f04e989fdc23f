#include <catch2/catch.hpp>

#include "analysis/made_up_run.h"

using namespace tests;

namespace {

// A ramp from 2 VUs to 10, whose last seconds have these medians; the first have 0.1 s and 10 ms.
void add_ramp(MadeUpRun& run, double ttft, double itl, std::uint64_t count = 20) {
  run.second(2, 0.1, 0.01, count);
  run.second(5, 0.1, 0.01, count);
  run.second(8, ttft, itl, count);
  run.second(10, ttft, itl, count);
}

}  // namespace

TEST_CASE("what grows with the VUs is graded by how much") {
  const auto [ttft, itl, queueing, saturation] =
      GENERATE(table<double, double, std::string, std::string>({
          {0.1, 0.01, "none", "none"},
          {0.14, 0.014, "none", "none"},
          {0.16, 0.01, "medium", "none"},
          {0.29, 0.01, "medium", "none"},
          {0.31, 0.01, "high", "none"},
          {0.1, 0.016, "none", "medium"},
          {0.1, 0.019, "none", "medium"},
          {0.1, 0.021, "none", "high"},
          {0.31, 0.021, "high", "high"},
      }));
  CAPTURE(ttft, itl);
  MadeUpRun run;
  add_ramp(run, ttft, itl);
  CHECK(run.severity("queueing") == queueing);
  CHECK(run.severity("output_saturation") == saturation);
}

TEST_CASE("one number of VUs, few tokens or no course support nothing") {
  MadeUpRun steady;
  for (int i = 0; i < 10; ++i) steady.second(i < 5 ? 6 : 10, i < 5 ? 0.1 : 1, 0.01);
  CHECK(steady.severity("queueing") == "none");
  MadeUpRun few;
  add_ramp(few, 1, 0.1, 9);
  CHECK(few.severity("queueing") == "none");
  CHECK(few.severity("output_saturation") == "none");
  MadeUpRun unknown;
  unknown.complete(100);
  CHECK(unknown.severity("queueing") == "none");
}

TEST_CASE("the steps of VUs are the evidence") {
  MadeUpRun run;
  add_ramp(run, 0.4, 0.01);
  CHECK(evidence_text(run.look("queueing")) ==
        "2 VUs: time to first token 100ms, between tokens 10.0ms (p50), 100 output tokens/s\n"
        "5 VUs: time to first token 100ms, between tokens 10.0ms (p50), 100 output tokens/s\n"
        "8 to 10 VUs: time to first token 400ms, between tokens 10.0ms (p50), 100 output "
        "tokens/s\n");
}

TEST_CASE("where the client was held up too, what grows with the VUs may be its own") {
  MadeUpRun run;
  add_ramp(run, 0.4, 0.03);
  const std::string part = "some of this may be its own";
  CHECK(evidence_text(run.look("queueing")).find(part) == std::string::npos);
  run.evidence().client_findings.push_back({metrics::ClientCause::kCpu, {}, {}, "busy"});
  CHECK(evidence_text(run.look("queueing")).find(part) != std::string::npos);
  CHECK(evidence_text(run.look("output_saturation")).find(part) != std::string::npos);
}

TEST_CASE("stalls are graded by how many there are for each request") {
  const auto [requests, stalls, severity] = GENERATE(table<int, int, std::string>({
      {10, 2, "none"},
      {300, 3, "none"},
      {299, 3, "medium"},
      {100, 5, "medium"},
      {100, 6, "high"},
  }));
  CAPTURE(requests, stalls);
  MadeUpRun run;
  run.complete(static_cast<std::uint64_t>(requests));
  run.add(metrics::kLlmStalls, {}, stalls);
  CHECK(run.severity("stalls") == severity);
}

TEST_CASE("the intervals of long gaps are named") {
  MadeUpRun run;
  run.complete(20);
  run.add(metrics::kLlmStalls, {}, 10);
  for (int i = 0; i < 10; ++i) run.second(5, 0.4, i == 3 || i == 7 ? 1.5 : 0.01);
  CHECK(evidence_text(run.look("stalls")).find("ended within 3s to 4s, 7s to 8s\n") !=
        std::string::npos);
}
