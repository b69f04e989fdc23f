// The result file: all that was measured, as JSON. docs/result-file.md says what each field means.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "output/run_result.h"

namespace output {

// Raised when a field goes away or changes its meaning; a new field keeps it.
inline constexpr int kResultSchemaVersion = 2;

// The whole file.
std::string result_text(const RunResult& result);

// What a script's summary(result) gets: the same document, but `metrics` by name with their
// statistics instead of their histograms (statistics_json.h), and `text`, the summary that would be
// printed without the hook.
nlohmann::ordered_json summary_data(const RunResult& result);
std::string summary_data_text(const RunResult& result);  // As JSON text, always valid UTF-8.

// Whether a result file could be written there, to be asked before a run rather than after it.
// Errors: name the path and the reason.
base::Result<void> check_result_path(const std::string& path);

// The file appears whole or not at all: it is written beside its place and then renamed. What is
// not a regular file, such as a pipe, is written to directly.
// Errors: name the path and the system's reason.
base::Result<void> write_result_file(const RunResult& result, const std::string& path);

}  // namespace output
