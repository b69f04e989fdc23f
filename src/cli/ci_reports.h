// The reports for CI systems: --junit, --markdown, and GitHub's annotations.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/run_options.h"
#include "output/run_result.h"

namespace cli {

// Errors: a file that could not be written, by its flag.
base::Result<void> check_ci_files(const RunFlags& flags);

// Errors: as above. Overwrites the file; what the variable GITHUB_STEP_SUMMARY names is added to.
base::Result<void> write_junit(const std::string& document, const RunFlags& flags);
base::Result<void> write_markdown(const std::string& document, const RunFlags& flags);

// Within GitHub Actions (GITHUB_ACTIONS=true) on stdout, else nothing.
void print_annotations(const output::RunResult& result);

// Both files for one run. False where one could not be written, which is said on stderr.
bool write_ci_files(const output::RunResult& result, const RunFlags& flags);

// The annotations as well.
bool write_ci_reports(const output::RunResult& result, const RunFlags& flags);

// What stands for a run that could not begin.
output::RunResult refused_run(const std::string& script, const base::Error& error);

}  // namespace cli
