#include "output/intervals_json.h"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include "analysis/histogram_json.h"
#include "output/client_findings.h"
#include "output/series_json.h"

namespace output {
namespace {

using nlohmann::json;
using Json = nlohmann::ordered_json;

template <typename T>
using Column = std::pair<const char*, T Interval::*>;

// `vus` is the one whole number, and stands beside them.
constexpr Column<double> kTotals[] = {{"iterations", &Interval::iterations},
                                      {"http_reqs", &Interval::http_reqs},
                                      {"llm_requests", &Interval::llm_requests},
                                      {"llm_requests_failed", &Interval::llm_requests_failed},
                                      {"input_tokens", &Interval::input_tokens},
                                      {"cache_read_tokens", &Interval::cache_read_tokens},
                                      {"cache_write_tokens", &Interval::cache_write_tokens},
                                      {"output_tokens", &Interval::output_tokens},
                                      {"cost_usd", &Interval::cost_usd}};

// Null where no header had told of it yet.
constexpr Column<double> kShares[] = {
    {"ratelimit_requests_used", &Interval::requests_used},
    {"ratelimit_tokens_used", &Interval::tokens_used},
    {"ratelimit_input_tokens_used", &Interval::input_tokens_used},
    {"ratelimit_output_tokens_used", &Interval::output_tokens_used}};

Json histograms_to_json(const std::vector<metrics::CoarseHistogram>& histograms) {
  Json written = Json::array();
  for (const metrics::CoarseHistogram& histogram : histograms) {
    written.push_back(histogram.empty() ? Json() : histogram_to_json(histogram));
  }
  return written;
}

const std::string& name_of(metrics::MetricId metric, const RunResult& result) {
  return result.store->registry().at(metric).name;
}

Json trends_to_json(const RunResult& result) {
  Json written = Json::array();
  for (const IntervalTrend& trend : result.interval_series.trends) {
    written.push_back({{"metric", name_of(trend.metric, result)},
                       {"selector", trend.selector},
                       {"histograms", histograms_to_json(trend.values)},
                       {"lower_bounds", histograms_to_json(trend.lower_bounds)}});
  }
  return written;
}

Json rates_to_json(const RunResult& result) {
  Json written = Json::array();
  for (const IntervalRate& rate : result.interval_series.rates) {
    written.push_back({{"metric", name_of(rate.metric, result)},
                       {"selector", rate.selector},
                       {"trues", rate.trues},
                       {"totals", rate.totals}});
  }
  return written;
}

void expect_length(std::size_t found, std::size_t wanted, const std::string& what) {
  if (found == wanted) return;
  throw std::runtime_error(fmt::format("intervals.{}: has {} entries where there are {} intervals",
                                       what, found, wanted));
}

metrics::MetricId metric_of(const json& written, const metrics::Registry& registry) {
  const auto name = written.at("metric").get<std::string>();
  const auto metric = registry.find(name);
  if (!metric) throw std::runtime_error("intervals: the metric \"" + name + "\" is unknown");
  return *metric;
}

std::vector<metrics::CoarseHistogram> histograms_from_json(const json& written, std::size_t size,
                                                           const std::string& what) {
  expect_length(written.size(), size, what);
  std::vector<metrics::CoarseHistogram> histograms(size);
  for (std::size_t i = 0; i < size; ++i) {
    if (!written[i].is_null()) histograms[i] = analysis::coarse_histogram_from_json(written[i]);
  }
  return histograms;
}

void read_series(const json& written, const metrics::Registry& registry, std::size_t size,
                 IntervalSeries& series) {
  written.at("failures").get_to(series.failures);
  for (const auto& [kind, column] : series.failures) {
    expect_length(column.size(), size, "failures." + kind);
  }
  for (const json& trend : written.at("trends")) {
    const metrics::MetricId metric = metric_of(trend, registry);
    const std::string what = "trends of " + trend.at("metric").get<std::string>();
    const json& bounds = trend.at("lower_bounds");
    series.trends.push_back({metric, trend.at("selector").get<std::string>(),
                             histograms_from_json(trend.at("histograms"), size, what),
                             histograms_from_json(bounds, bounds.empty() ? 0 : size, what)});
  }
  for (const json& rate : written.at("rates")) {
    IntervalRate read;
    read.metric = metric_of(rate, registry);
    rate.at("selector").get_to(read.selector);
    rate.at("trues").get_to(read.trues);
    rate.at("totals").get_to(read.totals);
    const std::string what = "rates of " + rate.at("metric").get<std::string>();
    expect_length(read.trues.size(), size, what);
    expect_length(read.totals.size(), size, what);
    series.rates.push_back(std::move(read));
  }
}

}  // namespace

Json intervals_to_json(const RunResult& result) {
  const std::vector<Interval>& intervals = result.intervals;
  const auto column = [&intervals](auto member) {
    Json values = Json::array();
    for (const Interval& interval : intervals) values.push_back(std::invoke(member, interval));
    return values;
  };
  Json json;
  json["elapsed_s"] = column(&Interval::elapsed_s);
  json["vus"] = column(&Interval::vus);
  for (const auto& [name, member] : kTotals) json[name] = column(member);
  for (const auto& [name, member] : kShares) {
    json[name] = column([share = member](const Interval& interval) {
      return interval.*share < 0 ? Json() : Json(interval.*share);
    });
  }
  json["failures"] = result.interval_series.failures;
  json["trends"] = trends_to_json(result);
  json["rates"] = rates_to_json(result);
  json["client"] = client_intervals_to_json(intervals);
  return json;
}

void read_intervals(const json& written, const metrics::Registry& registry, RunResult& result) {
  result.intervals.resize(written.at("elapsed_s").size());
  const auto column = [&](const char* name, auto member) {
    const json& values = written.at(name);
    expect_length(values.size(), result.intervals.size(), name);
    for (std::size_t i = 0; i < result.intervals.size(); ++i) {
      if (!values[i].is_null()) values[i].get_to(result.intervals[i].*member);
    }
  };
  column("elapsed_s", &Interval::elapsed_s);
  column("vus", &Interval::vus);
  for (const auto& [name, member] : kTotals) {
    if (written.contains(name)) column(name, member);  // Version 1 has no input_tokens.
  }
  for (const auto& [name, member] : kShares) column(name, member);
  if (!written.contains("trends")) return;
  read_series(written, registry, result.intervals.size(), result.interval_series);
}

}  // namespace output
