#include "output/statistics_json.h"

#include <string>
#include <utility>
#include <vector>

#include "output/figures.h"
#include "output/series_json.h"

namespace output {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostValues = 100;

Json values_of(const metrics::Counter& counter, base::Duration span) {
  return {{"count", counter.sum}, {"rate", per_second(counter.sum, span)}};
}

Json values_of(const metrics::Gauge& gauge, base::Duration /*span*/) {
  if (gauge.count == 0) return {{"count", 0}};
  return {{"value", gauge.last}, {"min", gauge.min}, {"max", gauge.max}, {"count", gauge.count}};
}

Json values_of(const metrics::Rate& rate, base::Duration /*span*/) {
  if (rate.total == 0) return {{"count", 0}, {"total", 0}};
  return {{"rate", rate.share()}, {"count", rate.trues}, {"total", rate.total}};
}

Json values_of(const metrics::Trend& trend, base::Duration /*span*/) {
  if (trend.count() == 0) return {{"count", 0}};
  Json json;
  Json at_least = Json::array();
  const auto add = [&](const char* name, const metrics::Estimate& estimate) {
    json[name] = estimate.value;
    if (estimate.is_lower_bound) at_least.push_back(name);
  };
  add("avg", trend.mean());
  add("min", trend.min());
  add("med", trend.quantile(0.5));
  add("max", trend.max());
  add("p90", trend.quantile(0.90));
  add("p95", trend.quantile(0.95));
  add("p99", trend.quantile(0.99));
  json["count"] = trend.count();
  add("sum", trend.sum());
  add("stddev", trend.stddev());
  json["at_least"] = std::move(at_least);
  return json;
}

Json values_of(const metrics::Series& series, base::Duration span) {
  return std::visit([span](const auto& values) { return values_of(values, span); }, series);
}

std::vector<std::string> keys_of_few_values(const metrics::Store& store) {
  std::vector<std::string> keys;
  for (std::string& key : store.tag_keys()) {
    if (store.tag_values(key).size() <= kMostValues) keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

Json statistics_to_json(const metrics::Store& store, base::Duration span) {
  const std::vector<std::string> keys = keys_of_few_values(store);
  Json json = Json::object();
  for (metrics::MetricId id = 0; id < store.registry().size(); ++id) {
    const metrics::Metric& metric = store.registry().at(id);
    Json by = Json::object();
    for (const std::string& key : keys) {
      for (const auto& [value, series] : store.grouped(id, key)) {
        by[key][value] = values_of(series, span);
      }
    }
    json[metric.name] = {{"type", metrics::to_string(metric.type)},
                         {"unit", unit_in_file(metric.unit)},
                         {"of", metric.of},
                         {"values", values_of(store.total(id), span)},
                         {"by", std::move(by)}};
  }
  return json;
}

}  // namespace output
