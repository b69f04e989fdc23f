#include "output/stored_result.h"

#include <catch2/catch.hpp>

#include "output/result_file.h"
#include "output/sample_run.h"
#include "output/summary.h"

using tests::SampleRun;

namespace {

// A run with something of everything that a file holds.
void fill(SampleRun& run) {
  run.add_completed("simple", "claude-haiku-4-5", 700);
  run.add_completed("complex", "claude-sonnet-4-5", 3);
  run.add_failed("simple", "claude-haiku-4-5", "overloaded", 2);
  run.add_censored("complex", "claude-sonnet-4-5", 3.5);
  run.add(metrics::kVusMax, {}, 10);
  run.add(metrics::kChecks, {{"check", "answered"}}, 1, 5);
  run.add(metrics::kChecks, {{"check", "answered"}}, 0);
  run.add(metrics::kLlmStalls, {{"task", "simple"}}, 2);
  run.add(metrics::kClientLag, {}, 0.0001, 5000);
  run.add(metrics::kIterations, {}, 700);
  const auto own = run.registry().declare({.name = "queue",
                                           .type = metrics::Type::kTrend,
                                           .unit = metrics::Unit::kTime,
                                           .of = "",
                                           .meaning = ""});
  run.add(*own, {{"kind", "a"}}, 0.25, 3);
  run.add(*own, {{"kind", "b"}}, 0);
  run.add_threshold(
      "llm_ttft{task=simple} p(95) < 2s", metrics::kLlmTtft,
      metrics::Threshold::Aggregate::kPercentile,
      {.verdict = metrics::Verdict::kPassed, .measured = {0.4, false}, .samples = 700});
  run.add_threshold(
      "llm_ttft max < 2s", metrics::kLlmTtft, metrics::Threshold::Aggregate::kMax,
      {.verdict = metrics::Verdict::kFailed, .measured = {3.5, true}, .samples = 706});
  run.result().thresholds.back().threshold.window = std::chrono::seconds(5);
  run.result().thresholds.back().judgement.worst_window =
      metrics::Span{std::chrono::seconds(5), std::chrono::seconds(10)};
  run.result().objectives.push_back(*metrics::parse_objective("llm_ttft < 2s", run.registry()));
  run.add(metrics::kLlmGood, {}, 1, 5);
  run.result().budget = output::BudgetUse{10, 2.5, 0.5};
  run.result().script_errors = {{"chat.lua:7: no\nstack traceback:\n\tchat.lua:7", 3}};
  run.result().hook_errors = {{"teardown", "late"}};
  run.result().failures = {"enough"};
  run.result().warnings = {"no price"};
  run.result().warmup = std::chrono::seconds(2);
  run.result().judged = std::chrono::seconds(18);
  run.result().end = output::End::kBudget;
  run.result().end_reason = "the budget is used up";
  run.result().exit_code = 99;
  run.result().intervals = {{.elapsed_s = 1, .vus = 3, .iterations = 5, .requests_used = 0.5},
                            {.elapsed_s = 2, .vus = 4, .iterations = 9, .cost_usd = 0.25}};
  run.result().intervals[1].client.cpu = 0.95;
  run.result().intervals[1].input_tokens = 70;
  metrics::Histogram ttft;
  ttft.record(0.4, 700);
  ttft.record(2.5);
  run.result().interval_series.failures["overloaded"] = {0, 2};
  run.result().interval_series.trends = {
      {metrics::kLlmTtft, "", {metrics::CoarseHistogram(ttft), {}}, {{}, {}}},
      {metrics::kLlmTtft,
       "{task=simple}",
       {{}, metrics::CoarseHistogram(ttft)},
       {{}, metrics::CoarseHistogram(ttft)}}};
  run.result().interval_series.rates = {{metrics::kChecks, "", {3, 5}, {4, 6}}};
  run.result().client_findings = {{metrics::ClientCause::kCpu,
                                   {{std::chrono::seconds(1), std::chrono::seconds(2)}},
                                   {std::chrono::seconds(1), std::chrono::seconds(2)},
                                   "a worker used 95% of its core"}};
  run.result().thresholds.front().judgement.error_below = 0.25;
  analysis::Definition definition{.profile = "vllm",
                                  .tool = "vLLM",
                                  .statistics = {"mean", "p99"},
                                  .figures = {},
                                  .notes = {"clock"}};
  definition.figures.push_back({.name = "TTFT",
                                .unit = metrics::Unit::kTime,
                                .values = {0.1, 0.2},
                                .count = 7,
                                .explanation = "to the first chunk"});
  definition.figures.push_back(
      {.name = "TPOT", .unit = metrics::Unit::kTime, .explanation = "none here"});
  definition.figures.push_back(
      {.name = "Requests", .values = {5}, .explanation = "all", .single = true});
  run.result().definitions = {definition};
}

}  // namespace

