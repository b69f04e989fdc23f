// perigee merge: the results of several runs as those of one.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

// Registers the subcommand. Its callback sets exit_code: what a run of the same outcome ends with,
// 104 for files that cannot be merged, 1 where the result could not be written.
void add_merge_command(CLI::App& app, int& exit_code);

}  // namespace cli
