#include "output/course.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <random>

#include "metrics/builtin.h"
#include "output/sample_run.h"

using output::Course;

namespace {

constexpr base::Duration kSecond = std::chrono::seconds(1);

// Records into a shard and hands its seconds to a course.
class CourseRun {
 public:
  explicit CourseRun(const std::vector<std::string>& thresholds = {})
      : thresholds_(parsed(thresholds)) {}

  void add(metrics::MetricId metric, const metrics::TagSet& tags, double value,
           std::uint64_t count = 1) {
    shard_.add(metric, shard_.intern(tags), value, count);
  }
  void add_lower_bound(metrics::MetricId metric, double value) {
    shard_.add_lower_bound(metric, 0, value);
  }

  void end_second(metrics::ClientSecond client = {}, bool apart = false) {
    std::vector<metrics::Delta> deltas;
    deltas.push_back(shard_.take_delta());
    deltas.back().apart = apart;
    course_.on_second(++seconds_ * kSecond, deltas, client);
  }

  const Course& course() const { return course_; }
  metrics::Registry& registry() { return registry_; }

  const output::IntervalTrend* trend(metrics::MetricId metric, const std::string& selector) const {
    for (const auto& trend : course_.series().trends) {
      if (trend.metric == metric && trend.selector == selector) return &trend;
    }
    return nullptr;
  }

 private:
  std::vector<metrics::Threshold> parsed(const std::vector<std::string>& sources) const {
    std::vector<metrics::Threshold> thresholds;
    for (const std::string& source : sources) {
      thresholds.push_back(*metrics::parse_threshold(source, registry_));
    }
    return thresholds;
  }

  metrics::Registry registry_;
  metrics::Shard shard_{registry_};
  std::vector<metrics::Threshold> thresholds_;
  Course course_{registry_, thresholds_};
  int seconds_ = 0;
};

}  // namespace

TEST_CASE("an interval has totals since the start, and distributions of its own") {
  CourseRun run;
  run.add(metrics::kLlmRequests, {}, 2);
  run.add(metrics::kHttpReqs, {{"outcome", "completed"}}, 2);
  run.add(metrics::kLlmRequestFailed, {}, 0, 2);
  run.add(metrics::kLlmTtft, {{"task", "a"}}, 0.5, 2);
  run.add(metrics::kVus, {}, 3);
  run.end_second();
  run.add(metrics::kLlmRequests, {}, 1);
  run.add(metrics::kHttpReqs, {{"outcome", "failed"}, {"error", "overloaded"}}, 1);
  run.add(metrics::kLlmRequestFailed, {}, 1);
  run.add(metrics::kLlmInputTokens, {}, 70);
  run.add_lower_bound(metrics::kLlmTtft, 4);
  run.end_second();
  const auto& intervals = run.course().intervals();
  REQUIRE(intervals.size() == 2);
  CHECK(intervals[0].elapsed_s == 1);
  CHECK(intervals[0].llm_requests == 2);
  CHECK(intervals[0].vus == 3);
  CHECK(intervals[1].llm_requests == 3);
  CHECK(intervals[1].http_reqs == 3);
  CHECK(intervals[1].llm_requests_failed == 1);
  CHECK(intervals[1].input_tokens == 70);
  CHECK(intervals[1].vus == 3);
  const auto& series = run.course().series();
  CHECK(series.failures == std::map<std::string, std::vector<double>>{{"overloaded", {0, 1}}});
  const auto* ttft = run.trend(metrics::kLlmTtft, "");
  REQUIRE(ttft != nullptr);
  CHECK(ttft->values[0].count() == 2);
  CHECK(ttft->values[1].empty());
  CHECK(ttft->lower_bounds[0].empty());
  CHECK(ttft->lower_bounds[1].max() == 4);
  REQUIRE(series.rates.size() == 1);
  CHECK(series.rates[0].trues == std::vector<std::uint64_t>{0, 1});
  CHECK(series.rates[0].totals == std::vector<std::uint64_t>{2, 3});
}

TEST_CASE("selectors of thresholds have a course of their own, each once") {
  CourseRun run({"llm_ttft{task=a} p(95) < 2s", "llm_ttft{task=a} avg < 1s", "llm_ttft max < 9s",
                 "checks{check=b} rate > 90%", "llm_itl{task=none} avg < 1s"});
  run.add(metrics::kLlmTtft, {{"task", "a"}}, 0.5);
  run.add(metrics::kLlmTtft, {{"task", "b"}}, 0.7, 2);
  run.add(metrics::kLlmItl, {{"task", "b"}}, 0.01);
  run.add(metrics::kChecks, {{"check", "b"}}, 1);
  run.add(metrics::kChecks, {{"check", "c"}}, 1);
  run.end_second();
  const auto& series = run.course().series();
  CHECK(series.trends.size() == 3);
  CHECK(run.trend(metrics::kLlmTtft, "")->values[0].count() == 3);
  CHECK(run.trend(metrics::kLlmTtft, "{task=a}")->values[0].count() == 1);
  CHECK(run.trend(metrics::kLlmItl, "{task=none}") == nullptr);
  REQUIRE(series.rates.size() == 2);
  CHECK(series.rates[0].totals[0] == 2);
  CHECK(series.rates[1].selector == "{check=b}");
  CHECK(series.rates[1].totals[0] == 1);
}

