// What a run writes or serves beside its summary and its result file.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/run_options.h"
#include "output/output.h"

namespace cli {

void add_export_flags(CLI::App& command, RunFlags& flags);

// Opens what the flags ask for, before there is any load. `on_problem` takes what went wrong at the
// run's end, as in "--csv: …"; it outlives the outputs.
//
// Errors: a file that cannot be written, a port in use: name the flag.
base::Result<std::vector<std::unique_ptr<output::Output>>> open_exports(
    const RunFlags& flags, const std::function<void(const std::string&)>& on_problem);

}  // namespace cli