TEST_CASE("a result that is written and read is written the same again, and shown the same") {
  SampleRun sample;
  fill(sample);
  const output::RunResult& written = sample.finish();
  const std::string text = tests::json_of(written).dump();
  const auto run = analysis::read_result(text, "run.json");
  REQUIRE(run);
  const auto read = output::to_run_result(*run, "run.json");
  REQUIRE(read);
  nlohmann::json again = nlohmann::json::parse(tests::json_of(*read).dump());
  nlohmann::json before = nlohmann::json::parse(text);
  before["apart"] = again["apart"];  // Null and empty are the same here.
  CHECK(again == before);
  for (const std::size_t width : {60, 100, 160}) {
    CHECK(output::summary_text(*read, {.width = width}) ==
          output::summary_text(written, {.width = width}));
  }
}

TEST_CASE("a threshold on a metric without samples is shown without a value") {
  SampleRun sample;
  sample.add_completed("simple", "claude-haiku-4-5", 1);
  sample.add_threshold(
      "my_own{a=b} p(95) < 2s", metrics::kLlmTtft, metrics::Threshold::Aggregate::kPercentile,
      {.verdict = metrics::Verdict::kFailed, .measured = {}, .reason = "no samples"});
  const output::RunResult& written = sample.finish();
  const auto run = analysis::read_result(tests::json_of(written).dump(), "run.json");
  const auto read = output::to_run_result(*run, "run.json");
  REQUIRE(read);
  const std::string text = output::summary_text(*read, {});
  CHECK_THAT(text, Catch::Contains("my_own{a=b} p(95) < 2s   -   no samples"));
}

TEST_CASE("a column of another length is named") {
  SampleRun sample;
  fill(sample);
  nlohmann::json file = nlohmann::json::parse(tests::json_of(sample.finish()).dump());
  file["intervals"]["failures"]["overloaded"].push_back(3);
  const auto run = analysis::read_result(file.dump(), "run.json");
  REQUIRE(run);
  CHECK_THAT(output::to_run_result(*run, "run.json").error().message,
             Catch::Contains("intervals.failures.overloaded: has 3 entries where there are 2"));
}

TEST_CASE("a file of schema version 1 is read, and shown as it was then") {
  const std::string path = FIXTURES "/results/version-1.json";
  const auto run = analysis::read_result_file(path);
  REQUIRE(run);
  const auto read = output::to_run_result(*run, path);
  REQUIRE(read);
  CHECK(run->store->counter(metrics::kLlmRequests) == 15);
  REQUIRE(read->intervals.size() == 3);
  CHECK(read->intervals.back().llm_requests == 15);
  CHECK(read->intervals.back().llm_requests_failed == 1);
  CHECK(read->interval_series.trends.empty());
  CHECK(read->definitions.size() == 1);
  const std::string text = output::summary_text(*read, {});
  CHECK_THAT(text, Catch::Contains("15 requests (1 failed, 0 censored)"));
  // Written again, it is of the present version.
  const auto again = analysis::read_result(tests::json_of(*read).dump(), "again.json");
  REQUIRE(again);
  CHECK(output::summary_text(*output::to_run_result(*again, "again.json"), {}) == text);
}

TEST_CASE("a field of another type is named") {
  SampleRun sample;
  nlohmann::json file = nlohmann::json::parse(tests::json_of(sample.finish()).dump());
  file["run"]["seed"] = "no";
  const auto run = analysis::read_result(file.dump(), "run.json");
  REQUIRE(run);
  CHECK_THAT(output::to_run_result(*run, "run.json").error().message,
             Catch::StartsWith("run.json: is damaged: ") && Catch::Contains("number"));
}

TEST_CASE("a threshold may have other space around its metric's name") {
  SampleRun sample;
  sample.add_threshold("\tmy_own\tavg < 2s", metrics::kLlmTtft, metrics::Threshold::Aggregate::kAvg,
                       {.verdict = metrics::Verdict::kFailed, .measured = {}});
  const auto run = analysis::read_result(tests::json_of(sample.finish()).dump(), "run.json");
  CHECK(output::to_run_result(*run, "run.json"));
}

TEST_CASE("a file of an earlier perigee has no definitions and nothing of the client") {
  SampleRun sample;
  sample.result().intervals = {{.elapsed_s = 1}};
  nlohmann::json file = nlohmann::json::parse(tests::json_of(sample.finish()).dump());
  file.erase("definitions");
  file.erase("client");
  file["intervals"].erase("client");
  const auto run = analysis::read_result(file.dump(), "run.json");
  const auto read = output::to_run_result(*run, "run.json");
  REQUIRE(read);
  CHECK(read->definitions.empty());
}
