// JSON straight to and from Lua values, without a tree in between.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

struct lua_State;

namespace script {

// Appends the value at `index`. Tables with the keys 1..n are arrays; an empty table is {} unless
// it was marked by mark_array. Whole numbers up to 2^53 have no fraction; NaN and infinity are
// refused. Errors name the place: `messages[1].content: a function is no JSON`.
base::Result<void> encode_json(lua_State* L, int index, std::string& out);

// Pushes the decoded value, or nothing after an error. null becomes the null marker; whole numbers
// beyond 2^53 come as text, since a Lua number could not hold them.
base::Result<void> decode_json(lua_State* L, std::string_view text);

// Makes the table at `index` an array for encode_json.
void mark_array(lua_State* L, int index);

// Pushes the marker that stands for null.
void push_json_null(lua_State* L);

// Options and the like: small values that other folders read as JSON trees.
base::Result<nlohmann::json> to_json_tree(lua_State* L, int index);

}  // namespace script
