// Figures of a run as the words of a finding, and the selections that rules make.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "metrics/selector.h"
#include "metrics/series.h"
#include "metrics/store.h"

namespace analysis {

std::string as_count(double value);     // "1,234"
std::string as_share(double share);     // "25.9%"
std::string as_time(double seconds);    // "412ms"
std::string as_usd(double amount);      // "$0.0123"
std::string as_ratio(double ratio);     // "3.2"
std::string as_moment(double seconds);  // Of a run: "12s", "1m05s".

// "1 request", "1,234 requests".
std::string plural(double number, std::string_view noun);

// A percentile in 0..100 of a time: "≥" before what is known only from below, "~" behind what wants
// more samples; "-" without any.
std::string time_at(const metrics::Trend& trend, double percentile);

// "rate_limited 12, timeout 1": a counter by the values of a tag, the largest first.
std::string counts_by(const metrics::Store& store, metrics::MetricId metric, std::string_view key,
                      const metrics::Selector& selector);

// The series that have all these tags; a value of "" asks for none of that tag.
metrics::Selector where(std::initializer_list<std::pair<std::string_view, std::string_view>> tags);

// The quantile of those values alone that are above 0. 0 where there are none.
double quantile_above_zero(const metrics::Histogram& histogram, double q);

}  // namespace analysis
