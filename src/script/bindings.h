// The functions of perigee.native: the whole of what C++ gives to Lua.
//
// Each bind_*.cc registers one luaL_Reg table. A binding checks its arguments before it constructs
// anything, never blocks, and suspends only by `return strand.suspend(...)`. lua/types/native.lua
// documents them; a test compares the two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <lua.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/row_file.h"
#include "metrics/tags.h"

namespace script {

class LuaVu;
class Strand;

// Puts perigee.native into package.preload.
void register_native(lua_State* L);

// The functions of one area, for register_native().
const luaL_Reg* basic_functions();
const luaL_Reg* run_functions();
const luaL_Reg* tag_functions();
const luaL_Reg* all_functions();
const luaL_Reg* json_functions();
const luaL_Reg* metric_functions();
const luaL_Reg* http_functions();
const luaL_Reg* llm_functions();
const luaL_Reg* stream_functions();
const luaL_Reg* endpoint_functions();
const luaL_Reg* batch_functions();
const luaL_Reg* data_functions();
void make_stream_metatable(lua_State* L);
void make_data_metatable(lua_State* L);
void make_batch_metatables(lua_State* L);
// Makes the field `all` of the table on top raise what its C function returns as an error.
void let_all_raise(lua_State* L);

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

// Raises that a model has no price, which a budget needs, and how to give it one.
int raise_unpriced(lua_State* L, const std::string& model);

// The running VU. Raises where there is none.
LuaVu& check_vu(lua_State* L, const char* function);

// The running strand, for what suspends it. Raises also where it could not be resumed: in a
// coroutine of the script's own, and in a callback of a C function such as table.sort.
Strand& check_suspendable(lua_State* L, const char* function);

std::string_view check_text(lua_State* L, int index);

// ---- fields of the request tables that the Lua library builds

std::string text_field(lua_State* L, int table, const char* name);  // "" where there is none.
bool flag_field(lua_State* L, int table, const char* name);
std::uint64_t count_field(lua_State* L, int table, const char* name);  // 0 for what is no count.
std::optional<double> number_field(lua_State* L, int table, const char* name);
base::Duration seconds_field(lua_State* L, int table, const char* name);
metrics::TagSet tags_at(lua_State* L,
                        int index);  // None where there is no table. REQUIRES: index > 0.
metrics::TagSet tags_field(lua_State* L, int table, const char* name);

// ---- rows of data files

// Pushes a row as a Lua value: a decoded JSON value, a table by column, or a text. After an error
// nothing is pushed; it names file and line. REQUIRES: row < rows.size().
base::Result<void> decode_row(lua_State* L, const base::RowFile& rows, std::size_t row);
// The same, for a binding's return; raises the error.
int push_row(lua_State* L, const base::RowFile& rows, std::size_t row);

// ---- fields of the tables that are handed to Lua

void set_text(lua_State* L, const char* name, std::string_view value);
void set_number(lua_State* L, const char* name, double value);
void set_flag(lua_State* L, const char* name, bool value);

}  // namespace script
