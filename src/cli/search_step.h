// One step of a search for the highest load: how long it lasts, and whether the service held it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/ceiling_search.h"
#include "metrics/series.h"
#include "metrics/threshold.h"
#include "output/run_result.h"

namespace cli {

struct LoadStep {
  enum class By { kRate, kUsers };
  By by = By::kRate;
  double load = 0;          // Calls per second, or users.
  bool is_poisson = false;  // The calls come at random instead of evenly.
  base::Duration warmup{};  // Not judged.
  base::Duration length{};  // After it.
};

// What decides how long a step is.
struct StepRule {
  base::Duration shortest = std::chrono::seconds(10);
  base::Duration longest = std::chrono::minutes(2);
  std::uint64_t samples = 0;  // That the objectives' percentiles want (metrics::samples_wanted).
};

// A step is as long as the longest of: the shortest; what brings the samples; 20 times a call's
// duration; for rates, what brings 400 calls, or 1,500 where they come at random, so that a queue
// that grows can be told from one that varies. But never longer than the longest. The warm-up is
// twice a call's duration, at least 2 s.
//
// `call` is the mean duration of a call in the step before.
LoadStep plan_step(LoadStep::By by, double load, bool is_poisson, const StepRule& rule,
                   base::Duration call);

// What an objective came to in a step.
struct ObjectiveResult {
  metrics::Threshold objective;
  metrics::Unit unit = metrics::Unit::kNone;  // Of its limit, and of what was measured.
  bool per_second = false;
  metrics::Verdict verdict = metrics::Verdict::kPassed;
  std::optional<metrics::Estimate> measured;  // In the metric's unit; nothing without a sample.
  std::uint64_t samples = 0;
};

struct SearchStep {
  LoadStep plan;
  StepOutcome outcome = StepOutcome::kHeld;
  std::string why;            // What did not hold; "" where all did.
  double answered_per_s = 0;  // Completed requests.
  double goodput = 0;         // Those of them that met the script's objectives for one request.
  double failed = 0;          // Share of the requests.
  double output_tokens_per_s = 0;
  double cost_usd = 0;
  double open_at_start = 0;  // VUs at work after the warm-up, and at the end of the load.
  double open_at_end = 0;
  base::Duration call{};  // The mean duration of a completed request.
  // Seconds; nothing where no request brought one.
  std::optional<metrics::Estimate> ttft_p50;
  std::optional<metrics::Estimate> ttft_p95;
  std::optional<metrics::Estimate> duration_p95;
  std::vector<ObjectiveResult> objectives;  // In the order in which they were given.
};

// Did not hold: an objective failed; or, of a rate, calls were dropped, or what was open grew by
// more than 2 % of the calls that came and twice what chance explains (the root of what was open,
// or of the calls that came where they come at random): the queue has no end then, whatever the
// latencies of so short a time are. Unknown, for the client's sake: an objective was not judged,
// and the client has a finding.
//
// `objectives` are the thresholds that decide, as they were written.
SearchStep judge_step(const LoadStep& step, const output::RunResult& result,
                      const std::vector<std::string>& objectives);

nlohmann::ordered_json to_json(const SearchStep& step);

}  // namespace cli
