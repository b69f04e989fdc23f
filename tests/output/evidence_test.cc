#include "output/evidence.h"

#include <catch2/catch.hpp>

#include "output/sample_run.h"

using tests::SampleRun;

namespace {

metrics::CoarseHistogram one_value(double value) {
  metrics::Histogram histogram;
  histogram.record(value);
  return metrics::CoarseHistogram(histogram);
}

// Two intervals, the second of which has all that the first one has and as much again.
void add_course(output::RunResult& result) {
  output::Interval first;
  first.elapsed_s = 1;
  first.vus = 5;
  first.output_tokens = 100;
  first.cache_write_tokens = 40;
  output::Interval second = first;
  second.elapsed_s = 3;
  second.output_tokens = 300;
  result.intervals = {first, second};
  result.interval_series.failures["timeout"] = {2, 2};
  result.interval_series.failures["reset"] = {0, 3};
  result.interval_series.trends.push_back(
      {metrics::kLlmTtft, "", {one_value(0.4), {}}, {{}, one_value(5)}});
  result.interval_series.trends.push_back(
      {metrics::kLlmItl, "{task=a}", {one_value(9), one_value(9)}, {{}, {}}});
}

}  // namespace

TEST_CASE("a moment has what was added within its interval") {
  SampleRun run;
  add_course(run.result());
  const auto course = output::evidence_of(run.finish()).course;
  REQUIRE(course.size() == 2);
  CHECK(course[0].begin_s == 0);
  CHECK(course[0].end_s == 1);
  CHECK(course[0].output_tokens == 100);
  CHECK(course[0].cache_write_tokens == 40);
  CHECK(course[0].failures == std::map<std::string, double>{{"timeout", 2}});
  CHECK(course[0].ttft.max() == 0.4);
  CHECK(course[1].begin_s == 1);
  CHECK(course[1].vus == 5);
  CHECK(course[1].output_tokens == 200);
  CHECK(course[1].cache_write_tokens == 0);
  CHECK(course[1].failures == std::map<std::string, double>{{"reset", 3}});
  CHECK(course[1].ttft.max() == 5);  // Known from below alone, and not left out.
  CHECK(course[1].itl.empty());      // A selector's part is not the whole.
}

TEST_CASE("a run whose file tells no course has moments without distributions") {
  SampleRun run;
  run.result().intervals.resize(2);
  const auto course = output::evidence_of(run.finish()).course;
  REQUIRE(course.size() == 2);
  CHECK(course[1].ttft.empty());
}

TEST_CASE("thresholds that were not judged are evidence, others are none") {
  SampleRun run;
  metrics::Judgement open;
  open.verdict = metrics::Verdict::kNotJudged;
  open.reason = "too near";
  run.add_threshold("llm_ttft p(95) < 1s", metrics::kLlmTtft,
                    metrics::Threshold::Aggregate::kPercentile, open);
  run.add_threshold("llm_ttft p(95) < 9s", metrics::kLlmTtft,
                    metrics::Threshold::Aggregate::kPercentile, {});
  const auto evidence = output::evidence_of(run.finish());
  REQUIRE(evidence.unjudged.size() == 1);
  CHECK(evidence.unjudged[0].threshold == "llm_ttft p(95) < 1s");
  CHECK(evidence.unjudged[0].reason == "too near");
}
