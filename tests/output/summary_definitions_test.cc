#include <catch2/catch.hpp>

#include "output/sample_run.h"
#include "output/summary.h"

using tests::SampleRun;

namespace {

analysis::Definition small_definition() {
  analysis::Definition definition{.profile = "vllm",
                                  .tool = "vLLM (vllm bench serve)",
                                  .statistics = {"mean", "median", "p99"},
                                  .figures = {},
                                  .notes = {"clock: from before connecting"}};
  definition.figures.push_back({.name = "TTFT",
                                .unit = metrics::Unit::kTime,
                                .values = {0.1, 0.09, 0.2},
                                .count = 1234,
                                .explanation = "to the first chunk with a choice"});
  definition.figures.push_back(
      {.name = "TPOT", .unit = metrics::Unit::kTime, .explanation = "no answer had two tokens"});
  definition.figures.push_back({.name = "Request throughput (req/s)",
                                .values = {2.5},
                                .explanation = "over the whole run",
                                .single = true});
  return definition;
}

}  // namespace

TEST_CASE("a run as another tool would report it stands at the end, named and explained") {
  SampleRun sample;
  sample.add_completed("simple", "claude-haiku-4-5", 5);
  sample.result().definitions = {small_definition()};
  const std::string text = output::summary_text(sample.finish(), {});
  const auto header = tests::line_with(text, "as vllm would report it");
  CHECK_THAT(header, Catch::Contains("mean") && Catch::Contains("p99") && Catch::Contains("count"));
  const std::string section = text.substr(text.find("as vllm would report it"));
  CHECK_THAT(section, Catch::Contains("TTFT") && Catch::Contains("100ms") &&
                          Catch::Contains("90.0ms") && Catch::Contains("1,234"));
  CHECK_THAT(tests::line_with(section, "TPOT  "), Catch::Contains("-"));
  CHECK_THAT(section, Catch::Contains("  TTFT: to the first chunk with a choice\n"));
  CHECK_THAT(section, Catch::Contains("  Request throughput (req/s) 2.5: over the whole run\n"));
  CHECK_THAT(section, Catch::Contains("vLLM (vllm bench serve), and how it differs"));
  CHECK_THAT(section, Catch::Contains("  clock: from before connecting\n"));
}

TEST_CASE("another tool's percentiles are marked where they rest on too few samples") {
  SampleRun sample;
  analysis::Definition definition = small_definition();
  definition.statistics = {"mean", "p(90)", "p99.9"};
  definition.figures[0].count = 64;
  sample.result().definitions = {definition};
  const std::string text = output::summary_text(sample.finish(), {});
  CHECK_THAT(tests::line_with(text, "  TTFT "), Catch::Contains("100ms  90.0ms   200ms~     64"));
  CHECK_THAT(text, Catch::Contains("\n~ fewer samples than the percentile wants"));
  definition.figures[0].count = 6636;
  sample.result().definitions = {definition};
  CHECK_THAT(output::summary_text(sample.result(), {}), !Catch::Contains("~"));
}

TEST_CASE("what a script's summary prints does not hide what was asked for by name") {
  SampleRun sample;
  sample.add_completed("simple", "claude-haiku-4-5", 5);
  sample.result().definitions = {small_definition()};
  sample.result().own_summary = {{"stdout", "mine"}};
  std::string text;
  output::Summary summary([&text](std::string_view piece) { text += piece; }, {});
  summary.on_end(sample.finish());
  CHECK_THAT(text, Catch::StartsWith("mine\n") && Catch::Contains("as vllm would report it"));
}

TEST_CASE("a run that no other tool was named for has no such section") {
  SampleRun sample;
  sample.add_completed("simple", "claude-haiku-4-5", 5);
  CHECK_THAT(output::summary_text(sample.finish(), {}), !Catch::Contains("would report it"));
}
