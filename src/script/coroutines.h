// Lua coroutines that strands run in, kept between uses.
#pragma once

#include <cstddef>
#include <vector>

struct lua_State;

namespace script {

// A coroutine with the reference that keeps Lua's collector from it.
struct Coroutine {
  lua_State* state = nullptr;
  int ref = -2;  // LUA_NOREF
};

// A VU between two iterations needs no coroutine, and a new one costs the collector more than its
// memory: so those whose function has returned wait here for the next strand.
//
// Lifetime: the Lua state outlives it.
class Coroutines {
 public:
  explicit Coroutines(lua_State* main) : main_(main) {}

  Coroutine take();
  void give_back(Coroutine coroutine);  // REQUIRES: its function returned without an error.
  void drop(Coroutine coroutine);       // In whatever state it is.

  std::size_t idle() const { return idle_.size(); }
  std::size_t in_use() const { return in_use_; }

 private:
  lua_State* main_;
  std::vector<Coroutine> idle_;
  std::size_t in_use_ = 0;
};

}  // namespace script
