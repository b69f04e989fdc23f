// perigee run: runs a script and says pass or fail.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

// Registers the subcommand. Its callback runs the test and sets exit_code (docs/scripting.md lists
// the codes).
void add_run_command(CLI::App& app, int& exit_code);

}  // namespace cli
