// Reads JSON that came whole: an answer that was not streamed, and the body of an error.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace llm {

// Keeps the keys' order, so that a tool's input stays as it came.
using Json = nlohmann::ordered_json;

// A discarded value where the text is no JSON, or nested beyond all use; the functions below take
// it for an empty one.
Json parse_json(std::string_view text);

// Null where the field is missing or `object` is no object.
const Json& at(const Json& object, const char* key);

// "" or nothing where the field is missing or of another type.
std::string string_at(const Json& object, const char* key);
std::optional<std::uint64_t> count_at(const Json& object, const char* key);
const Json* object_at(const Json& object, const char* key);  // Null for nothing.

}  // namespace llm
