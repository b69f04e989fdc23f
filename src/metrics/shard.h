// One thread's own part of the counting.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "metrics/registry.h"
#include "metrics/series.h"
#include "metrics/tags.h"

namespace metrics {

// What a shard counted since the last time. Plain values: safe to hand to another thread.
struct Delta {
  struct Entry {
    MetricId metric = 0;
    std::shared_ptr<const TagSet> tags;
    Series series;
  };
  std::vector<Entry> entries;
  std::uint64_t tags_overflowed = 0;  // Since the start.
  bool apart = false;                 // Of the warm-up, setup or teardown: not for the results.
};

// Threads: unshared; a worker records into its shard and hands a Delta to the control thread.
// Cost:    add() is two vector look-ups and the recording itself; it allocates only for a series'
//          first sample after each take_delta().
class Shard {
 public:
  explicit Shard(const Registry& registry, std::size_t tag_limit = TagTable::kDefaultLimit);

  TagsId intern(const TagSet& tags) { return tags_.intern(tags); }
  const TagSet& tags(TagsId id) const { return *tags_.at(id); }

  // Counter: adds value. Gauge: sets it. Rate: counts true where value is not 0. Trend: records it
  // `count` times.
  void add(MetricId metric, TagsId tags, double value, std::uint64_t count = 1);

  // Trend only: the client may have got the value wrong by `error` at most, either way.
  void add_with_error(MetricId metric, TagsId tags, double value, double error);

  // Rate only: true, and the client itself brought it about.
  void add_own_true(MetricId metric, TagsId tags);

  // Trend only: the true value is at least this.
  void add_lower_bound(MetricId metric, TagsId tags, double value);

  Delta take_delta();

 private:
  struct Slot {
    MetricId metric;
    TagsId tags;
    Series series;
  };

  Series& series(MetricId metric, TagsId tags);

  const Registry& registry_;
  TagTable tags_;
  std::vector<std::vector<std::uint32_t>> slot_of_;  // [tags][metric]; 0 is none, else slot + 1.
  std::vector<Slot> slots_;
};

}  // namespace metrics
