// Numbers as cells of a table or words of a line.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "metrics/series.h"
#include "metrics/store.h"

namespace output {

// Which signs the text used that want a word of explanation at its end.
struct Legend {
  bool few_samples = false;
  bool lower_bound = false;
};

// "412ms", or "≥412ms" where it is known only from below.
std::string format_estimate(const metrics::Estimate& estimate, metrics::Unit unit, Legend& legend);

// The same for a percentile in 0..100, with ~ where the sample is too small for it; "-" without
// samples.
std::string format_percentile(const metrics::Trend& trend, double percentile, metrics::Unit unit,
                              Legend& legend);

// A counter's value as a whole number: "1,234".
std::string format_whole(double value);

// "1 request", "1,234 requests".
std::string plural(double number, std::string_view noun);

// "12.3", "1,234": a number per second, without a unit.
std::string format_rate(double per_second);

double per_second(double total, base::Duration span);  // 0 where the span is empty.

}  // namespace output
