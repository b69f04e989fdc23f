#include "script/lua_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <lua.hpp>
#include <stdexcept>

#include "script/embedded.h"
#include "script/json_text.h"

namespace script {
namespace {

// What an error says: its text, or its value as JSON where it is no text.
std::string error_text(lua_State* L, int index) {
  std::size_t length = 0;
  if (const char* text = lua_tolstring(L, index, &length)) return {text, length};
  std::string json;
  const bool shown = lua_istable(L, index) && encode_json(L, index, json).has_value();
  return fmt::format("error with a {}{}", luaL_typename(L, index), shown ? ": " + json : "");
}

int l_traceback(lua_State* L) {
  luaL_traceback(L, L, error_text(L, 1).c_str(), 1);
  return 1;
}

// A package.loaders entry for the embedded library.
int l_find_embedded(lua_State* L) {
  const std::string_view name = luaL_checkstring(L, 1);
  const auto modules = embedded_modules();
  const auto found = std::find_if(modules.begin(), modules.end(),
                                  [name](const EmbeddedModule& m) { return m.name == name; });
  if (found == modules.end()) {
    lua_pushfstring(L, "\n\tno module '%s' in perigee's own library", lua_tostring(L, 1));
    return 1;
  }
  if (luaL_loadbuffer(L, found->source.data(), found->source.size(), found->chunk.data()) != 0) {
    return lua_error(L);
  }
  return 1;
}

// The root of the suite that a script belongs to: the nearest folder above it that holds .git; the
// working directory where there is none.
std::string suite_root(const std::string& script_directory) {
  std::error_code ignored;
  auto folder = std::filesystem::absolute(script_directory, ignored).lexically_normal();
  while (!folder.empty()) {
    if (std::filesystem::exists(folder / ".git", ignored)) return folder.string();
    if (folder == folder.root_path()) break;
    folder = folder.parent_path();
  }
  return ".";
}

// Runs `source` at start-up, when nothing but the library's own code is there.
void run_setup(lua_State* L, const char* source, const std::string& directory) {
  if (luaL_loadstring(L, source) != 0) throw std::runtime_error(lua_tostring(L, -1));
  lua_pushcfunction(L, &l_find_embedded);
  lua_pushstring(L, directory.c_str());
  lua_pushstring(L, suite_root(directory).c_str());
  if (lua_pcall(L, 3, 0, 0) != 0) throw std::runtime_error(lua_tostring(L, -1));
}

// C modules and ffi could block or crash a worker, so there is no way to load them.
constexpr const char* kSetup = R"lua(
  local find_embedded, directory, root = ...
  package.cpath = ""
  for _, folder in ipairs { root, directory } do
    package.path = folder .. "/?.lua;" .. folder .. "/?/init.lua;" .. package.path
  end
  table.insert(package.loaders, 2, find_embedded)
  package.loaders[5], package.loaders[4] = nil, nil
  package.loadlib, package.preload.ffi = nil, nil
)lua";

}  // namespace

LuaState::LuaState(const std::string& script_directory, bool use_jit) : state_(luaL_newstate()) {
  if (state_ == nullptr) throw std::runtime_error("cannot make a Lua state: out of memory");
  luaL_openlibs(state_);
  // Compiled loops cannot be interrupted by the watchdog, so compiling is asked for, not given.
  luaJIT_setmode(state_, 0, LUAJIT_MODE_ENGINE | (use_jit ? LUAJIT_MODE_ON : LUAJIT_MODE_OFF));
  run_setup(state_, kSetup, script_directory);
}

LuaState::~LuaState() { lua_close(state_); }

base::Result<void> LuaState::call(int arguments, int results) {
  const int base = lua_gettop(state_) - arguments;  // The function's index.
  lua_pushcfunction(state_, &l_traceback);
  lua_insert(state_, base);
  const int status = lua_pcall(state_, arguments, results, base);
  lua_remove(state_, base);
  if (status == 0) return {};
  std::string text = lua_tostring(state_, -1) != nullptr ? lua_tostring(state_, -1) : "";
  lua_pop(state_, 1);
  return base::fail("{}", text);
}

base::Result<void> LuaState::require(const std::string& name) {
  lua_getglobal(state_, "require");
  lua_pushlstring(state_, name.data(), name.size());
  return call(1, 1);
}

std::string error_with_traceback(lua_State* coroutine) {
  const std::string text = error_text(coroutine, -1);
  lua_pop(coroutine, 1);
  luaL_traceback(coroutine, coroutine, text.c_str(), 0);
  std::string full = lua_tostring(coroutine, -1);
  lua_pop(coroutine, 1);
  return full;
}

}  // namespace script
