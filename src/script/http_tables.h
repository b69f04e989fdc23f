// Requests and answers of plain HTTP as Lua tables: what the bindings that send one share.
#pragma once

#include <lua.hpp>

#include "client/http_call.h"

namespace script {

class LuaVu;

// The fields of the request table at 1, a perigee.native.HttpRequest.
client::HttpSpec http_fields(lua_State* L, LuaVu& vu);

// Pushes the answer's table.
int push_http_answer(lua_State* L, const client::HttpAnswer& answer);

}  // namespace script
