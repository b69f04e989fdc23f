// Bodies of requests that are too large to be built as Lua texts.
#pragma once

#include <lua.hpp>
#include <memory>
#include <string>

namespace script {

// The body in the buffer at `index`, a perigee.native.Body, which is then sent and takes no more;
// null where the value is none. Raises for a buffer that was sent before.
//
// Cost: none; the body is moved.
std::shared_ptr<const std::string> take_body_buffer(lua_State* L, int index);

const luaL_Reg* body_functions();
void make_body_metatable(lua_State* L);

}  // namespace script
