// A run's report as one HTML file that opens offline. docs/html-report.md says what it shows.
#pragma once

#include <string>

#include "base/result.h"
#include "output/run_result.h"

namespace output {

std::string html_report(const RunResult& result);

// The file appears whole or not at all. Errors: name the path and the system's reason.
base::Result<void> write_html_report(const RunResult& result, const std::string& path);

}  // namespace output
