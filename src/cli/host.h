// What the machine allows and is.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/worker.h"
#include "load/plan.h"

namespace cli {

// Raises the limit of open files to what may be had, and says how many connections a run can hold
// beside what it needs itself.
std::uint64_t most_connections(std::uint64_t workers);

// The most VUs at one time, if all scenarios were at their height together.
std::uint64_t most_vus(const load::Plan& plan);

// What to say where the plan's VUs may want more connections than that, with the command that
// raises the limit; "" where all is well. VUs that never send anything need none.
std::string warn_of_connections(const load::Plan& plan, std::uint64_t workers);

double resident_memory();  // Of this process, in bytes.

// For the result file: kernel, CPUs, and by what reads were stamped.
nlohmann::json host_facts(const WorkerFacts& facts);

}  // namespace cli
