// A suite: several scripts that were run one after the other as one test.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "output/junit.h"
#include "output/page.h"
#include "output/run_result.h"

namespace output {

// What is kept of one script once its run and all that was counted are gone.
struct SuiteEntry {
  std::string script;
  std::optional<int> exit_code;  // None where it was not run.
  std::string label;             // "PASSED", "NOT RUN"
  std::string detail;            // The headline's, or why it was not run.
  std::size_t thresholds = 0;
  std::size_t thresholds_failed = 0;
  std::size_t thresholds_not_judged = 0;
  // Of LLM requests, or of HTTP requests where it made none; none where nothing was counted.
  std::optional<double> requests;
  std::optional<double> requests_failed;
  std::optional<double> cost_usd;  // None where nothing bills or no price is known.
  base::Duration elapsed{};
  std::vector<std::string> failures;  // A line for each claim that failed it.
  std::string markdown;               // A section of its own.
  JunitSuite junit;
};

SuiteEntry suite_entry(const RunResult& result);

// A script that was not run. It is an error where it should have been.
SuiteEntry not_run_entry(const std::string& script, const std::string& reason, bool is_error);

// The verdict, a table of the scripts, and what failed.
std::string suite_text(const std::vector<SuiteEntry>& entries, int exit_code,
                       const SummaryOptions& options);
std::string suite_markdown(const std::vector<SuiteEntry>& entries, int exit_code);
std::string suite_junit(const std::vector<SuiteEntry>& entries);

}  // namespace output
