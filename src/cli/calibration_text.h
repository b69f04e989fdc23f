// What `perigee calibrate` prints.
#pragma once

#include <string>

#include "cli/calibration.h"
#include "cli/calibrator.h"

namespace cli {

// A line with a newline, beneath the header of its kind.
std::string step_header(StepPlan::Kind kind);
std::string step_line(const StepResult& step);

// The result, for stdout.
std::string calibration_text(const Calibration& calibration, const Calibrator& calibrator);

}  // namespace cli
