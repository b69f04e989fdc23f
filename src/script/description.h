// Reads what perigee.internal.suite says of a loaded script.
#pragma once

#include "base/result.h"
#include "script/script.h"

struct lua_State;

namespace script {

// The table on top of the stack, which stays there.
// Errors: options that hold what JSON cannot.
base::Result<Description> read_description(lua_State* L);

}  // namespace script
