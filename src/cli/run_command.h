// perigee run: runs a script and says pass or fail.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/run_options.h"

namespace cli {

// Registers the subcommand. Its callback runs the test and sets exit_code (docs/scripting.md lists
// the codes).
void add_run_command(CLI::App& app, int& exit_code);

// The flags of a run's outputs, mock and hooks.
void add_run_flags(CLI::App& command, RunFlags& flags);

// Runs the test and returns the process' exit code.
int run(const RunFlags& flags);

}  // namespace cli
