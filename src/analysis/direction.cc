#include "analysis/direction.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace analysis {
namespace {

// Times are not listed: all of them are worse when they grow, but for those of kUnknown.
constexpr std::array<std::string_view, 16> kUpIsWorse = {
    "dropped_iterations", "interrupted_iterations", "script_errors",  "http_req_failed",
    "llm_request_failed", "llm_rate_limited",       "llm_overloaded", "llm_truncated",
    "llm_refused",        "llm_call_failed",        "llm_retries",    "llm_cost",
    "llm_stalls",         "llm_itl_coalesced",      "client_errors",  "client_memory",
};

constexpr std::array<std::string_view, 10> kDownIsWorse = {
    "iterations",        "checks",
    "http_reqs",         "llm_requests",
    "llm_calls",         "llm_output_tokens",
    "llm_good",          "llm_output_tokens_per_second",
    "llm_good_requests", "llm_good_output_tokens",
};

// How long an answer's parts are depends on what the model says as much as on how fast it says it.
constexpr std::array<std::string_view, 3> kUnknown = {"llm_thinking_duration", "llm_text_duration",
                                                      "llm_tool_input_duration"};

template <typename List>
bool holds(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

Direction direction_of(const metrics::Metric& metric) {
  if (holds(kDownIsWorse, metric.name)) return Direction::kDownIsWorse;
  if (holds(kUpIsWorse, metric.name)) return Direction::kUpIsWorse;
  if (holds(kUnknown, metric.name)) return Direction::kUnknown;
  return metric.unit == metrics::Unit::kTime ? Direction::kUpIsWorse : Direction::kUnknown;
}

}  // namespace analysis
