// JUnit XML, as CI systems read it. docs/ci.md says what stands where.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "output/run_result.h"

namespace output {

// One <testsuite>, ready to stand in a document.
struct JunitSuite {
  std::string xml;
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
  double seconds = 0;
};

// A run: a testcase for each claim, its figures as properties, its summary as system-out. Where the
// exit code is not 0, one of them is a failure or an error, and else none.
JunitSuite junit_suite(const RunResult& result);

// A script of a suite that was not run: an error where it should have been, else skipped.
JunitSuite junit_not_run(const std::string& script, std::string_view reason, bool is_error);

std::string junit_document(const std::vector<JunitSuite>& suites, std::string_view name);

}  // namespace output
