// All that was counted in a run, merged from the shards.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "metrics/registry.h"
#include "metrics/selector.h"
#include "metrics/series.h"
#include "metrics/shard.h"

namespace metrics {

// Threads: the control thread's alone.
class Store {
 public:
  explicit Store(const Registry& registry);

  void merge(const Delta& delta);

  // All series of a metric whose tags match, merged into one. An empty series of the metric's type
  // where nothing matches.
  Series total(MetricId metric, const Selector& selector = {}) const;

  // Shorthands. REQUIRES: the metric has that type.
  double counter(MetricId metric, const Selector& selector = {}) const;
  Rate rate(MetricId metric, const Selector& selector = {}) const;
  Trend trend(MetricId metric, const Selector& selector = {}) const;
  Gauge gauge(MetricId metric, const Selector& selector = {}) const;

  // The distinct values of a tag among the metric's series, sorted, "" (no such tag) left out.
  std::vector<std::string> tag_values(MetricId metric, std::string_view key,
                                      const Selector& selector = {}) const;

  // The same over all metrics, and the keys of all tags.
  std::vector<std::string> tag_values(std::string_view key) const;
  std::vector<std::string> tag_keys() const;

  // The matching series merged by the value of a tag, sorted by it, "" (no such tag) left out: one
  // pass, however many values there are.
  std::map<std::string, Series> grouped(MetricId metric, std::string_view key,
                                        const Selector& selector = {}) const;

  // Every series, by metric id and then by tags, so that what is written is always in one order.
  void for_each(const std::function<void(MetricId, const TagSet&, const Series&)>& fn) const;

  // Every series of one metric, in no order.
  void for_each_of(MetricId metric,
                   const std::function<void(const TagSet&, const Series&)>& fn) const;

  const Registry& registry() const { return registry_; }
  std::uint64_t tags_overflowed() const { return tags_overflowed_; }
  void note_tags_overflowed(std::uint64_t total) { tags_overflowed_ = total; }

 private:
  struct Merged {
    Series series;
    std::uint64_t order = 0;  // Of its latest merge among all merges.
  };

  template <typename Visit>
  void for_each_tag(Visit visit) const;

  const Registry& registry_;
  // Each set is kept once, however many metrics have it.
  TagTable tags_{std::numeric_limits<std::size_t>::max()};
  std::vector<std::unordered_map<TagsId, Merged>> series_;  // By metric id.
  std::uint64_t merges_ = 0;
  std::uint64_t tags_overflowed_ = 0;
};

}  // namespace metrics
