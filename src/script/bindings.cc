#include "script/bindings.h"

#include <fmt/format.h>

#include "script/body_buffer.h"
#include "script/json_text.h"
#include "script/lua_vu.h"
#include "script/script.h"
#include "script/strand.h"

namespace script {
namespace {

int l_open_native(lua_State* L) {
  lua_newtable(L);
  for (const luaL_Reg* functions :
       {basic_functions(), run_functions(), tag_functions(), all_functions(), json_functions(),
        metric_functions(), http_functions(), llm_functions(), stream_functions(),
        endpoint_functions(), batch_functions(), body_functions(), data_functions()}) {
    for (const luaL_Reg* entry = functions; entry->name != nullptr; ++entry) {
      lua_pushcfunction(L, entry->func);
      lua_setfield(L, -2, entry->name);
    }
  }
  push_json_null(L);
  lua_setfield(L, -2, "null");
  let_all_raise(L);
  make_stream_metatable(L);
  make_data_metatable(L);
  make_batch_metatables(L);
  make_body_metatable(L);
  return 1;
}

}  // namespace

void register_native(lua_State* L) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "preload");
  lua_pushcfunction(L, &l_open_native);
  lua_setfield(L, -2, "perigee.native");
  lua_pop(L, 2);
}

int raise(lua_State* L, const std::string& text) {
  constexpr std::string_view kLibrary = "@lua/perigee/";
  lua_Debug frame;
  for (int level = 1; lua_getstack(L, level, &frame) != 0; ++level) {
    lua_getinfo(L, "Sl", &frame);
    if (frame.currentline <= 0 || std::string_view(frame.source).starts_with(kLibrary)) continue;
    lua_pushfstring(L, "%s:%d: %s", frame.short_src, frame.currentline, text.c_str());
    return lua_error(L);
  }
  lua_pushlstring(L, text.data(), text.size());
  return lua_error(L);
}

int raise_unpriced(lua_State* L, const std::string& model) {
  return raise(L, fmt::format("options.budget: no price is known for the model \"{0}\"; give one: "
                              "options.prices = {{ [\"{0}\"] = {{ input = …, output = … }} }}",
                              model));
}

LuaVu& check_vu(lua_State* L, const char* function) {
  LuaVu* vu = Script::of(L).current();
  if (vu == nullptr) {
    raise(L, fmt::format("{} is not available while the script loads; call it in a task, a hook or "
                         "default",
                         function));
  }
  return *vu;
}

Strand& check_suspendable(lua_State* L, const char* function) {
  check_vu(L, function);
  Strand* strand = Script::of(L).strand();
  if (strand == nullptr || L != strand->coroutine()) {
    raise(L, fmt::format("{} cannot be called inside a coroutine of your own", function));
  }
  if (lua_isyieldable(L) == 0) {
    raise(L, fmt::format("{} cannot wait inside a callback of a C function such as table.sort or "
                         "string.gsub",
                         function));
  }
  return *strand;
}

std::string_view check_text(lua_State* L, int index) {
  std::size_t length = 0;
  const char* text = luaL_checklstring(L, index, &length);
  return {text, length};
}

std::string text_field(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  std::size_t length = 0;
  const char* text = lua_tolstring(L, -1, &length);
  std::string value = text == nullptr ? std::string() : std::string(text, length);
  lua_pop(L, 1);
  return value;
}

bool flag_field(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  const bool value = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return value;
}

std::uint64_t count_field(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  const double count = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

std::optional<double> number_field(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  const bool there = lua_isnumber(L, -1) != 0;
  const double value = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return there ? std::optional(value) : std::nullopt;
}

base::Duration seconds_field(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  const double seconds = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return base::from_seconds(seconds);
}

metrics::TagSet tags_at(lua_State* L, int index) {
  metrics::TagSet tags;
  if (!lua_istable(L, index)) return tags;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    // lua_tostring would change a numeric key in place and confuse lua_next.
    if (lua_type(L, -2) != LUA_TSTRING || lua_tostring(L, -1) == nullptr) continue;
    tags.set(lua_tostring(L, -2), lua_tostring(L, -1));
  }
  return tags;
}

metrics::TagSet tags_field(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  metrics::TagSet tags = tags_at(L, lua_gettop(L));
  lua_pop(L, 1);
  return tags;
}

void set_text(lua_State* L, const char* name, std::string_view value) {
  lua_pushlstring(L, value.data(), value.size());
  lua_setfield(L, -2, name);
}

void set_number(lua_State* L, const char* name, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, name);
}

void set_flag(lua_State* L, const char* name, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, name);
}

}  // namespace script
