// Says beforehand that a plan asks for more than the machine was calibrated for.
#pragma once

#include <cstdint>
#include <string>

#include "cli/calibration.h"
#include "load/plan.h"

namespace cli {

// What a plan asks of the machine, if all scenarios were at their height together.
struct AskedLoad {
  // VUs of closed executors at most, and those that open ones start with: how many more these come
  // to need depends on the service, and max_vus is often just left at its default.
  std::uint64_t vus = 0;
  double starts_per_second = 0;  // Of open executors; of a trace the most in any second.
};

AskedLoad asked_load(const load::Plan& plan);

// One line, or "" where the load is within both ceilings. A ceiling of 0 was not found, and warns
// of nothing.
std::string warn_of_ceilings(const AskedLoad& asked, const Calibration& calibration);

// The same with what is saved for this host, or what is wrong with the saved file.
std::string warn_of_calibration(const load::Plan& plan, int threads);

}  // namespace cli
