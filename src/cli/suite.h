// A suite under way: one script after the other, each with a mock and an engine of its own.
#pragma once

#include <string>
#include <vector>

#include "cli/suite_scripts.h"
#include "cli/test_command.h"
#include "output/suite_report.h"

namespace cli {

// Threads: the control thread's.
class Suite {
 public:
  // Both outlive it.
  Suite(const TestFlags& flags, const std::vector<SuiteScript>& scripts)
      : flags_(flags), scripts_(scripts) {}

  // Runs them all, reports, and returns the exit code. A script that cannot be run is an error of
  // its own; the others run. After a stop signal, and with --fail-fast after the first script that
  // does not pass, the rest is reported as not run. Does not return where a script is stuck in a C
  // function: what was measured is reported then as well.
  int run();

 private:
  void run_script(std::size_t index);
  void take(const output::RunResult& result, const RunFlags& flags, std::size_t index);
  int finish();
  RunFlags flags_of(const SuiteScript& script) const;

  const TestFlags& flags_;
  const std::vector<SuiteScript>& scripts_;
  std::vector<output::SuiteEntry> entries_;
  std::string stopped_by_;  // Why the rest is not run; "" while it is.
  bool interrupted_ = false;
};

}  // namespace cli
