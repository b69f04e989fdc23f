// perigee run: runs a script and says pass or fail.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/run_options.h"
#include "output/output.h"

namespace cli {

// Registers the subcommand. Its callback runs the test and sets exit_code (docs/scripting.md lists
// the codes).
void add_run_command(CLI::App& app, int& exit_code);

// The flags of a run's outputs and its mock: the groups below, and the files of one run.
void add_run_flags(CLI::App& command, RunFlags& flags);

void add_mock_flags(CLI::App& command, RunFlags& flags);
void add_ci_flags(CLI::App& command, RunFlags& flags);  // --junit, --markdown
void add_progress_flags(CLI::App& command, RunFlags& flags);
void add_hook_flags(CLI::App& command, RunFlags& flags);  // And --jit; not part of add_run_flags.

// What shows a run on stderr while it runs.
std::vector<std::unique_ptr<output::Output>> progress_outputs(const RunFlags& flags);

// Writes the result file and what the script's summary() made. What could not be written is said on
// stderr and in the result, whose exit code it may change; so are `problems`, what exports lost.
void deliver(output::RunResult& result, const RunFlags& flags,
             const std::vector<std::string>& problems = {});

// Runs the test and returns the process' exit code.
int run(const RunFlags& flags);

}  // namespace cli
