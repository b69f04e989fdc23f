// A result file read back: docs/result-file.md turned around.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"
#include "metrics/registry.h"
#include "metrics/store.h"

namespace analysis {

// The newest version of the file that is understood.
inline constexpr int kReadableSchemaVersion = 2;

struct StoredRun {
  nlohmann::json document;  // The whole file.
  std::unique_ptr<metrics::Registry> registry;
  std::unique_ptr<metrics::Store> store;
  std::unique_ptr<metrics::Store> apart;  // Of the warm-up, setup and teardown.
};

// Errors: a file that cannot be read, is no JSON, no result file, of a newer version, or damaged;
// name the file and what is wrong with it.
base::Result<StoredRun> read_result_file(const std::string& path);

// The text of a file; `place` is what errors begin with.
base::Result<StoredRun> read_result(const std::string& text, const std::string& place);

// "share" and the like, as the file has units. Throws std::runtime_error for what is none.
metrics::Unit unit_from_file(const std::string& name);

}  // namespace analysis
