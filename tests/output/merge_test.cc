#include "output/merge.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <random>

#include "output/result_file.h"
#include "output/sample_run.h"
#include "output/stored_result.h"

using output::Arrangement;
using tests::SampleRun;

namespace {

// What was written of a run, read again.
struct Stored {
  Stored(const output::RunResult& written, std::string name)
      : place(std::move(name)),
        run(*analysis::read_result(tests::json_of(written).dump(), place)),
        result(*output::to_run_result(run, place)) {}

  output::MergePart part() const { return {place, &run, &result}; }

  std::string place;
  analysis::StoredRun run;
  output::RunResult result;
};

nlohmann::json series_of(const output::RunResult& result) {
  return nlohmann::json::parse(tests::json_of(result)["metrics"].dump());
}

// Sums of doubles depend on their order; all else must be equal.
void check_equal(const nlohmann::json& a, const nlohmann::json& b) {
  if (a.is_number_float() || b.is_number_float()) {
    CHECK(a.get<double>() == Approx(b.get<double>()).epsilon(1e-9).margin(1e-9));
  } else if (a.is_structured()) {
    REQUIRE(a.type() == b.type());
    REQUIRE(a.size() == b.size());
    if (a.is_object()) {
      for (const auto& [key, value] : a.items()) check_equal(value, b.at(key));
    } else {
      for (std::size_t i = 0; i < a.size(); ++i) check_equal(a[i], b[i]);
    }
  } else {
    CHECK(a == b);
  }
}

output::Interval row(double elapsed, std::uint64_t vus, double iterations) {
  return {.elapsed_s = elapsed, .vus = vus, .iterations = iterations};
}

}  // namespace

TEST_CASE("merging is the same as one run that counted all") {
  std::mt19937 random(11);
  for (int round = 0; round < 10; ++round) {
    SampleRun whole;
    SampleRun halves[2];
    for (int i = 0; i < 300; ++i) {
      const std::string task(1, static_cast<char>('a' + random() % 3));
      const double value = std::exp(static_cast<double>(random() % 4000) / 1000 - 3);
      SampleRun& half = halves[random() % 2];
      for (SampleRun* run : {&whole, &half}) {
        switch (i % 4) {
          case 0:
            run->add_completed(task, "m", 1);
            break;
          case 1:
            run->add_failed(task, "m", "overloaded");
            break;
          case 2:
            run->add_censored(task, "m", value);
            break;
          default:
            run->add(metrics::kLlmRequestDuration, {{"task", task}}, value);
        }
      }
    }
    const Stored a(halves[0].finish(), "a.json");
    const Stored b(halves[1].finish(), "b.json");
    const std::vector<output::MergePart> parts = {a.part(), b.part()};
    const auto merged = output::merge_runs(parts, Arrangement::kSideBySide);
    REQUIRE(merged);
    check_equal(series_of(merged->result), series_of(whole.finish()));
  }
}

TEST_CASE("time is that of the longest side by side, and the sum in sequence") {
  SampleRun one;
  SampleRun two;
  one.result().elapsed = std::chrono::seconds(20);
  two.result().elapsed = std::chrono::seconds(30);
  two.result().started_at = "2026-01-02T03:04:00Z";
  for (SampleRun* run : {&one, &two}) {
    run->add(metrics::kVusMax, {}, 5);
    run->add(metrics::kIterations, {}, 60);
    run->result().thresholds = {
        {*metrics::parse_threshold("iterations rate > 3/s", run->registry()),
         {.verdict = metrics::Verdict::kFailed, .measured = {}}}};
  }
  const Stored a(one.finish(), "a.json");
  const Stored b(two.finish(), "b.json");
  const std::vector<output::MergePart> parts = {a.part(), b.part()};
  const auto beside = output::merge_runs(parts, Arrangement::kSideBySide);
  REQUIRE(beside);
  CHECK(beside->result.elapsed == std::chrono::seconds(30));
  CHECK(beside->result.workers == 4);
  CHECK(beside->result.started_at == "2026-01-02T03:04:00Z");
  CHECK(beside->store->gauge(metrics::kVusMax).max == 10);
  REQUIRE(beside->result.thresholds.size() == 1);
  CHECK(beside->result.thresholds[0].judgement.measured.value == Approx(4));
  CHECK(beside->result.exit_code == 0);
  const auto sequence = output::merge_runs(parts, Arrangement::kInSequence);
  REQUIRE(sequence);
  CHECK(sequence->result.elapsed == std::chrono::seconds(50));
  CHECK(sequence->result.workers == 2);
  CHECK(sequence->store->gauge(metrics::kVusMax).max == 5);
  CHECK(sequence->result.thresholds[0].judgement.measured.value == Approx(2.4));
  CHECK(sequence->result.exit_code == 99);
}

TEST_CASE("a threshold with a window is not judged, and says why") {
  SampleRun run;
  run.add_completed("a", "m", 10);
  metrics::Threshold threshold = *metrics::parse_threshold("llm_ttft max < 2s", run.registry());
  threshold.window = std::chrono::seconds(10);
  run.result().thresholds = {{threshold, {}}};
  const Stored a(run.finish(), "a.json");
  const std::vector<output::MergePart> parts = {a.part(), a.part()};
  const auto merged = output::merge_runs(parts, Arrangement::kSideBySide);
  REQUIRE(merged->result.thresholds.size() == 1);
  CHECK(merged->result.thresholds[0].judgement.verdict == metrics::Verdict::kNotJudged);
  CHECK_THAT(merged->result.thresholds[0].judgement.reason, Catch::Contains("every second"));
  CHECK(merged->result.exit_code == 98);
}

