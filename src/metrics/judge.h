// How a threshold is judged over samples, wherever they were collected.
#pragma once

#include <string>

#include "metrics/threshold.h"

namespace metrics {

inline constexpr const char* kNoSamples = "no samples";

// What a threshold is judged by: the matching series merged, over some span of time.
struct Evidence {
  Series series;
  double blurred_gaps = 0;  // Of llm_itl: the matching llm_itl_coalesced.
  base::Duration span{};
  Unit unit = Unit::kNone;  // Of what is measured.
};

// Without samples a counter is 0; of any other metric nothing is decided: the verdict is
// kNotJudged, samples are 0 and the reason is kNoSamples.
Judgement judge(const Threshold& threshold, const Evidence& evidence);

// Whether all that was counted leaves the threshold without samples, and in which words: `no
// samples: task "simpel" never occurred (did you mean "simple"?)`. "" where there are some.
std::string why_no_samples(const Threshold& threshold, const Store& store);

// The judgement of a threshold without samples, for the reason given.
Judgement judge_without_samples(const Threshold& threshold, std::string reason);

}  // namespace metrics
