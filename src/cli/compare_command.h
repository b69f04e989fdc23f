// perigee compare: whether a new run is worse than a base one, by how much, and how sure that is.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

// Registers the subcommand. Its callback prints on stdout and sets exit_code: 99 where a gate
// failed, 98 where one could not be judged, else 0; 104 for files and flags that cannot be used.
void add_compare_command(CLI::App& app, int& exit_code);

}  // namespace cli
