// Whether values fall into two groups, as durations do where some waited and others did not.
#pragma once

#include <optional>

#include "metrics/histogram.h"

namespace analysis {

struct TwoModes {
  double low = 0;  // The groups' geometric means.
  double high = 0;
  double high_share = 0;  // Of the values.
};

// Cut where the groups' logarithms differ most (Otsu's cut). They are two groups where the cut
// explains more than 85 % of the variance (a normal distribution gives 64 %, a uniform one 75 %),
// each has more than 5 % of the values, their means are a factor of 3 apart, and there are at least
// 20 values.
std::optional<TwoModes> two_modes(const metrics::Histogram& histogram);

}  // namespace analysis
