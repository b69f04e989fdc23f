// One thread of a VU's script: a coroutine that can wait for one thing at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "net/event_loop.h"

struct lua_State;

namespace script {

class LuaVu;

// A VU's script runs in its main strand; perigee.all gives each of its functions a strand of its
// own, so that one user can have several requests open. The suspend protocol:
//
//   int l_something(lua_State* L) {
//     Strand& strand = check_suspendable(L, "perigee.something");
//     auto operation = start(…, [&strand] { strand.make_ready(); });
//     return strand.suspend([…](lua_State* co) { push results; return how_many; }, operation);
//   }
//
// Threads:  its worker's.
// Lifetime: the VU's; an operation never outlives the strand that waits for it.
class Strand {
 public:
  Strand(LuaVu& vu, std::function<void()> on_ready);
  ~Strand();
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  LuaVu& vu() { return vu_; }
  lua_State* coroutine() const { return coroutine_; }

  // Suspends: `return strand.suspend(...)` is a binding's last statement. When something calls
  // make_ready(), `push_results` pushes what the suspended call returns and says how many values
  // that is. `operation` is kept until then, and destroyed by an interruption.
  int suspend(std::function<int(lua_State*)> push_results,
              std::shared_ptr<void> operation = nullptr);
  int sleep(base::Duration delay);

  // The strand goes on at the end of this turn of the loop. May be called from a network callback,
  // and more than once.
  void make_ready();

 private:
  LuaVu& vu_;
  std::function<void()> on_ready_;
  lua_State* coroutine_ = nullptr;
};

}  // namespace script
