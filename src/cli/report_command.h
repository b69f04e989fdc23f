// perigee report: the summary of a result file again, other tools' figures of the run, or the whole
// as an HTML page.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

// Registers the subcommand. Its callback prints on stdout and sets exit_code: 0, whatever the run
// came to; 104 for files and flags that cannot be used.
void add_report_command(CLI::App& app, int& exit_code);

}  // namespace cli
