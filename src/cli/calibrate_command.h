// perigee calibrate: how much load this machine can put on before its own error shows.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

// Registers the subcommand. Its callback sets exit_code: 0, 104 for bad flags, 105 for a signal, 1
// where a step could not be run or the result not be written.
void add_calibrate_command(CLI::App& app, int& exit_code);

}  // namespace cli
