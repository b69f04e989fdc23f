#include "script/coroutines.h"

#include <lua.hpp>

namespace script {
namespace {

// So many strands begin and end within one turn of a busy worker; more would only hold memory.
constexpr std::size_t kMostIdle = 256;

}  // namespace

Coroutine Coroutines::take() {
  ++in_use_;
  if (!idle_.empty()) {
    const Coroutine coroutine = idle_.back();
    idle_.pop_back();
    return coroutine;
  }
  lua_State* state = lua_newthread(main_);
  return {state, luaL_ref(main_, LUA_REGISTRYINDEX)};
}

void Coroutines::give_back(Coroutine coroutine) {
  if (idle_.size() >= kMostIdle) return drop(coroutine);
  --in_use_;
  lua_settop(coroutine.state, 0);
  // setfenv(0, …) is all that a function can leave behind in its coroutine.
  lua_rawgeti(main_, LUA_REGISTRYINDEX, coroutine.ref);
  lua_pushvalue(main_, LUA_GLOBALSINDEX);
  lua_setfenv(main_, -2);
  lua_pop(main_, 1);
  idle_.push_back(coroutine);
}

void Coroutines::drop(Coroutine coroutine) {
  --in_use_;
  luaL_unref(main_, LUA_REGISTRYINDEX, coroutine.ref);
}

}  // namespace script
