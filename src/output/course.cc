#include "output/course.h"

#include <algorithm>

#include "metrics/builtin.h"

namespace output {
namespace {

// The earlier of each pair goes; the last one stays where they are odd.
template <typename T, typename Merge>
void merge_pairs(std::vector<T>& values, Merge merge) {
  const std::size_t half = (values.size() + 1) / 2;
  for (std::size_t i = 0; i < half; ++i) {
    const bool is_pair = 2 * i + 1 < values.size();
    T merged = std::move(values[2 * i]);
    if (is_pair) merge(merged, values[2 * i + 1]);
    values[i] = std::move(merged);
  }
  values.resize(half);
}

template <typename T>
void keep_later(T& earlier, const T& later) {
  earlier = later;
}

void merge_rows(Interval& earlier, const Interval& later) {
  const metrics::ClientSecond before = earlier.client;
  earlier = later;
  earlier.client.take_worst(before);
}

void merge_histograms(metrics::CoarseHistogram& earlier, const metrics::CoarseHistogram& later) {
  earlier.merge(later);
}

// With room for all that may come: growing would leave holes in the heap.
std::vector<metrics::CoarseHistogram> roomy_column(std::size_t size) {
  std::vector<metrics::CoarseHistogram> column;
  column.reserve(Course::kMostIntervals);
  column.resize(size);
  return column;
}

}  // namespace

Course::Course(const metrics::Registry& registry, std::span<const metrics::Threshold> thresholds)
    : registry_(registry), thresholds_(thresholds) {
  intervals_.reserve(kMostIntervals);
}

void Course::on_second(base::Duration elapsed, std::span<const metrics::Delta> deltas,
                       const metrics::ClientSecond& client) {
  for (const metrics::Delta& delta : deltas) {
    for (const metrics::Delta::Entry& entry : delta.entries) {
      // A gauge says how things stand, in the warm-up too; what is counted apart is in no total.
      if (!delta.apart || std::holds_alternative<metrics::Gauge>(entry.series)) take_in(entry);
    }
  }
  now_.elapsed_s = base::to_seconds(elapsed);
  if (intervals_.empty() || filled_ == width_) begin_interval();
  ++filled_;
  metrics::ClientSecond worst = intervals_.back().client;
  worst.take_worst(client);
  intervals_.back() = now_;
  intervals_.back().client = worst;
  close_second();
}

std::vector<Course::Watch>& Course::watches_of(metrics::MetricId metric) {
  if (metric >= watches_.size()) watches_.resize(metric + 1);
  std::vector<Watch>& watches = watches_[metric];
  if (!watches.empty()) return watches;
  watches.emplace_back();  // All of it.
  for (const metrics::Threshold& threshold : thresholds_) {
    if (threshold.metric != metric) continue;
    std::string text = threshold.selector.to_string();
    const bool is_known = std::any_of(watches.begin(), watches.end(), [&](const Watch& watch) {
      return watch.selector_text == text;
    });
    if (is_known) continue;
    watches.push_back({.selector_text = std::move(text), .selector = threshold.selector});
  }
  return watches;
}

void Course::take_in(const metrics::Delta::Entry& entry) {
  if (const auto* counter = std::get_if<metrics::Counter>(&entry.series)) {
    return take_in_sum(entry, counter->sum);
  }
  if (std::holds_alternative<metrics::Gauge>(entry.series)) return take_in_gauge(entry);
  for (Watch& watch : watches_of(entry.metric)) {
    if (!watch.selector.matches(*entry.tags)) continue;
    if (const auto* trend = std::get_if<metrics::Trend>(&entry.series)) {
      watch.values.merge(trend->values);
      watch.lower_bounds.merge(trend->lower_bounds);
    } else {
      watch.rate.merge(std::get<metrics::Rate>(entry.series));
    }
  }
  if (entry.metric == metrics::kLlmRequestFailed) {
    now_.llm_requests_failed = static_cast<double>(watches_[entry.metric].front().rate.trues);
  }
}

void Course::take_in_sum(const metrics::Delta::Entry& entry, double sum) {
  switch (entry.metric) {
    case metrics::kIterations:
      now_.iterations += sum;
      return;
    case metrics::kHttpReqs: {
      now_.http_reqs += sum;
      // A request to a model is an HTTP request too: its failure is counted here, once.
      if (entry.tags->get("outcome") != "failed") return;
      const std::string_view kind = entry.tags->get("error");
      failures_[std::string(kind.empty() ? "other" : kind)] += sum;
      return;
    }
    case metrics::kLlmRequests:
      now_.llm_requests += sum;
      return;
    case metrics::kLlmInputTokens:
      now_.input_tokens += sum;
      return;
    case metrics::kLlmCacheReadTokens:
      now_.cache_read_tokens += sum;
      return;
    case metrics::kLlmCacheWriteTokens:
      now_.cache_write_tokens += sum;
      return;
    case metrics::kLlmOutputTokens:
      now_.output_tokens += sum;
      return;
    case metrics::kLlmCost:
      now_.cost_usd += sum;
      return;
    default:
      return;
  }
}

void Course::take_in_gauge(const metrics::Delta::Entry& entry) {
  const auto& gauge = std::get<metrics::Gauge>(entry.series);
  if (gauge.count == 0) return;
  switch (entry.metric) {
    case metrics::kVus:
      now_.vus = static_cast<std::uint64_t>(gauge.last);
      return;
    case metrics::kLlmRatelimitRequestsUsed:
      now_.requests_used = gauge.last;
      return;
    case metrics::kLlmRatelimitTokensUsed:
      now_.tokens_used = gauge.last;
      return;
    case metrics::kLlmRatelimitInputTokensUsed:
      now_.input_tokens_used = gauge.last;
      return;
    case metrics::kLlmRatelimitOutputTokensUsed:
      now_.output_tokens_used = gauge.last;
      return;
    default:
      return;
  }
}

void Course::begin_interval() {
  if (intervals_.size() == kMostIntervals) merge_neighbours();
  filled_ = 0;
  intervals_.emplace_back();
  const std::size_t size = intervals_.size();
  for (auto& [kind, column] : series_.failures) column.resize(size);
  for (IntervalTrend& trend : series_.trends) {
    trend.values.resize(size);
    if (!trend.lower_bounds.empty()) trend.lower_bounds.resize(size);
  }
  for (IntervalRate& rate : series_.rates) {
    rate.trues.resize(size);
    rate.totals.resize(size);
  }
}

// Brings what this second counted into the last interval.
void Course::close_second() {
  for (const auto& [kind, count] : failures_) {
    std::vector<double>& column = series_.failures[kind];
    column.resize(intervals_.size());
    column.back() = count;
  }
  for (metrics::MetricId metric = 0; metric < watches_.size(); ++metric) {
    const bool is_trend = registry_.at(metric).type == metrics::Type::kTrend;
    for (Watch& watch : watches_[metric]) {
      is_trend ? close_trend(metric, watch) : close_rate(metric, watch);
    }
  }
}

void Course::close_trend(metrics::MetricId metric, Watch& watch) {
  if (watch.values.empty() && watch.lower_bounds.empty()) return;
  const std::size_t size = intervals_.size();
  if (!watch.place) {
    watch.place = series_.trends.size();
    series_.trends.push_back({metric, watch.selector_text, roomy_column(size), {}});
  }
  IntervalTrend& trend = series_.trends[*watch.place];
  trend.values.back().merge(metrics::CoarseHistogram(watch.values));
  if (!watch.lower_bounds.empty()) {
    if (trend.lower_bounds.empty()) trend.lower_bounds = roomy_column(size);
    trend.lower_bounds.back().merge(metrics::CoarseHistogram(watch.lower_bounds));
  }
  watch.values = {};
  watch.lower_bounds = {};
}

void Course::close_rate(metrics::MetricId metric, Watch& watch) {
  if (watch.rate.total == 0) return;
  const std::size_t size = intervals_.size();
  if (!watch.place) {
    watch.place = series_.rates.size();
    series_.rates.push_back({metric, watch.selector_text, std::vector<std::uint64_t>(size),
                             std::vector<std::uint64_t>(size)});
  }
  IntervalRate& rate = series_.rates[*watch.place];
  rate.trues.back() = watch.rate.trues;
  rate.totals.back() = watch.rate.total;
}

void Course::merge_neighbours() {
  width_ *= 2;
  merge_pairs(intervals_, merge_rows);
  for (auto& [kind, column] : series_.failures) merge_pairs(column, keep_later<double>);
  for (IntervalTrend& trend : series_.trends) {
    merge_pairs(trend.values, merge_histograms);
    merge_pairs(trend.lower_bounds, merge_histograms);
  }
  for (IntervalRate& rate : series_.rates) {
    merge_pairs(rate.trues, keep_later<std::uint64_t>);
    merge_pairs(rate.totals, keep_later<std::uint64_t>);
  }
}

}  // namespace output
