// Series as the result file has them.
#pragma once

#include <nlohmann/json.hpp>

#include "metrics/coarse_histogram.h"
#include "metrics/store.h"

namespace output {

// All metrics that have series, by id.
nlohmann::ordered_json metrics_to_json(const metrics::Store& store);

// An interval's; sum, min, max and stddev are rounded to six significant digits.
nlohmann::ordered_json histogram_to_json(const metrics::CoarseHistogram& histogram);

// As to_string(unit), but "share" for shares: numbers in the file are 0..1, not per cent.
std::string unit_in_file(metrics::Unit unit);

}  // namespace output
