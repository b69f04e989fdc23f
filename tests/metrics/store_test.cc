#include "metrics/store.h"

#include <catch2/catch.hpp>

#include "metrics/builtin.h"

using namespace metrics;

namespace {

Selector select(std::string_view text) { return parse_selector(text).value(); }

struct Fixture {
  Registry registry;
  Shard shard{registry};
  Store store{registry};

  void add(MetricId metric, const TagSet& tags, double value) {
    shard.add(metric, shard.intern(tags), value);
  }
  void flush() { store.merge(shard.take_delta()); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a metric that was never recorded has an empty series of its type") {
  CHECK(store.counter(kIterations) == 0);
  CHECK(store.rate(kChecks).total == 0);
  CHECK(store.trend(kLlmTtft).count() == 0);
  CHECK(store.gauge(kVus).count == 0);
  CHECK(store.tag_values(kLlmTtft, "task").empty());
}

TEST_CASE_METHOD(Fixture, "the deltas of several shards add up over time") {
  Shard other(registry);
  for (int second = 0; second < 100; ++second) {
    add(kLlmTtft, {{"task", "simple"}}, 0.1);
    flush();
    other.add(kLlmTtft, other.intern({{"task", "simple"}}), 0.3);
    other.add(kChecks, 0, second % 4 == 0 ? 0 : 1);
    store.merge(other.take_delta());
  }
  const Trend trend = store.trend(kLlmTtft);
  CHECK(trend.count() == 200);
  CHECK(trend.mean().value == Approx(0.2));
  CHECK(store.rate(kChecks).share() == 0.75);
}

TEST_CASE_METHOD(Fixture, "a total takes in the series that the selector matches") {
  add(kIterations, {{"task", "simple"}, {"model", "a"}}, 1);
  add(kIterations, {{"task", "simple"}, {"model", "b"}}, 2);
  add(kIterations, {{"task", "complex"}, {"model", "a"}}, 4);
  add(kIterations, {}, 8);
  flush();
  CHECK(store.counter(kIterations) == 15);
  CHECK(store.counter(kIterations, select("task=simple")) == 3);
  CHECK(store.counter(kIterations, select("task=simple,model=a")) == 1);
  CHECK(store.counter(kIterations, select("task=")) == 8);
  CHECK(store.counter(kIterations, select("task=none")) == 0);
}

TEST_CASE_METHOD(Fixture, "of several gauges the one merged last has the last value") {
  add(kVus, {{"scenario", "a"}}, 5);
  flush();
  add(kVus, {{"scenario", "b"}}, 3);
  flush();
  CHECK(store.gauge(kVus).last == 3);
  add(kVus, {{"scenario", "a"}}, 4);
  flush();
  CHECK(store.gauge(kVus).last == 4);
  CHECK(store.gauge(kVus).max == 5);
  CHECK(store.gauge(kVus, select("scenario=b")).last == 3);
}

TEST_CASE_METHOD(Fixture, "tag values are sorted, distinct, and without the missing one") {
  add(kIterations, {{"task", "b"}, {"model", "x"}}, 1);
  add(kIterations, {{"task", "a"}}, 1);
  add(kIterations, {{"task", "b"}}, 1);
  add(kIterations, {{"model", "y"}}, 1);
  flush();
  CHECK(store.tag_values(kIterations, "task") == std::vector<std::string>{"a", "b"});
  CHECK(store.tag_values(kIterations, "task", select("model=x")) == std::vector<std::string>{"b"});
  CHECK(store.tag_values(kIterations, "group").empty());
}

TEST_CASE_METHOD(Fixture, "series are visited by metric and then by tags") {
  add(kChecks, {{"check", "b"}}, 1);
  add(kChecks, {{"check", "a"}}, 1);
  add(kIterations, {{"task", "z"}}, 1);
  add(kIterations, {}, 1);
  flush();
  std::vector<std::string> visited;
  store.for_each([&](MetricId metric, const TagSet& tags, const Series& series) {
    CHECK(has_samples(series));
    visited.push_back(registry.at(metric).name + tags.to_string());
  });
  CHECK(visited == std::vector<std::string>{"iterations", "iterations{task=z}", "checks{check=a}",
                                            "checks{check=b}"});
}

TEST_CASE("series are grouped by the value of a tag in one pass") {
  metrics::Registry registry;
  metrics::Shard shard(registry);
  shard.add(metrics::kChecks, shard.intern({{"check", "b"}, {"task", "x"}}), 1);
  shard.add(metrics::kChecks, shard.intern({{"check", "b"}, {"task", "y"}}), 0);
  shard.add(metrics::kChecks, shard.intern({{"check", "a"}}), 1);
  shard.add(metrics::kChecks, shard.intern({}), 1);
  metrics::Store store(registry);
  store.merge(shard.take_delta());
  const auto groups = store.grouped(metrics::kChecks, "check");
  REQUIRE(groups.size() == 2);
  CHECK(std::get<metrics::Rate>(groups.at("a")).total == 1);
  CHECK(std::get<metrics::Rate>(groups.at("b")).total == 2);
  CHECK(std::get<metrics::Rate>(groups.at("b")).trues == 1);
}

TEST_CASE("tags can be listed over all metrics") {
  const Registry registry;
  Shard shard(registry);
  Store store(registry);
  shard.add(kIterations, shard.intern({{"task", "b"}, {"user", "u"}}), 1);
  shard.add(kLlmTtft, shard.intern({{"task", "a"}}), 1);
  shard.add(kVus, 0, 1);
  store.merge(shard.take_delta());
  CHECK(store.tag_values("task") == std::vector<std::string>{"a", "b"});
  CHECK(store.tag_values("model").empty());
  CHECK(store.tag_keys() == std::vector<std::string>{"task", "user"});
}
