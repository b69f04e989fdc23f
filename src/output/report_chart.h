// What a report draws, before it is markup or JSON: charts over the run's time, and distributions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "output/run_result.h"

namespace output {

struct ChartSeries {
  std::string label;
  std::vector<double> values;  // NaN where there is none.
  // By the value's index: "≥" for one known only from below, "~" for one of too few samples.
  std::map<std::size_t, std::string> signs{};
};

struct ChartMark {
  std::string label;
  double value = 0;
};

struct Chart {
  enum class Kind {
    kTime,         // Lines over the run's time.
    kPercentiles,  // Lines over the share of values that are no greater.
    kBars,         // How many values lie in each of the ranges, which grow by a constant factor.
    kLoads,        // Lines over the load of a search's steps.
  };

  std::string id;  // Of the figure's element.
  std::string title;
  std::string caption;  // Its main numbers, in a sentence or two.
  Kind kind = Kind::kTime;
  std::string unit;  // Of the values: "s", "share", "usd", "count", or what stands behind a number.
  std::vector<ChartSeries> series;
  bool stacked = false;
  bool logarithmic = false;
  double highest = 0;  // The axis reaches at least to there.

  // kTime: the ends of each value's span, in seconds since the load's start.
  std::vector<double> begins{};
  std::vector<double> ends{};
  bool at_ends = false;             // The values are those at the ends, not of the whole spans.
  std::vector<ChartMark> limits{};  // Of thresholds.

  std::vector<double> shares{};  // kPercentiles

  // kBars: bar i holds values from 2^((first + i) / per_octave) on, in this unit.
  int first = 0;
  int per_octave = 1;
  std::string bar_unit{};
  std::vector<ChartMark> marks{};  // Upright: values of kBars, loads of kLoads.

  // kLoads: each value's load, the least first, and what became of its step: "held", "did not hold"
  // or "not known".
  std::vector<double> loads{};
  std::vector<std::string> outcomes{};
  std::string load_name{};  // "calls per second"
  std::string load_unit{};  // "/s"
};

// Charts that can be drawn of it, and a sentence for each that a reader may miss.
struct Charts {
  std::vector<Chart> charts;
  std::vector<std::string> missing;
};

Charts charts_over_time(const RunResult& result);
Charts distribution_charts(const RunResult& result);

// The page's data block: JSON that can stand in a <script> element.
std::string chart_data(const std::vector<Chart>& charts, const RunResult& result);
// Of what has no course to mark parts of:
std::string chart_data(const std::vector<Chart>& charts);

// A figure for each, which the page's script draws in.
std::string html_figures(const std::vector<Chart>& charts);

}  // namespace output
