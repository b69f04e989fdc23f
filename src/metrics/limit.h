// The grammar that thresholds and objectives share: "metric … op value[unit]".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "metrics/metric.h"
#include "metrics/threshold.h"

namespace metrics {

// Takes from the front of `text` all that comes before one of `stops`, and the space after it.
std::string_view take_until(std::string_view& text, std::string_view stops);

// Takes a finite number, if one is there.
std::optional<double> take_number(std::string_view& text);

// Takes "metric" or "metric{selector}" into the threshold. `form` is what an error says was expected
// where nothing tells what was meant.
base::Result<void> take_series(std::string_view& text, const Registry& registry,
                               std::string_view form, Threshold& threshold);

// Takes "p(95)" or another aggregate that the metric has into the threshold.
base::Result<void> take_aggregate(std::string_view& text, const Metric& metric,
                                  Threshold& threshold);

std::string aggregates_in_words(const Metric& metric);  // "llm_ttft is a trend and has avg, …"

// ` (did you mean "avg"?)` for what other tools call so, else by spelling; "" where nothing is
// near.
std::string suggest_word(std::string_view word, const std::vector<std::string>& candidates);

// `after` says in an error what the operator stands behind: "the aggregate".
base::Result<Threshold::Op> take_op(std::string_view& text, std::string_view after);

// The whole text as a limit of the metric, in the unit of the aggregate's value.
base::Result<double> parse_limit(std::string_view text, const Metric& metric,
                                 Threshold::Aggregate aggregate);

bool holds(double value, Threshold::Op op, double limit);

}  // namespace metrics
