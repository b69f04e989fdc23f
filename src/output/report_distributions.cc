// How a run's times were spread: bars for the whole, and percentiles by task.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "metrics/builtin.h"
#include "output/report_chart.h"
#include "output/statistics.h"

namespace output {
namespace {

using metrics::Histogram;
using metrics::Trend;
using metrics::Unit;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostLines = 7;
constexpr int kMostBars = 48;
constexpr std::uint64_t kFewestValues = 20;  // With fewer there is no shape to see.

struct Subject {
  const char* id;
  const char* title;
  metrics::MetricId metric;
  const char* key;  // What the lines are told apart by.
};

constexpr Subject kOfLlm[] = {{"ttft", "Time to first token", metrics::kLlmTtft, "task"},
                              {"itl", "Time between tokens", metrics::kLlmItl, "task"},
                              {"duration", "Whole request", metrics::kLlmRequestDuration, "task"}};
constexpr Subject kOfHttp[] = {
    {"http-duration", "HTTP request", metrics::kHttpReqDuration, "name"}};

Histogram all_of(const Trend& trend) {
  Histogram all = trend.values;
  all.merge(trend.lower_bounds);
  return all;
}

std::string main_numbers(const Trend& trend) {
  Legend ignored;
  const auto at = [&](double p) { return format_percentile(trend, p, Unit::kTime, ignored); };
  std::string text = fmt::format("Median {}, p95 {}, p99 {}, highest {}, of {}.", at(50), at(95),
                                 at(99), format_estimate(trend.max(), Unit::kTime, ignored),
                                 plural(static_cast<double>(trend.count()), "value"));
  if (!trend.lower_bounds.empty()) {
    text += fmt::format(" {} of them unfinished: known only from below.",
                        base::format_count(trend.lower_bounds.count()));
  }
  return text;
}

// Buckets of the histogram are merged by twos until there are few enough bars.
Chart bars(const Subject& subject, const Trend& trend) {
  Chart chart;
  chart.id = std::string(subject.id) + "-bars";
  chart.title = std::string(subject.title) + ": distribution";
  chart.caption = main_numbers(trend);
  chart.kind = Chart::Kind::kBars;
  chart.unit = "count";
  chart.bar_unit = "s";
  std::vector<std::pair<int, std::uint64_t>> buckets;
  all_of(trend).for_each_bucket(
      [&](int index, std::uint64_t count) { buckets.emplace_back(index, count); });
  if (buckets.empty()) return chart;  // All of them zero.
  int shift = 3;
  const auto bar_of = [&shift](int index) { return index >> shift; };
  while (shift < Histogram::kScale &&
         bar_of(buckets.back().first) - bar_of(buckets.front().first) >= kMostBars) {
    ++shift;
  }
  chart.first = bar_of(buckets.front().first);
  chart.per_octave = 1 << (Histogram::kScale - shift);
  const int count = bar_of(buckets.back().first) - chart.first + 1;
  ChartSeries series{"values", std::vector<double>(static_cast<std::size_t>(count))};
  for (const auto& [index, number] : buckets) {
    series.values[static_cast<std::size_t>(bar_of(index) - chart.first)] +=
        static_cast<double>(number);
  }
  chart.series.push_back(std::move(series));
  for (const double percentile : {50.0, 95.0, 99.0}) {
    const double value = trend.quantile(percentile / 100).value;
    if (value > 0) chart.marks.push_back({fmt::format("p{:.0f}", percentile), value});
  }
  return chart;
}

// 0, then ever nearer to 1, to where one value of `count` lies beyond.
std::vector<double> shares_for(std::uint64_t count) {
  std::vector<double> shares;
  const double nines = std::log10(static_cast<double>(std::max<std::uint64_t>(count, 2)));
  constexpr int kPerNine = 40;
  const int steps = static_cast<int>(std::floor(nines * kPerNine));
  for (int i = 0; i <= steps; ++i) shares.push_back(1 - std::pow(10, -i / double{kPerNine}));
  return shares;
}

ChartSeries curve(const std::string& label, const Trend& trend, const std::vector<double>& shares) {
  ChartSeries series{label, {}};
  const double count = static_cast<double>(trend.count());
  for (const double share : shares) {
    // Beyond its last value a small sample says nothing.
    const bool is_known = (1 - share) * count >= 1 - 1e-9;
    const metrics::Estimate estimate = trend.quantile(share);
    if (is_known && estimate.is_lower_bound) series.signs[series.values.size()] = "≥";
    series.values.push_back(is_known ? estimate.value : kNone);
  }
  return series;
}

Chart percentiles(const Subject& subject, const metrics::Store& store) {
  const Trend whole = store.trend(subject.metric);
  Chart chart;
  chart.id = std::string(subject.id) + "-percentiles";
  chart.kind = Chart::Kind::kPercentiles;
  chart.unit = "s";
  chart.shares = shares_for(whole.count());
  std::vector<Part> parts = parts_by(store, subject.metric, subject.key);
  std::stable_sort(parts.begin(), parts.end(), [&](const Part& a, const Part& b) {
    return store.trend(subject.metric, a.selector).count() >
           store.trend(subject.metric, b.selector).count();
  });
  const bool by_key = parts.size() > 1;
  chart.title = std::string(subject.title) + ": percentiles" +
                (by_key ? fmt::format(" by {}", subject.key) : "");
  chart.caption = "How long the fastest 50%, 90%, 99% took at most.";
  if (parts.size() > kMostLines) {
    chart.caption += fmt::format(" Of {} only those with most values are drawn.",
                                 plural(static_cast<double>(parts.size() - 1), subject.key));
    parts.resize(kMostLines);
  }
  Legend ignored;
  for (const Part& part : parts) {
    const Trend trend = store.trend(subject.metric, part.selector);
    if (trend.count() == 0) continue;
    chart.series.push_back(curve(part.label, trend, chart.shares));
    if (by_key) {
      chart.caption += fmt::format(" {}: p95 {}.", part.label,
                                   format_percentile(trend, 95, Unit::kTime, ignored));
    }
  }
  // A tail far above the middle would press all else to the ground.
  const double median = whole.quantile(0.5).value;
  chart.logarithmic = median > 0 && whole.max().value > 30 * median && whole.min().value > 0;
  return chart;
}

}  // namespace

Charts distribution_charts(const RunResult& result) {
  Charts all;
  const auto add = [&](const Subject& subject) {
    const Trend trend = result.store->trend(subject.metric);
    if (trend.count() == 0) return;
    if (trend.count() < kFewestValues) {
      all.missing.push_back(
          fmt::format("{}: {} show no distribution; the table has what can be said.", subject.title,
                      plural(static_cast<double>(trend.count()), "value")));
      return;
    }
    Chart drawn = bars(subject, trend);
    if (!drawn.series.empty()) all.charts.push_back(std::move(drawn));
    all.charts.push_back(percentiles(subject, *result.store));
  };
  if (result.store->counter(metrics::kLlmRequests) > 0) {
    std::for_each(std::begin(kOfLlm), std::end(kOfLlm), add);
  } else {
    std::for_each(std::begin(kOfHttp), std::end(kOfHttp), add);
  }
  return all;
}

}  // namespace output
