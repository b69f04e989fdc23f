// A Lua interpreter with perigee's library in it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

struct lua_State;

namespace script {

// Owns a lua_State with the standard libraries (but for ffi and C modules), the embedded library
// and `require` set up: embedded modules first, then `script_directory`, then
// the suite's root (the nearest folder above that holds .git), then the working directory and
// LUA_PATH.
//
// Threads: none of its own; one per worker.
// Errors:  Lua errors never leave call(): they come back as text with a traceback.
class LuaState {
 public:
  explicit LuaState(const std::string& script_directory, bool use_jit);
  ~LuaState();
  LuaState(const LuaState&) = delete;
  LuaState& operator=(const LuaState&) = delete;

  lua_State* get() const { return state_; }

  // The one gate from C++ into Lua outside of coroutines. The function and its arguments are on the
  // stack, as for lua_pcall; so are the results afterwards, none after an error.
  base::Result<void> call(int arguments, int results);

  // require(name), leaving the module on the stack.
  base::Result<void> require(const std::string& name);

 private:
  lua_State* state_;
};

// The text of the error on top of the stack, which it pops, with the traceback of `coroutine`.
std::string error_with_traceback(lua_State* coroutine);

}  // namespace script
