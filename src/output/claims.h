// What a run was held to, one by one: the testcases of JUnit, the annotations of GitHub.
#pragma once

#include <string>
#include <vector>

#include "output/run_result.h"

namespace output {

struct Claim {
  enum class Status {
    kHeld,
    kFailed,   // What was measured is not what was wanted.
    kError,    // It could not be measured, or the run went wrong.
    kAllowed,  // It did not hold, but that is no reason to fail: checks, and what a run lets pass.
  };

  std::string kind;  // "threshold", "end", "script_errors", "hook", "mark", "check", "exit_code"
  std::string name;  // Unique in a run, as in "llm_ttft p(95) < 2s", "no script errors".
  Status status = Status::kHeld;
  std::string type{};     // What went wrong, in one word: "threshold", "not_judged", "interrupted".
  std::string message{};  // One line; may stand beside a claim that holds.
  std::string detail{};   // More lines, such as a traceback.

  bool fails_the_run() const { return status == Status::kFailed || status == Status::kError; }
};

// In the order of a report: the end, script errors, hooks, marks, thresholds, checks. One of them
// fails the run exactly where its exit code is not 0.
std::vector<Claim> claims_of(const RunResult& result);

}  // namespace output
