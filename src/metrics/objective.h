// Objectives: what makes one request a good one, as in "llm_ttft < 2s".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "metrics/builtin.h"
#include "metrics/registry.h"
#include "metrics/threshold.h"

namespace metrics {

// A request is good when it completed and every objective holds for it. One that has no value for
// an objective's metric (a request without a stream has no llm_ttft) is not judged by that one.
struct Objective {
  std::string source;  // As the user wrote it.
  MetricId metric = 0;
  Threshold::Op op = Threshold::Op::kLess;
  double limit = 0;  // In the metric's unit.

  bool holds(double value) const;
};

// The metrics that have one value per request, and so can be an objective: llm_ttft,
// llm_ttft_from_due, llm_ttft_text, llm_tpot, llm_itl (the request's longest gap),
// llm_request_duration, llm_request_duration_from_due, llm_output_tokens_per_second,
// llm_tokens_out.
std::span<const Builtin> objective_metrics();

// The threshold's grammar without tags and aggregate. Errors: as parse_threshold's; a metric that
// is not one of objective_metrics().
base::Result<Objective> parse_objective(std::string_view text, const Registry& registry);

}  // namespace metrics
