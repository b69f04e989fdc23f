#include "output/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace output {
namespace {

// A reason may have a traceback below it; the headline takes the first line.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string reason_of(const RunResult& result) { return first_line(result.end_reason); }

std::size_t count_of(const RunResult& result, metrics::Verdict verdict) {
  return static_cast<std::size_t>(std::count_if(
      result.thresholds.begin(), result.thresholds.end(),
      [verdict](const JudgedThreshold& t) { return t.judgement.verdict == verdict; }));
}

std::string thresholds_in_words(const RunResult& result) {
  const std::size_t all = result.thresholds.size();
  const std::size_t failed = count_of(result, metrics::Verdict::kFailed);
  const std::size_t not_judged = count_of(result, metrics::Verdict::kNotJudged);
  if (all == 0) return "no thresholds were set";
  const char* noun = all == 1 ? "threshold" : "thresholds";
  if (failed == 0 && not_judged == 0) {
    return all == 1 ? "the threshold passed" : fmt::format("all {} thresholds passed", all);
  }
  if (failed == 0) return fmt::format("{} of {} {} could not be judged", not_judged, all, noun);
  std::string text = fmt::format("{} of {} {} failed", failed, all, noun);
  if (not_judged > 0) text += fmt::format(", {} could not be judged", not_judged);
  return text;
}

// A run that its budget stopped is judged on what ran, and says so.
std::string early_end(const RunResult& result) {
  return result.end == End::kBudget ? "; stopped by its budget" : "";
}

std::string failed_detail(const RunResult& result) {
  std::string text = thresholds_in_words(result);
  if (result.end == End::kThresholdAbort) text += "; the run was ended for it";
  return text + early_end(result);
}

std::string interrupted_detail(const RunResult& result) {
  std::string text =
      result.end_reason.empty() ? "the run was stopped before its end" : reason_of(result);
  if (!result.thresholds.empty()) text += "; until then " + thresholds_in_words(result);
  return text;
}

std::string script_error_detail(const RunResult& result) {
  const auto with_reason = [&result](const std::string& what) {
    return result.end_reason.empty() ? what : what + ": " + reason_of(result);
  };
  if (result.end == End::kSetupFailed) return with_reason("set-up failed");
  if (result.end == End::kWatchdog) return with_reason("the script did not yield");
  std::uint64_t errors = 0;
  for (const ScriptError& error : result.script_errors) errors += error.count;
  std::string text;
  if (errors > 0) {
    text = errors == 1 ? "1 error in the script"
                       : base::format_count(errors) + " errors in the script";
  }
  for (const HookError& error : result.hook_errors) {
    text += fmt::format("{}{} failed: {}", text.empty() ? "" : "; ", error.hook,
                        first_line(error.text));
  }
  return text.empty() ? with_reason("the script failed") : text;
}

std::string marked_detail(const RunResult& result) {
  if (result.failures.empty()) return "the script called perigee.fail";
  std::string text = result.failures[0];
  if (result.failures.size() > 1) text += fmt::format(" (and {} more)", result.failures.size() - 1);
  return text;
}

}  // namespace

int exit_code_of(const RunResult& result, const Allowances& allowed) {
  const auto any = [&](metrics::Verdict verdict) {
    return std::any_of(result.thresholds.begin(), result.thresholds.end(),
                       [verdict](const auto& t) { return t.judgement.verdict == verdict; });
  };
  if (result.end == End::kAborted) return kExitAborted;
  if (result.end == End::kInterrupted) return kExitInterrupted;
  const bool script_failed = !result.script_errors.empty() && !allowed.script_errors;
  if (script_failed || !result.hook_errors.empty() || result.end == End::kSetupFailed ||
      result.end == End::kWatchdog) {
    return kExitScriptErrors;
  }
  if (!result.failures.empty()) return kExitMarkedAsFailed;
  if (any(metrics::Verdict::kFailed)) return kExitFailed;
  if (any(metrics::Verdict::kNotJudged) && !allowed.unjudged) return kExitNotJudged;
  return kExitPassed;
}

int gravest(std::span<const int> exit_codes) {
  constexpr std::array kGravestFirst = {kExitInternalError, kExitBadOptions,   kExitAborted,
                                        kExitInterrupted,   kExitScriptErrors, kExitMarkedAsFailed,
                                        kExitFailed,        kExitNotJudged};
  for (const int code : kGravestFirst) {
    if (std::find(exit_codes.begin(), exit_codes.end(), code) != exit_codes.end()) return code;
  }
  return kExitPassed;
}

std::string_view verdict_name(int exit_code) {
  switch (exit_code) {
    case kExitPassed:
      return "passed";
    case kExitInternalError:
      return "internal_error";
    case kExitNotJudged:
      return "not_judged";
    case kExitFailed:
      return "failed";
    case kExitBadOptions:
      return "bad_options";
    case kExitInterrupted:
      return "interrupted";
    case kExitScriptErrors:
      return "script_errors";
    case kExitAborted:
      return "aborted";
    case kExitMarkedAsFailed:
      return "marked_as_failed";
    default:
      return "unknown";
  }
}

std::string_view to_string(metrics::Verdict verdict) {
  switch (verdict) {
    case metrics::Verdict::kPassed:
      return "passed";
    case metrics::Verdict::kFailed:
      return "failed";
    case metrics::Verdict::kNotJudged:
      return "not_judged";
  }
  return "unknown";
}

std::string_view to_string(End end) {
  switch (end) {
    case End::kFinished:
      return "finished";
    case End::kInterrupted:
      return "interrupted";
    case End::kAborted:
      return "aborted";
    case End::kThresholdAbort:
      return "threshold_abort";
    case End::kSetupFailed:
      return "setup_failed";
    case End::kWatchdog:
      return "watchdog";
    case End::kBudget:
      return "budget";
  }
  return "unknown";
}

Headline headline(const RunResult& result) {
  using Tone = Headline::Tone;
  const auto reason_or = [&result](const char* otherwise) {
    return result.end_reason.empty() ? std::string(otherwise) : reason_of(result);
  };
  switch (result.exit_code) {
    case kExitPassed:
      return {"PASSED", thresholds_in_words(result) + early_end(result), Tone::kGood};
    case kExitFailed:
      return {"FAILED", failed_detail(result), Tone::kBad};
    case kExitNotJudged:
      return {"NOT JUDGED", thresholds_in_words(result) + early_end(result), Tone::kUnsure};
    case kExitBadOptions:
      return {"CANNOT RUN", reason_or("a bad option or script"), Tone::kBad};
    case kExitInterrupted:
      return {"INTERRUPTED", interrupted_detail(result), Tone::kUnsure};
    case kExitScriptErrors:
      return {"SCRIPT ERRORS", script_error_detail(result), Tone::kBad};
    case kExitAborted:
      return {"ABORTED", reason_or("the script ended the run"), Tone::kBad};
    case kExitMarkedAsFailed:
      return {"MARKED AS FAILED", marked_detail(result), Tone::kBad};
    case kExitInternalError:
      return {"INTERNAL ERROR", reason_or("a defect of perigee"), Tone::kBad};
    default:
      return {"NOT PASSED", reason_or(fmt::format("exit code {}", result.exit_code).c_str()),
              Tone::kBad};
  }
}

}  // namespace output
