#include "output/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "metrics/builtin.h"
#include "metrics/threshold.h"
#include "output/run_words.h"
#include "output/verdict.h"

namespace output {
namespace {

using Status = Claim::Status;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Claim end_claim(const RunResult& result) {
  Claim claim{.kind = "end", .name = "the run comes to its end"};
  const auto goes_wrong = [&](const std::string& otherwise) {
    const std::string& reason = result.end_reason.empty() ? otherwise : result.end_reason;
    claim.status = Status::kError;
    claim.type = to_string(result.end);
    claim.message = first_line(reason);
    claim.detail = reason;
  };
  switch (result.end) {
    case End::kFinished:
      break;
    case End::kThresholdAbort:  // The threshold fails for itself.
    case End::kBudget:
      claim.message = "ended early: " + first_line(result.end_reason);
      break;
    case End::kInterrupted:
      goes_wrong("interrupted");
      break;
    case End::kAborted:
      goes_wrong("aborted by the script");
      break;
    case End::kSetupFailed:
      goes_wrong("setup() failed");
      break;
    case End::kWatchdog:
      goes_wrong("the script did not yield");
      break;
  }
  return claim;
}

Claim script_error_claim(const RunResult& result) {
  Claim claim{.kind = "script_errors", .name = "no script errors"};
  if (result.script_errors.empty()) return claim;
  std::uint64_t count = 0;
  for (const ScriptError& error : result.script_errors) {
    count += error.count;
    claim.detail += fmt::format("{} × {}\n", base::format_count(error.count), error.text);
  }
  // Had they counted, the run could not have come to a code that stands behind theirs.
  const int code = result.exit_code;
  const bool allowed = code == kExitPassed || code == kExitNotJudged || code == kExitFailed ||
                       code == kExitMarkedAsFailed;
  claim.status = allowed ? Status::kAllowed : Status::kError;
  claim.type = "script_error";
  claim.message = fmt::format("{} × {}", base::format_count(count),
                              first_line(result.script_errors.front().text));
  return claim;
}

void add_marks(std::vector<Claim>& claims, const RunResult& result) {
  if (result.failures.empty()) return;
  claims.push_back({.kind = "mark",
                    .name = "not marked as failed",
                    .status = Status::kFailed,
                    .type = "marked_as_failed",
                    .message = first_line(result.failures.front()),
                    .detail = base::join(result.failures, "\n")});
}

Claim threshold_claim(const JudgedThreshold& judged, const RunResult& result) {
  Claim claim{.kind = "threshold", .name = metrics::describe(judged.threshold)};
  if (result.store != nullptr) {
    Legend legend;
    const auto words = threshold_in_words(judged, result.store->registry(), legend);
    claim.message = base::join(words.parts(), "; ");
  }
  if (judged.judgement.verdict == metrics::Verdict::kFailed) {
    claim.status = Status::kFailed;
    claim.type = "threshold";
    claim.message = "measured " + claim.message;
  } else if (judged.judgement.verdict == metrics::Verdict::kNotJudged) {
    claim.status = result.exit_code == kExitPassed ? Status::kAllowed : Status::kError;
    claim.type = "not_judged";
  }
  return claim;
}

void add_checks(std::vector<Claim>& claims, const RunResult& result) {
  if (result.store == nullptr) return;
  for (const auto& [name, series] : result.store->grouped(metrics::kChecks, "check")) {
    const auto& rate = std::get<metrics::Rate>(series);
    Claim claim{.kind = "check", .name = name};
    claim.message = fmt::format("{} of {} ({})", base::format_count(rate.trues),
                                base::format_count(rate.total),
                                metrics::format_value(rate.share(), metrics::Unit::kShare));
    if (rate.trues < rate.total) {
      claim.status = Status::kAllowed;
      claim.type = "check";
      claim.message += "; a check alone fails no run, a threshold on checks does";
    }
    claims.push_back(std::move(claim));
  }
}

// The same threshold may stand in a script and behind a flag.
void number_the_same_names(std::vector<Claim>& claims) {
  std::map<std::pair<std::string, std::string>, int> seen;
  for (Claim& claim : claims) {
    const int times = ++seen[{claim.kind, claim.name}];
    if (times > 1) claim.name += fmt::format(" ({})", times);
  }
}

}  // namespace

std::vector<Claim> claims_of(const RunResult& result) {
  std::vector<Claim> claims;
  if (result.exit_code != kExitBadOptions) {  // Else nothing ran that could hold or not.
    claims = {end_claim(result), script_error_claim(result)};
    for (const HookError& error : result.hook_errors) {
      claims.push_back({.kind = "hook",
                        .name = error.hook + "() succeeds",
                        .status = Status::kError,
                        .type = error.hook,
                        .message = first_line(error.text),
                        .detail = error.text});
    }
    add_marks(claims, result);
    for (const JudgedThreshold& judged : result.thresholds) {
      claims.push_back(threshold_claim(judged, result));
    }
    add_checks(claims, result);
  }
  const bool fails = std::any_of(claims.begin(), claims.end(),
                                 [](const Claim& claim) { return claim.fails_the_run(); });
  // What could not be written has no claim of its own.
  if (result.exit_code == kExitInternalError || (result.exit_code != kExitPassed && !fails)) {
    const Headline head = headline(result);
    claims.push_back({.kind = "exit_code",
                      .name = result.exit_code == kExitBadOptions
                                  ? "the script can be run"
                                  : fmt::format("exit code {}", result.exit_code),
                      .status = Status::kError,
                      .type = std::string(verdict_name(result.exit_code)),
                      .message = first_line(head.detail),
                      .detail = result.end_reason.empty() ? head.detail : result.end_reason});
  }
  number_the_same_names(claims);
  return claims;
}

}  // namespace output
