// The result file: all that was measured, as JSON. docs/result-file.md says what each field means.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "output/run_result.h"

namespace output {

// Raised when a field goes away or changes its meaning; a new field keeps it.
inline constexpr int kResultSchemaVersion = 1;

nlohmann::ordered_json to_json(const RunResult& result);

// Whether a result file could be written there, to be asked before a run rather than after it.
// Errors: name the path and the reason.
base::Result<void> check_result_path(const std::string& path);

// The file appears whole or not at all: it is written beside its place and then renamed. What is
// not a regular file, such as a pipe, is written to directly.
// Errors: name the path and the system's reason.
base::Result<void> write_result_file(const RunResult& result, const std::string& path);

}  // namespace output
