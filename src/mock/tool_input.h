// The input that a model makes up for a tool.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/random.h"

namespace mock {

// JSON that fits the tool's JSON schema as far as it says: types, enum and const, required
// properties (and some of the others), items, the first of anyOf and oneOf, references within the
// schema, bounds of numbers, the usual formats of texts. What a schema leaves open, or says too
// deeply nested, becomes a word. ASCII alone, so that it can be cut anywhere.
//
// Cost: bounded, whatever the schema.
std::string make_tool_input(const nlohmann::json& schema, base::RandomStream& random);

}  // namespace mock
