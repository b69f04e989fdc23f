// perigee inspect: says what a script would run, and runs nothing.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/run_options.h"
#include "script/script.h"

namespace cli {

// What would run, as --json prints it: scenarios with their executor's fields, classes and tasks,
// most VUs, duration, and in open models the iterations to expect.
nlohmann::json inspect(const RunSettings& settings, const script::Description& description);

// The same for people.
std::string inspect_text(const nlohmann::json& inspected);

// Registers the subcommand. Its callback sets exit_code: 104 for what `run` would refuse too.
void add_inspect_command(CLI::App& app, int& exit_code);

}  // namespace cli
