#include "script/bindings.h"
#include "script/json_text.h"

namespace script {
namespace {

int l_json_encode(lua_State* L) {
  luaL_checkany(L, 1);
  std::string text;
  if (const auto done = encode_json(L, 1, text); !done) {
    return luaL_error(L, "%s", done.error().message.c_str());
  }
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

int l_json_decode(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  if (const auto done = decode_json(L, text); !done) {
    lua_pushnil(L);
    lua_pushlstring(L, done.error().message.data(), done.error().message.size());
    return 2;
  }
  return 1;
}

int l_json_array(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  mark_array(L, 1);
  lua_settop(L, 1);
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"json_encode", &guarded<l_json_encode>},
    {"json_decode", &guarded<l_json_decode>},
    {"json_array", &guarded<l_json_array>},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg* json_functions() { return kFunctions; }

}  // namespace script
