#include "metrics/shard.h"

#include <utility>

namespace metrics {

Shard::Shard(const Registry& registry, std::size_t tag_limit)
    : registry_(registry), tags_(tag_limit) {}

void Shard::add(MetricId metric, TagsId tags, double value, std::uint64_t count) {
  Series& into = series(metric, tags);
  if (auto* trend = std::get_if<Trend>(&into)) {
    trend->values.record(value, count);
  } else if (auto* counter = std::get_if<Counter>(&into)) {
    counter->sum += value * static_cast<double>(count);
  } else if (auto* rate = std::get_if<Rate>(&into)) {
    rate->total += count;
    if (value != 0) rate->trues += count;
  } else if (auto* gauge = std::get_if<Gauge>(&into)) {
    gauge->record(value);
  }
}

void Shard::add_with_error(MetricId metric, TagsId tags, double value, double error) {
  auto& trend = std::get<Trend>(series(metric, tags));
  trend.values.record(value);
  if (error > 0) trend.errors.record(error);
}

void Shard::add_own_true(MetricId metric, TagsId tags) {
  auto& rate = std::get<Rate>(series(metric, tags));
  ++rate.trues;
  ++rate.own_trues;
  ++rate.total;
}

void Shard::add_lower_bound(MetricId metric, TagsId tags, double value) {
  std::get<Trend>(series(metric, tags)).lower_bounds.record(value);
}

Series& Shard::series(MetricId metric, TagsId tags) {
  if (tags >= slot_of_.size()) slot_of_.resize(tags_.size());
  std::vector<std::uint32_t>& slots = slot_of_[tags];
  if (metric >= slots.size()) slots.resize(registry_.size());
  std::uint32_t& slot = slots[metric];
  if (slot == 0) {
    slots_.push_back({metric, tags, make_series(registry_.at(metric).type)});
    slot = static_cast<std::uint32_t>(slots_.size());
  }
  return slots_[slot - 1].series;
}

Delta Shard::take_delta() {
  Delta delta;
  delta.entries.reserve(slots_.size());
  for (Slot& slot : slots_) {
    slot_of_[slot.tags][slot.metric] = 0;
    delta.entries.push_back({slot.metric, tags_.at(slot.tags), std::move(slot.series)});
  }
  slots_.clear();
  delta.tags_overflowed = tags_.overflowed();
  return delta;
}

}  // namespace metrics
