// The functions of perigee.native: the whole of what C++ gives to Lua.
//
// Each bind_*.cc registers one luaL_Reg table. A binding checks its arguments before it constructs
// anything, never blocks, and suspends only by `return vu.suspend(...)`. lua/types/native.lua
// documents them; a test compares the two.
#pragma once

#include <exception>
#include <lua.hpp>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "client/http_call.h"
#include "metrics/tags.h"
#include "net/http_client.h"

namespace script {

class LuaVu;

// Puts perigee.native into package.preload.
void register_native(lua_State* L);

// The functions of one area, for register_native().
const luaL_Reg* basic_functions();
const luaL_Reg* json_functions();
const luaL_Reg* metric_functions();
const luaL_Reg* http_functions();
const luaL_Reg* llm_functions();
void make_stream_metatable(lua_State* L);

// Turns a C++ exception into a Lua error; Lua's own errors pass through untouched.
template <int (*kFunction)(lua_State*)>
int guarded(lua_State* L) {
  try {
    return kFunction(L);
  } catch (const std::exception& error) {
    lua_pushstring(L, error.what());
  }
  return lua_error(L);
}

// Raises a text with the position of the innermost call outside the library.
int raise(lua_State* L, const std::string& text);

// The running VU. Raises where there is none.
LuaVu& check_vu(lua_State* L, const char* function);

// The running VU, for what suspends it. Raises also where it could not be resumed: in a coroutine
// of the script's own, and in a callback of a C function such as table.sort.
LuaVu& check_suspendable_vu(lua_State* L, const char* function);

std::string_view check_text(lua_State* L, int index);

// ---- fields of the request tables that the Lua library builds

std::string text_field(lua_State* L, int table, const char* name);  // "" where there is none.
bool flag_field(lua_State* L, int table, const char* name);
base::Duration seconds_field(lua_State* L, int table, const char* name);
metrics::TagSet tags_at(lua_State* L,
                        int index);  // None where there is no table. REQUIRES: index > 0.
metrics::TagSet tags_field(lua_State* L, int table, const char* name);
// method, url, headers, body, connect_timeout, insecure, http2.
net::HttpRequest request_fields(lua_State* L, int table);

// ---- fields of the tables that are handed to Lua

void set_text(lua_State* L, const char* name, std::string_view value);
void set_number(lua_State* L, const char* name, double value);
void set_flag(lua_State* L, const char* name, bool value);

}  // namespace script
