// perigee diagnose: what held a run up, by its result file, and what to do about it.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

// Registers the subcommand. Its callback prints on stdout and sets exit_code: 0, whatever was
// found; 104 for files and flags that cannot be used.
void add_diagnose_command(CLI::App& app, int& exit_code);

}  // namespace cli
