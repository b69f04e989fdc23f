// Other tools' figures as the result file has them. docs/result-file.md says what each field means.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "analysis/definitions.h"

namespace output {

nlohmann::ordered_json definitions_to_json(const std::vector<analysis::Definition>& definitions);

// Throws a std::exception where a field is missing or of another type.
std::vector<analysis::Definition> definitions_from_json(const nlohmann::json& json);

}  // namespace output
