// The course of a run: what it counted in each of at most some hundred intervals.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "metrics/client_health.h"
#include "metrics/shard.h"
#include "metrics/threshold.h"
#include "output/intervals.h"

namespace output {

// An interval is a second until there are kMostIntervals of them; then neighbours are merged, and
// from there on an interval is two seconds, four, and so on.
//
// Kept are the totals of each metric, and what a threshold's selector names: never single tag sets.
// What is counted apart (warm-up, setup, teardown) is left out.
//
// Threads: the control thread's.
// Cost:    one merge for each entry of a second's deltas, and for each selector that it matches.
// Memory:  300 intervals of a coarse histogram for each trend, and of a second one where some
//          values are lower bounds: 3 MB for 30 trends, after an hour as after five minutes.
class Course {
 public:
  static constexpr std::size_t kMostIntervals = 300;

  // Both arguments outlive it.
  Course(const metrics::Registry& registry, std::span<const metrics::Threshold> thresholds);

  // What was counted since the last call; `elapsed` is the time since the load's start.
  void on_second(base::Duration elapsed, std::span<const metrics::Delta> deltas,
                 const metrics::ClientSecond& client);

  const std::vector<Interval>& intervals() const { return intervals_; }
  const IntervalSeries& series() const { return series_; }

 private:
  // One trend or rate that is kept: where it is in series_, and what was counted in this second.
  struct Watch {
    std::string selector_text;
    metrics::Selector selector{};
    std::optional<std::size_t> place{};  // None before its first sample.
    metrics::Histogram values{};
    metrics::Histogram lower_bounds{};
    metrics::Rate rate{};  // Since the start.
  };

  void take_in(const metrics::Delta::Entry& entry);
  void take_in_sum(const metrics::Delta::Entry& entry, double sum);
  void take_in_gauge(const metrics::Delta::Entry& entry);
  void begin_interval();
  void close_second();
  void close_trend(metrics::MetricId metric, Watch& watch);
  void close_rate(metrics::MetricId metric, Watch& watch);
  void merge_neighbours();
  std::vector<Watch>& watches_of(metrics::MetricId metric);

  const metrics::Registry& registry_;
  std::span<const metrics::Threshold> thresholds_;
  std::vector<std::vector<Watch>> watches_;  // By metric id; empty where nothing came yet.
  Interval now_;
  std::map<std::string, double> failures_;  // Since the start, by kind.
  std::vector<Interval> intervals_;
  IntervalSeries series_;
  std::size_t width_ = 1;   // Seconds in an interval,
  std::size_t filled_ = 1;  // and how many the last one has.
};

}  // namespace output
