#include "script/body_buffer.h"

#include <new>
#include <string_view>
#include <utility>

#include "script/bindings.h"

namespace script {
namespace {

constexpr const char* kBodyType = "perigee.native.Body";
using Buffer = std::shared_ptr<std::string>;  // Null once it was sent.

std::string& check_unsent(lua_State* L, const Buffer& buffer) {
  if (!buffer) raise(L, "this body was sent already; build a new one");
  return *buffer;
}

std::string& check_body(lua_State* L) {
  return check_unsent(L, *static_cast<Buffer*>(luaL_checkudata(L, 1, kBodyType)));
}

int l_body_new(lua_State* L) {
  void* place = lua_newuserdata(L, sizeof(Buffer));
  new (place) Buffer(std::make_shared<std::string>());
  luaL_getmetatable(L, kBodyType);
  lua_setmetatable(L, -2);
  return 1;
}

int l_append(lua_State* L) {
  check_body(L).append(check_text(L, 2));
  return 0;
}

int l_size(lua_State* L) {
  lua_pushnumber(L, static_cast<lua_Number>(check_body(L).size()));
  return 1;
}

int l_collect(lua_State* L) {
  static_cast<Buffer*>(luaL_checkudata(L, 1, kBodyType))->~Buffer();
  return 0;
}

constexpr luaL_Reg kFunctions[] = {
    {"body_new", &guarded<l_body_new>},
    {nullptr, nullptr},
};

constexpr luaL_Reg kMethods[] = {
    {"append", &guarded<l_append>},
    {"size", &guarded<l_size>},
    {nullptr, nullptr},
};

}  // namespace

std::shared_ptr<const std::string> take_body_buffer(lua_State* L, int index) {
  auto* buffer = static_cast<Buffer*>(luaL_testudata(L, index, kBodyType));
  if (buffer == nullptr) return nullptr;
  check_unsent(L, *buffer);
  return std::exchange(*buffer, nullptr);
}

const luaL_Reg* body_functions() { return kFunctions; }

void make_body_metatable(lua_State* L) {
  luaL_newmetatable(L, kBodyType);
  lua_newtable(L);
  luaL_register(L, nullptr, kMethods);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, &l_collect);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}

}  // namespace script
