// One step of a calibration: so many users for a few seconds, and how far off their figures were.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "cli/calibration_truth.h"
#include "cli/ceiling_search.h"

namespace cli {

// What is asked.
struct StepPlan {
  enum class Kind { kStreams, kRequests };
  Kind kind = Kind::kStreams;
  std::uint64_t users = 1;  // Streams at once, or users that send requests one after the other.
  base::Duration gap{};     // Between a stream's events.
  base::Duration length{};  // Of the two streams of a user; of the sending of requests.
};

// p50, p95 and p99 of a run, each as told / true - 1.
using Off = std::array<double, 3>;

// What came of it. docs/calibrate.md defines every figure.
struct StepResult {
  StepPlan plan;
  double events_per_second = 0;
  double pace = 1;  // Of the server: the gap that it was asked for over the mean gap that it kept.
  Off itl_off{};
  Off ttft_off{};
  double blurred = 0;              // Share of the gaps.
  double failed = 0;               // Share of the requests.
  double requests_per_second = 0;  // Completed.
  double client_cores = 0;
  double server_cores = 0;       // Of all servers together.
  double client_memory = 0;      // At its most, in bytes.
  bool ran_out_of_time = false;  // It had to be killed: no figure but the plan's means anything.
  int threads = 0;
};

// Above this share of error a step was too much for the client.
inline constexpr double kMostError = 0.01;
// Below this pace the server was too slow.
inline constexpr double kLeastPace = 0.95;

// Puts the figures that a run told (its result file) beside the truth.
void compare(const nlohmann::json& told, const CalibrationTruth& truth, StepResult& step);

// The figures that need no truth. Errors: none; what is missing in the file is 0.
void take_figures(const nlohmann::json& told, StepResult& step);

// The largest error and what it is one of, as in "3.2% of the gaps blurred"; "" where the client
// held. `step` is of streams.
std::string client_error(const StepResult& step);

StepOutcome outcome_of(const StepResult& step);

nlohmann::ordered_json to_json(const StepResult& step);

}  // namespace cli
