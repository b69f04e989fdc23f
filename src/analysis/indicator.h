// What runs are compared by: one number of a metric, and what a run has for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/direction.h"
#include "analysis/result_reader.h"
#include "metrics/threshold.h"

namespace analysis {

// The scale on which a figure's noise is alike at every height, so that its runs can be averaged
// and their spread be set against a difference.
enum class Scale {
  kLog,      // Times, throughput, money: what makes them vary makes them vary by so many per cent.
  kArcsine,  // Shares: asin(sqrt(p)) varies by 1 / (4 n) whatever p is, and takes 0 and 1 as well.
  kPlain,    // Numbers that may be 0.
};

double on_scale(double value, Scale scale);
double from_scale(double value, Scale scale);

struct Indicator {
  // Its metric, selector, aggregate and percentile alone. The metric's id is that of the registry
  // that the figure was made for.
  metrics::Threshold measure;
  bool per_request = false;  // A counter's sum over the number of requests to a model.
  metrics::Metric metric;
  Direction direction = Direction::kUnknown;

  std::string label() const;  // "llm_ttft{task=simple} p(95)"
  metrics::Unit unit() const;
  // "412ms", "12.3/s".
  std::string format(double value) const;
  bool operator==(const Indicator& other) const { return label() == other.label(); }
};

// What one run has for a figure.
struct Measured {
  double value = 0;
  double share_total = 0;  // Of a share: of how many.
  double per_event = 1;    // Of a counter: what one more of what it counts adds to the value.
  bool is_lower_bound = false;
  bool goes_either_way = false;  // Its unfinished ones may raise or lower it.
  double error_below = 0;        // By how much the client may have got it wrong.
  double error_above = 0;
  std::string problem;  // Why it cannot be compared; "" where it can.
};

// `run` is any run, whose registry may have the metric under another id.
Measured measure(const Indicator& figure, const StoredRun& run);

Scale scale_of(const Indicator& figure, const std::vector<Measured>& all);

Indicator make_indicator(const metrics::Registry& registry, metrics::Threshold measure,
                         bool per_request = false);

// What is compared without being asked for: those of which one of the runs has samples.
std::vector<Indicator> usual_indicators(const metrics::Registry& registry,
                                        const std::vector<const StoredRun*>& runs);

}  // namespace analysis
