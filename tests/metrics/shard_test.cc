#include "metrics/shard.h"

#include <catch2/catch.hpp>

#include "metrics/builtin.h"

using namespace metrics;

namespace {

const Delta::Entry* find(const Delta& delta, MetricId metric, const TagSet& tags) {
  for (const Delta::Entry& entry : delta.entries) {
    if (entry.metric == metric && *entry.tags == tags) return &entry;
  }
  return nullptr;
}

template <typename T>
T series_of(const Delta& delta, MetricId metric, const TagSet& tags = {}) {
  const Delta::Entry* entry = find(delta, metric, tags);
  REQUIRE(entry != nullptr);
  return std::get<T>(entry->series);
}

}  // namespace

TEST_CASE("each type of metric records in its own way") {
  const Registry registry;
  Shard shard(registry);
  shard.add(kIterations, 0, 2);
  shard.add(kIterations, 0, 1.5, 2);
  shard.add(kVus, 0, 9);
  shard.add(kVus, 0, 4);
  shard.add(kChecks, 0, 1, 3);
  shard.add(kChecks, 0, 0);
  shard.add(kLlmItl, 0, 0.02, 5);
  shard.add_lower_bound(kLlmItl, 0, 7);

  const Delta delta = shard.take_delta();
  CHECK(delta.entries.size() == 4);
  CHECK(series_of<Counter>(delta, kIterations).sum == 5);
  CHECK(series_of<Gauge>(delta, kVus).last == 4);
  CHECK(series_of<Gauge>(delta, kVus).max == 9);
  CHECK(series_of<Rate>(delta, kChecks).trues == 3);
  CHECK(series_of<Rate>(delta, kChecks).total == 4);
  CHECK(series_of<Trend>(delta, kLlmItl).values.count() == 5);
  CHECK(series_of<Trend>(delta, kLlmItl).lower_bounds.max() == 7);
}

TEST_CASE("series of different tags are kept apart") {
  const Registry registry;
  Shard shard(registry);
  const TagSet simple{{"task", "simple"}};
  const TagsId id = shard.intern(simple);
  shard.add(kIterations, 0, 1);
  shard.add(kIterations, id, 2);
  CHECK(shard.tags(id) == simple);

  const Delta delta = shard.take_delta();
  CHECK(series_of<Counter>(delta, kIterations).sum == 1);
  CHECK(series_of<Counter>(delta, kIterations, simple).sum == 2);
}

TEST_CASE("a delta holds only what came since the one before") {
  const Registry registry;
  Shard shard(registry);
  shard.add(kIterations, 0, 1);
  shard.add(kVus, 0, 3);
  shard.take_delta();
  CHECK(shard.take_delta().entries.empty());

  shard.add(kIterations, 0, 1);
  const Delta delta = shard.take_delta();
  REQUIRE(delta.entries.size() == 1);
  CHECK(series_of<Counter>(delta, kIterations).sum == 1);
}

TEST_CASE("a metric that a script declares later can be recorded") {
  Registry registry;
  Shard shard(registry);
  shard.add(kIterations, 0, 1);
  const auto id = registry.declare({"answers", Type::kTrend, Unit::kNone, "", ""});
  REQUIRE(id.has_value());
  shard.add(*id, 0, 42);
  CHECK(series_of<Trend>(shard.take_delta(), *id).values.max() == 42);
}

TEST_CASE("tags past the limit are counted under one set") {
  const Registry registry;
  Shard shard(registry, 1);
  for (const char* request : {"1", "2", "3"}) {
    shard.add(kIterations, shard.intern({{"request", request}}), 1);
  }
  const Delta delta = shard.take_delta();
  CHECK(delta.tags_overflowed == 2);
  CHECK(series_of<Counter>(delta, kIterations, {{"request", "1"}}).sum == 1);
  CHECK(series_of<Counter>(delta, kIterations, {{"tags", "overflow"}}).sum == 2);
  CHECK(shard.take_delta().tags_overflowed == 2);
}

TEST_CASE("a delta outlives its shard") {
  const Registry registry;
  Delta delta;
  {
    Shard shard(registry);
    shard.add(kIterations, shard.intern({{"task", "simple"}}), 1);
    delta = shard.take_delta();
  }
  CHECK(series_of<Counter>(delta, kIterations, {{"task", "simple"}}).sum == 1);
}
