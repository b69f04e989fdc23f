// What a run came to, in words, from its exit code.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "output/run_result.h"

namespace output {

enum ExitCode : int {
  kExitPassed = 0,
  kExitInternalError = 1,
  kExitNotJudged = 98,
  kExitFailed = 99,
  kExitBadOptions = 104,
  kExitInterrupted = 105,
  kExitScriptErrors = 107,
  kExitAborted = 108,
  kExitMarkedAsFailed = 110,
};

// What a run was told to let pass.
struct Allowances {
  bool script_errors = false;
  bool unjudged = false;  // Thresholds that could not be judged.
};

// Of a run that came to its end: the first that holds, the gravest first.
int exit_code_of(const RunResult& result, const Allowances& allowed);

// Of several runs that are one test: the gravest of their codes, in the same order. 0 for none.
int gravest(std::span<const int> exit_codes);

// As the result file has it: "passed", "failed", "not_judged", ...; "unknown" for other codes.
std::string_view verdict_name(int exit_code);

// As the result file has it: "finished", "interrupted", ...
std::string_view to_string(End end);
std::string_view to_string(metrics::Verdict verdict);  // "passed", "failed", "not_judged"

// The first line of the summary.
struct Headline {
  enum class Tone { kGood, kBad, kUnsure };
  std::string label;   // "PASSED"
  std::string detail;  // "all 2 thresholds passed"
  Tone tone = Tone::kGood;
};

Headline headline(const RunResult& result);

}  // namespace output
