// The parts of a report below its overview. Each is "" where it has nothing to show.
#pragma once

#include <string>
#include <vector>

#include "analysis/finding.h"
#include "output/figures.h"
#include "output/run_result.h"

namespace output {

// These need result.store.
std::string html_findings(const std::vector<analysis::Finding>& findings, Legend& legend);
std::string html_thresholds(const RunResult& result, Legend& legend);  // And objectives.
std::string html_latency(const RunResult& result, Legend& legend);
std::string html_requests(const RunResult& result, Legend& legend);
std::string html_http(const RunResult& result, Legend& legend);
std::string html_script(const RunResult& result, Legend& legend);  // Its checks, groups, metrics.
std::string html_client(const RunResult& result, Legend& legend);

std::string html_definitions(const RunResult& result);  // As other tools would report it.
std::string html_errors(const RunResult& result);       // Script errors, failed hooks, warnings.
std::string html_run(const RunResult& result);          // Options and environment.

}  // namespace output
