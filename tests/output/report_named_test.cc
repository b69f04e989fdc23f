#include <catch2/catch.hpp>
#include <cmath>

#include "output/report_course.h"
#include "output/sample_run.h"

using metrics::CoarseHistogram;
using metrics::Histogram;
using output::named_trends_over_time;
using tests::SampleRun;
using Aggregate = metrics::Threshold::Aggregate;

namespace {

const std::vector<output::CourseSubject> kDrawn = {
    {"time-ttft", "Time to first token", metrics::kLlmTtft}};
const metrics::Selector kSimple = {{{"task", metrics::Selector::Op::kEqual, "simple"}}};

// Three seconds of 1000 values each: `first` in the first, twice that in the second, …
void add_trend(output::RunResult& result, metrics::MetricId metric, const std::string& selector,
               double first) {
  if (result.intervals.empty()) {
    result.intervals.resize(3);
    for (std::size_t i = 0; i < 3; ++i) result.intervals[i].elapsed_s = static_cast<double>(i + 1);
  }
  output::IntervalTrend trend{metric, selector, {}, {}};
  for (int i = 1; i <= 3; ++i) {
    Histogram histogram;
    histogram.record(first * i, 1000);
    trend.values.emplace_back(histogram);
    trend.lower_bounds.emplace_back();
  }
  result.interval_series.trends.push_back(std::move(trend));
}

void add_threshold(SampleRun& run, metrics::MetricId metric, const metrics::Selector& selector,
                   double percentile, double limit) {
  run.add_threshold("its source", metric, Aggregate::kPercentile, {});
  metrics::Threshold& threshold = run.result().thresholds.back().threshold;
  threshold.selector = selector;
  threshold.percentile = percentile;
  threshold.limit = limit;
}

}  // namespace

TEST_CASE(
    "What a threshold selects of a drawn metric has a chart with the threshold's percentile") {
  SampleRun run;
  add_trend(run.result(), metrics::kLlmTtft, "", 0.1);
  add_trend(run.result(), metrics::kLlmTtft, kSimple.to_string(), 0.2);
  add_threshold(run, metrics::kLlmTtft, kSimple, 99, 0.5);
  add_threshold(run, metrics::kLlmTtft, kSimple, 99, 0.7);
  add_threshold(run, metrics::kLlmTtft, {}, 95, 0.5);
  const auto charts = named_trends_over_time(run.finish(), kDrawn);
  REQUIRE(charts.size() == 1);
  CHECK(charts[0].title == "Time to first token: by selector");
  REQUIRE(charts[0].series.size() == 1);
  CHECK(charts[0].series[0].label == "{task=simple} p99");
  CHECK(charts[0].series[0].values[1] == Approx(0.4));
  REQUIRE(charts[0].limits.size() == 2);
  CHECK(charts[0].limits[0].value == 0.5);
  CHECK(charts[0].caption == "Highest: {task=simple} p99 600ms from 2s to 3s.");
}

TEST_CASE("An objective on a metric without a chart gets one") {
  SampleRun run;
  add_trend(run.result(), metrics::kLlmTtft, "", 0.1);
  add_trend(run.result(), metrics::kLlmTpot, "", 0.01);
  run.result().objectives = {
      {"llm_ttft < 1s", metrics::kLlmTtft, metrics::Threshold::Op::kLess, 1},
      {"llm_tpot < 20ms", metrics::kLlmTpot, metrics::Threshold::Op::kLess, 0.02}};
  const auto charts = named_trends_over_time(run.finish(), kDrawn);
  REQUIRE(charts.size() == 1);
  CHECK(charts[0].title == "llm_tpot");
  CHECK(charts[0].unit == "s");
  CHECK(charts[0].series.at(0).label == "p95");
  CHECK(charts[0].limits.at(0).label == "llm_tpot < 20ms");
}

TEST_CASE("A chart has at most six lines, and says how many it lacks") {
  SampleRun run;
  for (int i = 0; i < 8; ++i) {
    const metrics::Selector task = {
        {{"task", metrics::Selector::Op::kEqual, "t" + std::to_string(i)}}};
    add_trend(run.result(), metrics::kLlmTtft, task.to_string(), 0.1);
    add_threshold(run, metrics::kLlmTtft, task, 95, 1);
  }
  const auto charts = named_trends_over_time(run.finish(), kDrawn);
  REQUIRE(charts.size() == 1);
  CHECK(charts[0].series.size() == 6);
  CHECK(charts[0].caption.find("2 more are not drawn.") != std::string::npos);
}

TEST_CASE("A threshold on what never had a sample has no chart") {
  SampleRun run;
  add_trend(run.result(), metrics::kLlmTtft, "", 0.1);
  add_threshold(run, metrics::kLlmTtft, kSimple, 95, 1);
  CHECK(named_trends_over_time(run.finish(), kDrawn).empty());
}
