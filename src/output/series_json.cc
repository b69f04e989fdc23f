#include "output/series_json.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace output {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const metrics::TagSet& tags) {
  Json json = Json::object();
  for (const auto& [key, value] : tags.tags()) json[key] = value;
  return json;
}

// Buckets by rising index, as the file has them.
struct WrittenBuckets {
  Json index_deltas = Json::array();
  Json counts = Json::array();
  int before = 0;

  void add(int index, std::uint64_t count) {
    index_deltas.push_back(index - before);
    counts.push_back(count);
    before = index;
  }
};

Json to_json(const metrics::Histogram& histogram) {
  WrittenBuckets buckets;
  histogram.for_each_bucket(
      [&buckets](int index, std::uint64_t count) { buckets.add(index, count); });
  return {{"count", histogram.count()},
          {"sum", histogram.sum()},
          {"min", histogram.min()},
          {"max", histogram.max()},
          {"stddev", histogram.stddev()},
          {"zeros", histogram.zero_count()},
          {"out_of_range", histogram.out_of_range()},
          {"scale", metrics::Histogram::kScale},
          {"index_deltas", std::move(buckets.index_deltas)},
          {"counts", std::move(buckets.counts)}};
}

// To six significant digits: an interval's figures need no more, and there are thousands of them.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
}

void add_values(Json& json, const metrics::Counter& counter) { json["sum"] = counter.sum; }

void add_values(Json& json, const metrics::Gauge& gauge) {
  json["count"] = gauge.count;
  json["last"] = gauge.last;
  json["min"] = gauge.min;
  json["max"] = gauge.max;
}

void add_values(Json& json, const metrics::Rate& rate) {
  json["trues"] = rate.trues;
  json["total"] = rate.total;
  json["own_trues"] = rate.own_trues;
  json["share"] = rate.share();
}

void add_values(Json& json, const metrics::Trend& trend) {
  json["count"] = trend.count();
  Json at_least = Json::array();
  const auto add = [&](const char* name, const metrics::Estimate& estimate) {
    json[name] = estimate.value;
    if (estimate.is_lower_bound) at_least.push_back(name);
  };
  add("avg", trend.mean());
  add("min", trend.min());
  add("max", trend.max());
  add("p50", trend.quantile(0.50));
  add("p90", trend.quantile(0.90));
  add("p95", trend.quantile(0.95));
  add("p99", trend.quantile(0.99));
  json["at_least"] = std::move(at_least);
  json["values"] = to_json(trend.values);
  const auto or_null = [](const metrics::Histogram& histogram) {
    return histogram.empty() ? Json() : to_json(histogram);
  };
  json["lower_bounds"] = or_null(trend.lower_bounds);
  json["errors"] = or_null(trend.errors);
}

}  // namespace

std::string unit_in_file(metrics::Unit unit) {
  return unit == metrics::Unit::kShare ? "share" : std::string(metrics::to_string(unit));
}

Json histogram_to_json(const metrics::CoarseHistogram& histogram) {
  WrittenBuckets buckets;
  for (const auto& [index, count] : histogram.buckets()) buckets.add(index, count);
  return {{"count", histogram.count()},
          {"sum", rounded(histogram.sum())},
          {"min", rounded(histogram.min())},
          {"max", rounded(histogram.max())},
          {"stddev", rounded(histogram.stddev())},
          {"zeros", histogram.zero_count()},
          {"out_of_range", histogram.out_of_range()},
          {"scale", histogram.scale()},
          {"index_deltas", std::move(buckets.index_deltas)},
          {"counts", std::move(buckets.counts)}};
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string metrics_text(const metrics::Store& store) {
  std::string text = "[";
  std::optional<metrics::MetricId> current;
  store.for_each(
      [&](metrics::MetricId id, const metrics::TagSet& tags, const metrics::Series& series) {
        if (current != id) {
          const metrics::Metric& metric = store.registry().at(id);
          const Json head = {{"name", metric.name},
                             {"type", metrics::to_string(metric.type)},
                             {"unit", unit_in_file(metric.unit)},
                             {"of", metric.of}};
          text += current ? "]}," : "";
          text += json_text(head);
          text.back() = ',';  // In place of the brace: the series are its last field.
          text += "\"series\":[";
        } else {
          text += ',';
        }
        current = id;
        Json entry = {{"tags", to_json(tags)}};
        std::visit([&entry](const auto& values) { add_values(entry, values); }, series);
        text += json_text(entry);
      });
  return text + (current ? "]}]" : "]");
}

}  // namespace output
