#include "analysis/indicator_course.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "analysis/runs_of_figures.h"
#include "metrics/builtin.h"

using analysis::indicator_course;
using metrics::Threshold;
using tests::FiguresRun;

namespace {

analysis::Indicator indicator(metrics::MetricId metric, Threshold::Aggregate aggregate,
                              double percentile = 0) {
  static const metrics::Registry registry;
  Threshold measure;
  measure.metric = metric;
  measure.aggregate = aggregate;
  measure.percentile = percentile;
  return analysis::make_indicator(registry, measure);
}

double of_all(const analysis::IndicatorCourse& course) {
  std::vector<double> sums(course.rows.front().size(), 0.0);
  for (const auto& row : course.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) sums[i] += row[i];
  }
  return course.statistic(sums);
}

FiguresRun run_of(std::size_t seconds) {
  std::vector<metrics::Histogram> course(seconds);
  for (std::size_t i = 0; i < seconds; ++i) {
    for (int k = 1; k <= 100; ++k) course[i].record(0.001 * k);
  }
  FiguresRun run;
  run.add_course("llm_ttft", course);
  auto& intervals = run.document["intervals"];
  nlohmann::json requests = nlohmann::json::array();
  nlohmann::json failed = nlohmann::json::array();
  for (std::size_t i = 1; i <= seconds; ++i) {
    requests.push_back(100 * i);
    failed.push_back(5 * i);
  }
  intervals["llm_requests"] = requests;
  intervals["rates"].push_back({{"metric", "llm_request_failed"},
                                {"selector", ""},
                                {"trues", failed},
                                {"totals", requests}});
  return run;
}

}  // namespace

TEST_CASE("a quantile lies evenly within its bucket on a logarithmic scale") {
  // Buckets (1, 2] and (2, 4] at scale 0, ten values each.
  const std::vector<double> counts = {0, 10, 10};
  CHECK(analysis::quantile_of(counts, 0, 0, 0.5) == Approx(2));
  CHECK(analysis::quantile_of(counts, 0, 0, 0.75) == Approx(2 * std::sqrt(2.0)));
  CHECK(analysis::quantile_of(counts, 0, 0, 1) == Approx(4));
  CHECK(analysis::quantile_of(std::vector<double>{10, 10}, 0, 0, 0.4) == 0);
  CHECK(std::isnan(analysis::quantile_of(std::vector<double>{0, 0}, 0, 0, 0.5)));
}

TEST_CASE("a course adds up to the run's own figure") {
  const auto run = run_of(20).read("a.json");
  const auto median =
      indicator_course(indicator(metrics::kLlmTtft, Threshold::Aggregate::kMed), run.run);
  REQUIRE(median);
  CHECK(median->rows.size() == 20);
  CHECK(of_all(*median) == Approx(0.05).epsilon(0.01));
  const auto mean =
      indicator_course(indicator(metrics::kLlmTtft, Threshold::Aggregate::kAvg), run.run);
  CHECK(of_all(*mean) == Approx(0.0505));
  const auto requests =
      indicator_course(indicator(metrics::kLlmRequests, Threshold::Aggregate::kRate), run.run);
  CHECK(of_all(*requests) == Approx(100));
  const auto failed =
      indicator_course(indicator(metrics::kLlmRequestFailed, Threshold::Aggregate::kRate), run.run);
  CHECK(of_all(*failed) == Approx(0.05));
}

TEST_CASE("intervals are made as long as the longest, and none is lost") {
  FiguresRun run = run_of(24);
  auto& intervals = run.document["intervals"];
  // Two seconds each for the first ten, then one second, and half a second at the end; the last
  // second and a half stand for two.
  nlohmann::json ends = nlohmann::json::array();
  double end = 0;
  for (int i = 0; i < 24; ++i) ends.push_back(end += i < 10 ? 2 : i < 23 ? 1 : 0.5);
  intervals["elapsed_s"] = ends;
  const auto read = run.read("a.json");
  const auto course =
      indicator_course(indicator(metrics::kLlmTtft, Threshold::Aggregate::kMed), read.run);
  REQUIRE(course);
  CHECK(course->rows.size() == 10 + 7);
  double values = 0;
  for (const auto& row : course->rows) values += row[1];
  CHECK(values == 2400);
  // The warm-up's are left out.
  run.document["run"]["warmup_s"] = 4.0;
  const auto warm = run.read("a.json");
  CHECK(indicator_course(indicator(metrics::kLlmTtft, Threshold::Aggregate::kMed), warm.run)
            ->rows.size() == 8 + 7);
}

TEST_CASE("histograms of several scales come together at the coarsest") {
  FiguresRun run = run_of(12);
  auto& histograms = run.document["intervals"]["trends"][0]["histograms"];
  // The same values at scale 4 from the third second on: eight buckets become one.
  for (std::size_t i = 3; i < histograms.size(); ++i) {
    std::map<int, int> coarse;
    int index = 0;
    for (std::size_t k = 0; k < histograms[i]["counts"].size(); ++k) {
      index += histograms[i]["index_deltas"][k].get<int>();
      coarse[static_cast<int>(std::floor(index / 8.0))] += histograms[i]["counts"][k].get<int>();
    }
    nlohmann::json deltas = nlohmann::json::array();
    nlohmann::json counts = nlohmann::json::array();
    int before = 0;
    for (const auto& [bucket, count] : coarse) {
      deltas.push_back(bucket - before);
      counts.push_back(count);
      before = bucket;
    }
    histograms[i]["scale"] = 4;
    histograms[i]["index_deltas"] = deltas;
    histograms[i]["counts"] = counts;
  }
  const auto read = run.read("a.json");
  const auto course =
      indicator_course(indicator(metrics::kLlmTtft, Threshold::Aggregate::kMed), read.run);
  REQUIRE(course);
  CHECK(of_all(*course) == Approx(0.05).epsilon(0.03));
}

TEST_CASE("what hangs on single values has no course") {
  const auto run = run_of(20).read("a.json");
  for (const auto aggregate : {Threshold::Aggregate::kMax, Threshold::Aggregate::kStddev}) {
    const auto course = indicator_course(indicator(metrics::kLlmTtft, aggregate), run.run);
    REQUIRE_FALSE(course);
    CHECK_THAT(course.error().message, Catch::Contains("hangs on single values"));
  }
  CHECK_FALSE(
      indicator_course(indicator(metrics::kLlmStalls, Threshold::Aggregate::kCount), run.run));
  CHECK_FALSE(indicator_course(indicator(metrics::kLlmItl, Threshold::Aggregate::kMed), run.run));
}
