#include <catch2/catch.hpp>
#include <cmath>

#include "output/report_course.h"
#include "output/sample_run.h"

using output::rates_over_time;
using tests::SampleRun;
using Totals = std::vector<std::uint64_t>;

namespace {

void add_rate(output::RunResult& result, metrics::MetricId metric, const std::string& selector,
              Totals trues, Totals totals) {
  result.intervals.resize(totals.size());
  for (std::size_t i = 0; i < totals.size(); ++i) {
    result.intervals[i].elapsed_s = static_cast<double>(i + 1);
  }
  result.interval_series.rates.push_back({metric, selector, std::move(trues), std::move(totals)});
}

}  // namespace

TEST_CASE("A rate's chart has each span's own share, and a gap where nothing was counted") {
  SampleRun run;
  run.add_completed("simple", "haiku", 15);
  run.add_failed("simple", "haiku", "timeout", 5);
  add_rate(run.result(), metrics::kLlmRequestFailed, "", {0, 5, 5}, {10, 20, 20});
  const auto charts = rates_over_time(run.finish());
  REQUIRE(charts.size() == 1);
  CHECK(charts[0].title == "Requests that failed");
  const std::vector<double>& shares = charts[0].series.at(0).values;
  CHECK(shares[0] == 0);
  CHECK(shares[1] == 0.5);
  CHECK(std::isnan(shares[2]));
  CHECK(charts[0].caption == "25% in all: 5 of 20. Highest 50% from 1s to 2s.");
}

TEST_CASE("Shares that never change have no chart") {
  SampleRun run;
  run.add_completed("simple", "haiku", 20);
  run.add(metrics::kChecks, {{"check", "answered"}}, 1, 20);
  add_rate(run.result(), metrics::kLlmRequestFailed, "", {0, 0}, {10, 20});
  add_rate(run.result(), metrics::kChecks, "", {10, 20}, {10, 20});
  CHECK(rates_over_time(run.finish()).empty());
}

TEST_CASE("Of HTTP's failures there is a chart where not all of its requests are LLM requests") {
  SampleRun run;
  run.add_completed("simple", "haiku", 15);
  run.add_failed("simple", "haiku", "timeout", 5);
  run.add(metrics::kHttpReqFailed, {}, 0, 25);
  add_rate(run.result(), metrics::kLlmRequestFailed, "", {0, 5}, {10, 20});
  add_rate(run.result(), metrics::kHttpReqFailed, "", {0, 5}, {10, 20});
  CHECK(rates_over_time(run.finish()).size() == 1);
  run.result().interval_series.rates[1].totals = {12, 25};
  CHECK(rates_over_time(run.result()).size() == 2);
}

TEST_CASE("A threshold on a rate draws what it selects, with its limit") {
  SampleRun run;
  run.add(metrics::kChecks, {{"check", "a"}}, 1, 18);
  run.add(metrics::kChecks, {{"check", "a"}}, 0, 2);
  run.add_threshold("checks{check=a} rate > 95%", metrics::kChecks,
                    metrics::Threshold::Aggregate::kRate, {});
  metrics::Threshold& threshold = run.result().thresholds.back().threshold;
  threshold.selector = {{{"check", metrics::Selector::Op::kEqual, "a"}}};
  threshold.limit = 0.95;
  add_rate(run.result(), metrics::kChecks, "", {9, 18}, {10, 20});
  add_rate(run.result(), metrics::kChecks, threshold.selector.to_string(), {9, 18}, {10, 20});
  const auto charts = rates_over_time(run.finish());
  REQUIRE(charts.size() == 1);
  REQUIRE(charts[0].series.size() == 2);
  CHECK(charts[0].series[0].label == "checks");
  CHECK(charts[0].series[1].label == threshold.selector.to_string());
  REQUIRE(charts[0].limits.size() == 1);
  CHECK(charts[0].limits[0].value == 0.95);
  CHECK(charts[0].highest <= 1);
  CHECK(charts[0].caption == "90% in all: 18 of 20. Lowest 90% from 0s to 1s.");
}
