// A run's report as plain text of at most 80 columns, to be posted where people talk.
#pragma once

#include <string>

#include "output/run_result.h"

namespace output {

// Overall, tokens and cost, bottlenecks with what to do about them, the client's own state. No
// colours. REQUIRES: the result has a store.
std::string text_report(const RunResult& result);

}  // namespace output
