// The result file's `intervals`, written and read.
#pragma once

#include <nlohmann/json.hpp>

#include "output/run_result.h"

namespace output {

nlohmann::ordered_json intervals_to_json(const RunResult& result);

// Throws what nlohmann::json throws, and std::runtime_error, for what is damaged. What a file of
// schema version 1 does not have stays empty.
void read_intervals(const nlohmann::json& written, const metrics::Registry& registry,
                    RunResult& result);

}  // namespace output
