// The top of a report: did it pass, may one believe it, what was slow, what did it cost.
#pragma once

#include <string>

#include "output/page.h"
#include "output/run_result.h"

namespace output {

// Notes in the legend which signs it used.
std::string html_overview(const RunResult& result, Legend& legend);

}  // namespace output
