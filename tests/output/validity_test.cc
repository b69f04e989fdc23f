#include "output/validity.h"

#include <catch2/catch.hpp>

#include "output/sample_run.h"

using output::validity_of;
using tests::SampleRun;
using Tone = output::Headline::Tone;

namespace {

void add_reads(SampleRun& run, std::uint64_t count) {
  run.add(metrics::kClientLag, {}, 0.0001, count);
}

}  // namespace

TEST_CASE("A client that kept up is believed") {
  SampleRun run;
  add_reads(run, 500);
  output::Legend legend;
  const auto validity = validity_of(run.finish(), legend);
  CHECK(validity.tone == Tone::kGood);
  CHECK(validity.answer.substr(0, 4) == "Yes:");
  REQUIRE(!validity.grounds.empty());
  CHECK(validity.grounds[0].find("100us") != std::string::npos);
}

TEST_CASE("Few reads are no ground for a verdict") {
  SampleRun run;
  add_reads(run, 499);
  output::Legend legend;
  const auto validity = validity_of(run.finish(), legend);
  CHECK(validity.tone == Tone::kUnsure);
  CHECK(validity.answer.find("499 reads") != std::string::npos);
}

TEST_CASE("A client that was held up is believed in part, with cause and advice") {
  SampleRun run;
  add_reads(run, 5000);
  const metrics::Span span{std::chrono::seconds(4), std::chrono::seconds(7)};
  const metrics::Span worst{std::chrono::seconds(5), std::chrono::seconds(6)};
  run.result().client_findings = {
      {metrics::ClientCause::kCpu, {span}, worst, "a worker used 99% of its core"}};
  output::Legend legend;
  const auto validity = validity_of(run.finish(), legend);
  CHECK(validity.tone == Tone::kUnsure);
  CHECK(validity.answer.substr(0, 8) == "Only in ");
  CHECK(validity.grounds[0] == "a worker used 99% of its core at 5s (3s in all).");
  REQUIRE(validity.advice.size() == 1);
  CHECK(validity.advice[0].find("--threads") != std::string::npos);
}

TEST_CASE("Blurred gaps cost the inter-token latency its credit") {
  SampleRun run;
  add_reads(run, 5000);
  run.add(metrics::kLlmItl, {}, 0.01, 97);
  run.add(metrics::kLlmItlCoalesced, {}, 3);
  output::Legend legend;
  const auto validity = validity_of(run.finish(), legend);
  CHECK(validity.tone == Tone::kUnsure);
  CHECK(validity.answer.find("inter-token latency") != std::string::npos);
}

TEST_CASE("Nothing received is nothing to believe") {
  SampleRun run;
  output::Legend legend;
  CHECK(validity_of(run.finish(), legend).tone == Tone::kUnsure);
  CHECK(validity_of(output::RunResult{}, legend).tone == Tone::kUnsure);
}
