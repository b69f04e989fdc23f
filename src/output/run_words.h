// A run in words: the phrases that the summary, the Markdown and the JUnit file have in common.
#pragma once

#include <string>
#include <vector>

#include "output/figures.h"
#include "output/run_result.h"

namespace output {

// The script's path; "perigee quick" for the script of that command.
std::string script_in_words(const std::string& script);

// "20.0s, 10 VUs, seed 42, 2 workers"
std::string run_in_words(const RunResult& result);

// "313 requests (13 failed, 1 censored)": of LLM requests, or of HTTP requests where there are none.
std::string requests_in_words(const metrics::Store& store);

bool has_llm_requests(const metrics::Store& store);

// Whether there is a cost to speak of: LLM requests or batches.
bool has_cost(const metrics::Store& store);
std::string cost_in_words(const metrics::Store& store);  // "cost $0.2990", "cost unknown"

// How far the numbers can be trusted: what the client added to them or lost of them. Nothing where
// it read nothing.
std::vector<std::string> client_error_in_words(const RunResult& result, Legend& legend);

// Whether something was measured; a counter without a sample is 0.
bool has_value(const JudgedThreshold& judged, const metrics::Registry& registry);

// "412ms", "≥ 2.1s ±30ms": what was measured, with the client's own error where that is more than a
// hundredth of it. "" where nothing was.
std::string measured_in_words(const JudgedThreshold& judged, const metrics::Registry& registry,
                              Legend& legend);

// What became of a threshold.
struct ThresholdWords {
  std::string measured;  // "412ms ±3ms", or "-" where it has no value.
  std::vector<std::string> remarks;
  bool is_judged = true;

  // Value and remarks, without a "-" in front of why it was not judged.
  std::vector<std::string> parts() const;
};

ThresholdWords threshold_in_words(const JudgedThreshold& judged, const metrics::Registry& registry,
                                  Legend& legend);

}  // namespace output
