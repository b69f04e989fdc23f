// `perigee search`: the highest rate, or number of users, that holds given objectives.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

void add_search_command(CLI::App& app, int& exit_code);

}  // namespace cli