TEST_CASE("what is counted apart is in no interval, and the VUs of a warm-up are") {
  CourseRun run;
  run.add(metrics::kLlmRequests, {}, 2);
  run.add(metrics::kLlmTtft, {}, 0.5);
  run.add(metrics::kVus, {}, 7);
  run.end_second({}, true);
  REQUIRE(run.course().intervals().size() == 1);
  CHECK(run.course().intervals()[0].llm_requests == 0);
  CHECK(run.course().intervals()[0].vus == 7);
  CHECK(run.course().series().trends.empty());
}

TEST_CASE("beyond 300 seconds neighbours are merged, and nothing is lost or counted twice") {
  CourseRun run;
  constexpr int kSeconds = 3601;
  for (int second = 1; second <= kSeconds; ++second) {
    run.add(metrics::kIterations, {}, 10);
    run.add(metrics::kLlmTtft, {}, 0.001 * second, 10);
    run.add(metrics::kChecks, {}, second % 2, 10);
    // Failures begin in the middle of a run.
    if (second > 1800) {
      run.add(metrics::kHttpReqs, {{"outcome", "failed"}, {"error", "timeout"}}, 1);
    }
    metrics::ClientSecond client;
    client.lag_max = second == 777 ? 5 : 0.001;
    run.end_second(client);
    REQUIRE(run.course().intervals().size() <= Course::kMostIntervals);
  }
  const auto& intervals = run.course().intervals();
  const auto& series = run.course().series();
  REQUIRE(intervals.size() > Course::kMostIntervals / 2);
  const auto* ttft = run.trend(metrics::kLlmTtft, "");
  REQUIRE(ttft->values.size() == intervals.size());
  double before = 0;
  std::uint64_t values = 0;
  int worst = 0;
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    CHECK(intervals[i].elapsed_s - before <= 16);
    CHECK(intervals[i].iterations == 10 * intervals[i].elapsed_s);
    CHECK(ttft->values[i].count() == 10 * (intervals[i].elapsed_s - before));
    CHECK(ttft->values[i].max() == Approx(0.001 * intervals[i].elapsed_s));
    CHECK(ttft->values[i].min() == Approx(0.001 * (before + 1)));
    CHECK(series.rates[0].totals[i] == 10 * intervals[i].elapsed_s);
    CHECK(series.failures.at("timeout")[i] == std::max(0.0, intervals[i].elapsed_s - 1800));
    if (intervals[i].client.lag_max == 5) {
      ++worst;
      CHECK(before < 777);
      CHECK(intervals[i].elapsed_s >= 777);
    }
    values += ttft->values[i].count();
    before = intervals[i].elapsed_s;
  }
  CHECK(before == kSeconds);
  CHECK(values == 10 * kSeconds);
  CHECK(worst == 1);
}

TEST_CASE("an hour of every trend with 20 tag sets each makes a file of less than 5 MB") {
  metrics::Registry registry;
  const std::vector<metrics::Threshold> thresholds = {
      *metrics::parse_threshold("llm_ttft{task=t1} p(95) < 2s", registry)};
  metrics::Shard shard(registry);
  metrics::Store store(registry);
  Course course(registry, thresholds);
  std::vector<metrics::MetricId> trends;
  std::vector<metrics::MetricId> rates;
  for (metrics::MetricId id = 0; id < registry.size(); ++id) {
    if (registry.at(id).type == metrics::Type::kTrend) trends.push_back(id);
    if (registry.at(id).type == metrics::Type::kRate) rates.push_back(id);
  }
  std::vector<metrics::TagsId> sets;
  for (int i = 0; i < 20; ++i) {
    sets.push_back(
        shard.intern({{"model", "claude-haiku-4-5"}, {"task", "t" + std::to_string(i)}}));
  }
  std::mt19937 random(3);
  std::lognormal_distribution<double> value(-1, 0.5);
  for (int second = 1; second <= 3600; ++second) {
    for (const metrics::MetricId trend : trends) {
      for (int i = 0; i < 10; ++i) shard.add(trend, sets[random() % 20], value(random));
    }
    for (const metrics::MetricId rate : rates) shard.add(rate, sets[random() % 20], second % 2);
    shard.add(metrics::kLlmRequests, sets[random() % 20], 10);
    std::vector<metrics::Delta> deltas;
    deltas.push_back(shard.take_delta());
    store.merge(deltas.back());
    course.on_second(second * kSecond, deltas, {});
  }
  output::RunResult result;
  result.store = &store;
  result.intervals = course.intervals();
  result.interval_series = course.series();
  const std::size_t size = tests::json_of(result).dump().size();
  CAPTURE(trends.size(), result.intervals.size(), size);
  CHECK(result.intervals.size() == 225);
  CHECK(size < 5'000'000);
  CHECK(size > 1'000'000);  // Else it would prove nothing.
}
