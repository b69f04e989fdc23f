#include "metrics/store.h"

#include <algorithm>
#include <set>

namespace metrics {

Store::Store(const Registry& registry) : registry_(registry) {}

void Store::merge(const Delta& delta) {
  for (const Delta::Entry& entry : delta.entries) {
    if (entry.metric >= series_.size()) series_.resize(entry.metric + 1);
    auto [place, is_new] = series_[entry.metric].try_emplace(tags_.intern(*entry.tags));
    Merged& merged = place->second;
    if (is_new) {
      merged.series = entry.series;
    } else {
      metrics::merge(merged.series, entry.series);
    }
    merged.order = ++merges_;
  }
}

Series Store::total(MetricId metric, const Selector& selector) const {
  Series total = make_series(registry_.at(metric).type);
  if (metric >= series_.size()) return total;
  std::vector<const Merged*> matching;
  for (const auto& [tags, merged] : series_[metric]) {
    if (selector.matches(*tags_.at(tags))) matching.push_back(&merged);
  }
  // Of several gauges the one set last has the last value.
  std::sort(matching.begin(), matching.end(),
            [](const Merged* a, const Merged* b) { return a->order < b->order; });
  for (const Merged* merged : matching) metrics::merge(total, merged->series);
  return total;
}

double Store::counter(MetricId metric, const Selector& selector) const {
  return std::get<Counter>(total(metric, selector)).sum;
}

Rate Store::rate(MetricId metric, const Selector& selector) const {
  return std::get<Rate>(total(metric, selector));
}

Trend Store::trend(MetricId metric, const Selector& selector) const {
  return std::get<Trend>(total(metric, selector));
}

Gauge Store::gauge(MetricId metric, const Selector& selector) const {
  return std::get<Gauge>(total(metric, selector));
}

std::vector<std::string> Store::tag_values(MetricId metric, std::string_view key,
                                           const Selector& selector) const {
  if (metric >= series_.size()) return {};
  std::set<std::string, std::less<>> values;
  for (const auto& [tags, merged] : series_[metric]) {
    const std::string_view value = tags_.at(tags)->get(key);
    if (!value.empty() && selector.matches(*tags_.at(tags))) values.emplace(value);
  }
  return {values.begin(), values.end()};
}

template <typename Visit>
void Store::for_each_tag(Visit visit) const {
  for (const auto& of_metric : series_) {
    for (const auto& [tags, merged] : of_metric) {
      for (const TagSet::Tag& tag : tags_.at(tags)->tags()) visit(tag);
    }
  }
}

std::vector<std::string> Store::tag_values(std::string_view key) const {
  std::set<std::string, std::less<>> values;
  for_each_tag([&](const TagSet::Tag& tag) {
    if (tag.first == key) values.insert(tag.second);
  });
  return {values.begin(), values.end()};
}

std::vector<std::string> Store::tag_keys() const {
  std::set<std::string, std::less<>> keys;
  for_each_tag([&](const TagSet::Tag& tag) { keys.insert(tag.first); });
  return {keys.begin(), keys.end()};
}

std::map<std::string, Series> Store::grouped(MetricId metric, std::string_view key,
                                             const Selector& selector) const {
  std::map<std::string, Series> groups;
  if (metric >= series_.size()) return groups;
  for (const auto& [tags, merged] : series_[metric]) {
    const std::string_view value = tags_.at(tags)->get(key);
    if (value.empty() || !selector.matches(*tags_.at(tags))) continue;
    const auto [place, is_new] = groups.try_emplace(std::string(value), merged.series);
    if (!is_new) metrics::merge(place->second, merged.series);
  }
  return groups;
}

void Store::for_each(const std::function<void(MetricId, const TagSet&, const Series&)>& fn) const {
  for (MetricId metric = 0; metric < series_.size(); ++metric) {
    std::vector<std::pair<const TagSet*, const Series*>> sorted;
    sorted.reserve(series_[metric].size());
    for (const auto& [tags, merged] : series_[metric]) {
      sorted.emplace_back(tags_.at(tags).get(), &merged.series);
    }
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return *a.first < *b.first; });
    for (const auto& [tags, series] : sorted) fn(metric, *tags, *series);
  }
}

void Store::for_each_of(MetricId metric,
                        const std::function<void(const TagSet&, const Series&)>& fn) const {
  if (metric >= series_.size()) return;
  for (const auto& [tags, merged] : series_[metric]) fn(*tags_.at(tags), merged.series);
}

}  // namespace metrics
