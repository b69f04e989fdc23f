// Histograms as the result file has them.
#pragma once

#include <nlohmann/json.hpp>

#include "metrics/coarse_histogram.h"
#include "metrics/histogram.h"

namespace analysis {

// Both throw what nlohmann::json throws for fields that are missing or of another type, and
// std::runtime_error for a histogram that contradicts itself.
metrics::Histogram histogram_from_json(const nlohmann::json& written);  // Of scale 7.
metrics::CoarseHistogram coarse_histogram_from_json(const nlohmann::json& written);

}  // namespace analysis
