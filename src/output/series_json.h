// Series as the result file has them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "metrics/coarse_histogram.h"
#include "metrics/store.h"

namespace output {

// All metrics that have series, by id, as the text of a JSON array: a tree of tens of thousands of
// series would take many times the memory of the series.
std::string metrics_text(const metrics::Store& store);

// Names and error texts may hold any bytes; what is not UTF-8 becomes U+FFFD.
std::string json_text(const nlohmann::ordered_json& json);

// An interval's; sum, min, max and stddev are rounded to six significant digits.
nlohmann::ordered_json histogram_to_json(const metrics::CoarseHistogram& histogram);

// As to_string(unit), but "share" for shares: numbers in the file are 0..1, not per cent.
std::string unit_in_file(metrics::Unit unit);

}  // namespace output
