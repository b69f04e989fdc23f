// `perigee plan`: what a workload needs, from a result file or from numbers.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

void add_plan_command(CLI::App& app, int& exit_code);

}  // namespace cli
