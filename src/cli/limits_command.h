// `perigee limits`: what an account is limited to, from headers and, if asked, by trying.
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

void add_limits_command(CLI::App& app, int& exit_code);

}  // namespace cli
