// The phases of a calibration, one after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/calibration.h"
#include "cli/ceiling_search.h"
#include "cli/step_runner.h"

namespace cli {

struct CalibratorOptions {
  std::uint64_t most_streams = 1;
  base::Duration step = std::chrono::seconds(5);
  base::Duration time = std::chrono::seconds(170);  // For all steps.
  int servers = 1;
};

// Told of each step when it is over, to show it.
using OnStep = std::function<void(const StepResult&)>;

class Calibrator {
 public:
  Calibrator(StepRunner& runner, CalibratorOptions options, OnStep on_step);

  // Errors: those of the steps. Where no stream held, the ceilings are 0.
  base::Result<Calibration> run();

  const std::vector<StepResult>& steps() const { return steps_; }

  // Of the least that was too much for streams, "" where the client did not give in: see
  // client_error().
  const std::string& streams_error() const { return streams_error_; }
  const std::string& events_error() const { return events_error_; }

 private:
  base::Result<void> find_streams();
  base::Result<void> find_events();
  base::Result<void> find_requests();
  void find_memory();

  // Nothing where the phase, which may last until so much of the time is used, is over.
  base::Result<std::optional<StepResult>> measure(const StepPlan& plan, double until);
  base::Result<StepOutcome> measure_streams(std::uint64_t streams, base::Duration gap, double until,
                                            std::string& error);

  StepRunner& runner_;
  CalibratorOptions options_;
  OnStep on_step_;
  base::MonotonicClock clock_;
  base::TimePoint start_;
  std::vector<StepResult> steps_;
  Calibration found_;
  std::string streams_error_;
  std::string events_error_;
};

}  // namespace cli
