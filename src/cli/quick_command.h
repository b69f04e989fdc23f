// perigee quick: a first test of a server, with no script.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

// Registers the subcommand. It runs the embedded script perigee.internal.quick as `run` would run
// one, and sets exit_code as `run` does.
void add_quick_command(CLI::App& app, int& exit_code);

}  // namespace cli
