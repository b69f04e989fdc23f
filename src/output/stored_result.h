// A run's result again, from its file, to be shown as it was at the run's end.
#pragma once

#include "analysis/result_reader.h"
#include "base/result.h"
#include "output/run_result.h"

namespace output {

// What the file does not know: what the script's summary() printed in place of ours, and which of
// several gauges was set last.
//
// Errors: a field that is missing or of another type; begin with `place`.
// Lifetime: the run outlives the result.
base::Result<RunResult> to_run_result(const analysis::StoredRun& run, const std::string& place);

}  // namespace output
