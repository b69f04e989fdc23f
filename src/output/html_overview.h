// The top of a report: did it pass, may one believe it, what was slow, what did it cost.
#pragma once

#include <string>
#include <vector>

#include "analysis/finding.h"
#include "output/page.h"
#include "output/run_result.h"

namespace output {

// Notes in the legend which signs it used. The findings, which have a section of their own, are
// named.
std::string html_overview(const RunResult& result, const std::vector<analysis::Finding>& findings,
                          Legend& legend);

}  // namespace output
