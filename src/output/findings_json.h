// What the rules found, for programs: docs/diagnose.md says what the fields mean.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "analysis/finding.h"
#include "output/run_result.h"

namespace output {

nlohmann::ordered_json findings_to_json(const RunResult& result,
                                        const std::vector<analysis::Finding>& findings);

}  // namespace output
