// Thresholds and objectives in the forms that options have for them.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "base/result.h"
#include "metrics/objective.h"
#include "metrics/registry.h"
#include "metrics/threshold.h"

namespace cli {

// A list of lines and of tables, in which the line is named `threshold`; or k6's map from a metric
// to one or several conditions.
base::Result<std::vector<metrics::Threshold>> read_thresholds(const nlohmann::json& value,
                                                              const metrics::Registry& registry);

// A list of lines such as "llm_ttft < 2s", or one.
base::Result<std::vector<metrics::Objective>> read_objectives(const nlohmann::json& value,
                                                              const metrics::Registry& registry);

// The names that a threshold's table may have.
std::vector<std::string> threshold_field_names();

}  // namespace cli