TEST_CASE("what differs is a warning, and another unit an error") {
  SampleRun one;
  SampleRun two;
  two.result().script = "other.lua";
  two.result().options = {{"vus", 20}};
  two.result().host["cpus"] = 8;
  const Stored a(one.finish(), "a.json");
  const Stored b(two.finish(), "b.json");
  const std::vector<output::MergePart> parts = {a.part(), b.part()};
  const auto merged = output::merge_runs(parts, Arrangement::kSideBySide);
  REQUIRE(merged);
  CHECK(merged->result.warnings ==
        std::vector<std::string>{
            "the runs differ: the script is chat.lua in a.json and other.lua in b.json",
            "the runs differ: the option vus is 10 in a.json and 20 in b.json",
            "the runs differ: the host cpus is 2 in a.json and 8 in b.json"});
  SampleRun trend;
  SampleRun counter;
  trend.add(*trend.registry().declare(
                {.name = "own", .type = metrics::Type::kTrend, .of = "", .meaning = ""}),
            {}, 1);
  counter.add(*counter.registry().declare(
                  {.name = "own", .type = metrics::Type::kCounter, .of = "", .meaning = ""}),
              {}, 1);
  const Stored c(trend.finish(), "c.json");
  const Stored d(counter.finish(), "d.json");
  const std::vector<output::MergePart> others = {c.part(), d.part()};
  const auto refused = output::merge_runs(others, Arrangement::kSideBySide);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::StartsWith("d.json: is of another test: "));
}

TEST_CASE("the gravest end stands, and troubles are kept") {
  SampleRun one;
  SampleRun two;
  one.result().script_errors = {{"boom", 2}};
  two.result().script_errors = {{"boom", 3}};
  two.result().end = output::End::kInterrupted;
  two.result().end_reason = "interrupted by a signal";
  two.result().budget = output::BudgetUse{10, 2, 0};
  const Stored a(one.finish(), "a.json");
  const Stored b(two.finish(), "b.json");
  const std::vector<output::MergePart> parts = {a.part(), b.part()};
  const auto merged = output::merge_runs(parts, Arrangement::kSideBySide);
  REQUIRE(merged);
  CHECK(merged->result.end == output::End::kInterrupted);
  CHECK(merged->result.end_reason == "b.json: interrupted by a signal");
  CHECK(merged->result.script_errors[0].count == 5);
  CHECK(merged->result.budget->limit == 10);
  CHECK(merged->result.exit_code == 105);
}

TEST_CASE("intervals are aligned by elapsed time") {
  SampleRun one;
  SampleRun two;
  metrics::Histogram value;
  value.record(0.5, 3);
  const metrics::CoarseHistogram coarse(value);
  one.add(metrics::kLlmTtft, {}, 0.5);
  two.add(metrics::kLlmTtft, {}, 0.5);
  one.result().elapsed = std::chrono::seconds(4);
  one.result().intervals = {row(1, 5, 10), row(2, 5, 20), row(3, 5, 30), row(4, 5, 40)};
  one.result().interval_series.trends = {
      {metrics::kLlmTtft, "", {coarse, coarse, {}, coarse}, {{}, {}, {}, {}}}};
  one.result().interval_series.failures["timeout"] = {0, 1, 1, 2};
  two.result().intervals = {row(2, 3, 7), row(2.5, 3, 9)};
  two.result().interval_series.trends = {{metrics::kLlmTtft, "", {coarse, coarse}, {{}, {}}}};
  const Stored a(one.finish(), "a.json");
  const Stored b(two.finish(), "b.json");
  const std::vector<output::MergePart> parts = {a.part(), b.part()};
  const auto beside = output::merge_runs(parts, Arrangement::kSideBySide);
  REQUIRE(beside);
  const auto& intervals = beside->result.intervals;
  REQUIRE(intervals.size() == 2);  // As wide as the widest: two seconds.
  CHECK(intervals[0].elapsed_s == 2);
  CHECK(intervals[0].vus == 8);
  CHECK(intervals[0].iterations == 27);
  CHECK(intervals[1].elapsed_s == 4);
  CHECK(intervals[1].iterations == 49);
  const auto& ttft = beside->result.interval_series.trends.at(0);
  CHECK(ttft.values[0].count() == 9);
  CHECK(ttft.values[1].count() == 6);
  CHECK(beside->result.interval_series.failures.at("timeout") == std::vector<double>{1, 2});
  const auto sequence = output::merge_runs(parts, Arrangement::kInSequence);
  REQUIRE(sequence->result.intervals.size() == 4);
  CHECK(sequence->result.intervals[2].elapsed_s == 6);
  CHECK(sequence->result.intervals[2].iterations == 47);
  CHECK(sequence->result.intervals[2].vus == 3);
  CHECK(sequence->result.intervals[3].iterations == 49);
}
