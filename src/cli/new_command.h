// perigee new: writes a script to begin with.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "base/result.h"

namespace cli {

// Writes a template's text to a file. Errors: an unknown template, a file that is there already
// (unless `replace`), a file that cannot be written.
base::Result<void> write_template(const std::string& name, const std::string& path, bool replace);

// Registers the subcommand. Its callback sets exit_code: 104 for write_template's errors.
void add_new_command(CLI::App& app, int& exit_code);

}  // namespace cli
