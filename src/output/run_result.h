// Everything about a run that an output may show.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metrics/store.h"
#include "metrics/threshold.h"

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

enum class End { kFinished, kInterrupted, kAborted, kThresholdAbort, kSetupFailed, kWatchdog };

// Cumulative numbers of one second, for the result file's time series.
struct Interval {
  double elapsed_s = 0;
  std::uint64_t vus = 0;
  double iterations = 0;
  double http_reqs = 0;
  double llm_requests = 0;
  double llm_requests_failed = 0;
  double output_tokens = 0;
};

struct RunResult {
  std::string script;
  std::string version;
  std::string started_at;  // RFC 3339, UTC: the run's only wall-clock time.
  base::Duration elapsed{};
  std::uint64_t seed = 0;
  int workers = 0;
  nlohmann::json options;  // As consolidated; without keys.
  nlohmann::json host;     // CPU count, kernel, stamp mode: facts the numbers depend on.

  const metrics::Store* store = nullptr;
  std::vector<JudgedThreshold> thresholds;
  std::vector<ScriptError> script_errors;
  std::vector<Interval> intervals;

  End end = End::kFinished;
  std::string end_reason;             // What abort() was given, or what else ended the run early.
  std::vector<std::string> failures;  // What perigee.fail() was given, each once.
  std::vector<std::string> warnings;  // Such as an unknown model that has no price.
  int exit_code = 0;
};

}  // namespace output
