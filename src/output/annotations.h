// Workflow commands that GitHub Actions shows as annotations.
#pragma once

#include <string>

#include "output/run_result.h"

namespace output {

// A line "::error …::…" for each claim that fails the run, "::warning …::…" for thresholds that
// could not be judged, for what the client could not keep up with and for the run's warnings; ""
// where there is nothing to say. An error at a line of the script points there.
std::string annotations(const RunResult& result);

}  // namespace output
