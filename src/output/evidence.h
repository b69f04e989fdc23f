// A run's result as the rules of analysis/rules.h look at it.
#pragma once

#include "analysis/evidence.h"
#include "output/run_result.h"

namespace output {

// REQUIRES: the result has a store, which outlives the evidence.
analysis::Evidence evidence_of(const RunResult& result);

}  // namespace output
