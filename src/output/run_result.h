// Everything about a run that an output may show.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analysis/definitions.h"
#include "base/clock.h"
#include "metrics/client_health.h"
#include "metrics/objective.h"
#include "metrics/store.h"
#include "metrics/threshold.h"
#include "output/intervals.h"

namespace output {

struct JudgedThreshold {
  metrics::Threshold threshold;
  metrics::Judgement judgement;
};

// A script error with how often it came; the text has the message and its traceback.
struct ScriptError {
  std::string text;
  std::uint64_t count = 0;
};

// A hook that failed or ran out of time after the load: teardown, summary. A setup that failed is
// an End of its own.
struct HookError {
  std::string hook;
  std::string text;  // The message and its traceback.
};

enum class End {
  kFinished,
  kInterrupted,
  kAborted,
  kThresholdAbort,
  kSetupFailed,
  kWatchdog,
  kBudget,  // No request fitted into what was left of it.
};

// In US dollars.
struct BudgetUse {
  double limit = 0;
  double spent = 0;
  double unknown = 0;  // The part of `spent` that was reserved for requests without a known cost.
};

struct RunResult {
  std::string script;
  std::string version;
  std::string started_at;  // RFC 3339, UTC: the run's only wall-clock time.
  base::Duration elapsed{};
  base::Duration warmup{};  // Its samples, and those of setup and teardown, are in `apart`.
  // For how long samples were counted into `store`: without the warm-up. All figures per second are
  // over this; zero stands for `elapsed`.
  base::Duration judged{};
  std::uint64_t seed = 0;
  int workers = 0;
  nlohmann::json options;  // As consolidated; without keys.
  nlohmann::json host;     // CPU count, kernel, stamp mode: facts the numbers depend on.

  const metrics::Store* store = nullptr;
  const metrics::Store* apart = nullptr;  // Null where nothing was kept apart.
  std::vector<JudgedThreshold> thresholds;
  std::vector<metrics::Objective> objectives;
  std::vector<ScriptError> script_errors;
  std::vector<HookError> hook_errors;
  std::vector<Interval> intervals;
  IntervalSeries interval_series;

  std::vector<metrics::ClientFinding> client_findings;

  std::optional<BudgetUse> budget;  // None where the run had none.

  std::vector<analysis::Definition> definitions;  // By which it was asked to be reported as well.

  // What the script's summary() made in place of ours: texts by file name, "stdout" and "stderr"
  // among them. Empty where it made nothing.
  std::map<std::string, std::string> own_summary;

  End end = End::kFinished;
  std::string end_reason;             // What abort() was given, or what else ended the run early.
  std::vector<std::string> failures;  // What perigee.fail() was given, each once.
  std::vector<std::string> warnings;  // Such as an unknown model that has no price.
  int exit_code = 0;

  base::Duration counted_time() const { return judged > base::Duration::zero() ? judged : elapsed; }
};

}  // namespace output
