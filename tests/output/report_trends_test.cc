#include <catch2/catch.hpp>
#include <cmath>

#include "output/report_course.h"
#include "output/sample_run.h"

using metrics::CoarseHistogram;
using metrics::Histogram;
using output::percentiles_over_time;
using tests::SampleRun;

namespace {

constexpr output::CourseSubject kTtft = {"time-ttft", "Time to first token", metrics::kLlmTtft};

CoarseHistogram of(double value, std::uint64_t count) {
  Histogram histogram;
  if (count > 0) histogram.record(value, count);
  return CoarseHistogram(histogram);
}

// A second for each entry: as many values as said, of 0.1 s in the first, 0.2 s in the second, …
output::RunResult& add_course(SampleRun& run, const std::vector<std::uint64_t>& counts) {
  output::RunResult& result = run.result();
  output::IntervalTrend trend{metrics::kLlmTtft, "", {}, {}};
  for (std::size_t i = 0; i < counts.size(); ++i) {
    result.intervals.emplace_back();
    result.intervals.back().elapsed_s = static_cast<double>(i + 1);
    trend.values.push_back(of(0.1 * static_cast<double>(i + 1), counts[i]));
    trend.lower_bounds.emplace_back();
  }
  result.interval_series.trends.push_back(std::move(trend));
  return result;
}

metrics::Threshold p95_below(double limit) {
  metrics::Threshold threshold;
  threshold.source = "llm_ttft p(95) < limit";
  threshold.metric = metrics::kLlmTtft;
  threshold.aggregate = metrics::Threshold::Aggregate::kPercentile;
  threshold.percentile = 95;
  threshold.limit = limit;
  return threshold;
}

}  // namespace

TEST_CASE("Each span of a run has its own percentiles") {
  SampleRun run;
  const auto chart = percentiles_over_time(add_course(run, {1000, 1000, 1000}), kTtft);
  REQUIRE(chart);
  CHECK(chart->ends == std::vector<double>{1, 2, 3});
  REQUIRE(chart->series.size() == 3);
  for (const output::ChartSeries& series : chart->series) {
    CHECK(series.values == std::vector<double>{0.1, 0.2, 0.30000000000000004});
    CHECK(series.signs.empty());
  }
  CHECK(chart->caption.find("lowest 100ms from 0s to 1s, highest 300ms from 2s to 3s") !=
        std::string::npos);
}

TEST_CASE("A span without samples is a gap, and one with few is marked") {
  SampleRun run;
  const auto chart = percentiles_over_time(add_course(run, {1000, 0, 100}), kTtft);
  REQUIRE(chart);
  const output::ChartSeries& median = chart->series[0];
  CHECK(std::isnan(median.values[1]));
  CHECK(median.signs.empty());  // 100 are enough for it.
  CHECK(chart->series[1].signs == std::map<std::size_t, std::string>{{2, "~"}});
}

TEST_CASE("What unfinished requests could raise is marked as a lower bound") {
  SampleRun run;
  output::RunResult& result = add_course(run, {1000, 1000});
  result.interval_series.trends[0].lower_bounds[1] = of(0.15, 30);
  const auto chart = percentiles_over_time(result, kTtft);
  REQUIRE(chart);
  CHECK(chart->series[0].signs.empty());
  CHECK(chart->series[2].signs == std::map<std::size_t, std::string>{{1, "≥"}});
}

TEST_CASE("A threshold's limit is drawn where it lies near the values") {
  SampleRun run;
  output::RunResult& result = add_course(run, {1000, 1000});
  result.thresholds = {{p95_below(0.4), {}}, {p95_below(10), {}}};
  result.thresholds.push_back({p95_below(0.3), {}});
  result.thresholds.back().threshold.selector = {
      {{"task", metrics::Selector::Op::kEqual, "simple"}}};
  const auto chart = percentiles_over_time(result, kTtft);
  REQUIRE(chart);
  REQUIRE(chart->limits.size() == 1);
  CHECK(chart->limits[0].value == 0.4);
  CHECK(chart->highest >= 0.4);
}

TEST_CASE("Spans grow until most have the samples that a p95 wants") {
  SampleRun run;
  const std::vector<std::uint64_t> sparse(120, 2);  // 240 in all.
  const auto chart = percentiles_over_time(add_course(run, sparse), kTtft);
  REQUIRE(chart);
  CHECK(chart->ends.size() == 24);
}

TEST_CASE("Without distributions there is no chart of them") {
  SampleRun run;
  CHECK_FALSE(percentiles_over_time(run.result(), kTtft));
  CHECK_FALSE(percentiles_over_time(add_course(run, {100, 0, 0}), kTtft));
}
