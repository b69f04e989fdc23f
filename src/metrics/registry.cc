#include "metrics/registry.h"

#include <algorithm>
#include <utility>

#include "metrics/builtin.h"

namespace metrics {
namespace {

constexpr std::size_t kLongestName = 128;

bool is_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto fits = [&is_letter](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kLongestName && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), fits);
}

std::string describe(const Metric& metric) {
  const std::string_view unit = to_string(metric.unit);
  return fmt::format("a {} {}", to_string(metric.type),
                     unit.empty() ? "without a unit" : fmt::format("in \"{}\"", unit));
}

}  // namespace

Registry::Registry() {
  for (const Metric& metric : builtin_metrics()) {
    ids_.emplace(metric.name, static_cast<MetricId>(metrics_.size()));
    metrics_.push_back(metric);
  }
}

base::Result<MetricId> Registry::declare(Metric metric) {
  if (!is_name(metric.name)) {
    return base::fail(
        "metric \"{}\": expected a name of letters, digits and \"_\" that does not begin with a "
        "digit and has at most {} characters",
        metric.name, kLongestName);
  }
  const std::lock_guard lock(mutex_);
  if (const auto known = ids_.find(metric.name); known != ids_.end()) {
    const Metric& existing = metrics_[known->second];
    if (existing.type == metric.type && existing.unit == metric.unit) return known->second;
    return base::fail(
        "metric \"{}\" is already {}; it cannot be {} as well, so choose another name", metric.name,
        describe(existing), describe(metric));
  }
  const auto id = static_cast<MetricId>(metrics_.size());
  ids_.emplace(metric.name, id);
  metrics_.push_back(std::move(metric));
  return id;
}

const Metric& Registry::at(MetricId id) const {
  const std::lock_guard lock(mutex_);
  return metrics_.at(id);
}

std::optional<MetricId> Registry::find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto known = ids_.find(std::string(name));
  if (known == ids_.end()) return std::nullopt;
  return known->second;
}

MetricId Registry::size() const {
  const std::lock_guard lock(mutex_);
  return static_cast<MetricId>(metrics_.size());
}

std::vector<std::string> Registry::names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  names.reserve(metrics_.size());
  for (const Metric& metric : metrics_) names.push_back(metric.name);
  return names;
}

}  // namespace metrics
