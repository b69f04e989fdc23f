// One thread of a VU's script: a coroutine that can wait for one thing at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "metrics/tags.h"
#include "net/event_loop.h"
#include "script/coroutines.h"

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
//   start ──▶ ready ──resume──▶ running ──returns or fails──▶ its end is told
//               ▲                  │
//               └──make_ready── suspended
//
// Only Script::resume_ready() resumes, at the end of a loop's turn. Destroying a strand drops its
// coroutine as it is, so a script's pcall cannot hold it back, and what it waited for with it.
//
// Threads:  its worker's.
// Lifetime: the VU's; an operation never outlives the strand that waits for it.
class Strand {
 public:
  // Comes once, with the error and its traceback, or with the function's first result at index 1 of
  // the coroutine. It may destroy the strand.
  using OnEnd = std::function<void(base::Result<void>)>;

  // A strand that a strand started, its parent, begins in the parent's group.
  Strand(LuaVu& vu, const Strand* parent, OnEnd on_end);
  ~Strand();
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  LuaVu& vu() { return vu_; }
  lua_State* coroutine() const { return coroutine_.state; }

  // Suspends: `return strand.suspend(...)` is a binding's last statement. When something calls
  // make_ready(), `push_results` pushes what the suspended call returns and says how many values
  // that is. `operation` is kept until then, and destroyed by an interruption.
  int suspend(std::function<int(lua_State*)> push_results,
              std::shared_ptr<void> operation = nullptr);
  int sleep(base::Duration delay);

  // The strand goes on at the end of this turn of the loop. May be called from a network callback,
  // and more than once.
  void make_ready();

  // ---- groups

  void begin_group(const std::string& name);
  // Records group_duration. False where the strand has begun no group. Groups that are open when
  // the VU is interrupted leave lower bounds.
  bool end_group();
  // The VU's tags with the group's.
  metrics::TagsId tags() const;

  // ---- for those who make and resume strands

  // `push_call` pushes a function with its arguments, and returns how many arguments there are. It
  // is called when the strand is resumed: one that waits for its first turn has no coroutine yet.
  void start(std::function<int(lua_State*)> push_call);
  void resume();

 private:
  struct Group {
    std::size_t outer_length;  // Of the path without this group.
    base::TimePoint began;
    base::Duration late_before;  // The VU's lateness when it began.
  };

  void end(base::Result<void> result);
  void cut_off_groups();
  void leave_group();

  LuaVu& vu_;
  OnEnd on_end_;
  Coroutine coroutine_;  // None before it is first resumed.
  bool ready_ = false;
  base::TimePoint ready_since_{};
  bool suspended_ = false;
  bool returned_ = false;
  std::function<int(lua_State*)> push_;  // What the next resume hands to Lua; null for nothing.
  std::shared_ptr<void> operation_;
  std::unique_ptr<net::EventLoop::Timer> sleep_timer_;  // Made when it is first needed.

  std::string group_path_;  // "outer/inner"
  std::vector<Group> groups_;
  mutable metrics::TagsId vu_tags_ = 0;  // For which tags_ was made.
  mutable metrics::TagsId tags_ = 0;     // 0 for none yet.
};

}  // namespace script
