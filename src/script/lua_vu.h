// A VU whose user class is written in Lua: one coroutine.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "client/context.h"
#include "load/vu.h"
#include "net/event_loop.h"

struct lua_State;

namespace client {
class LlmCall;
}

namespace script {

class LuaVu;
class Script;

// A model request that a script opened. The VU owns it and the script's handle looks at it: when
// the iteration ends or is interrupted the request goes, and the handle that is left knows it.
struct OpenStream {
  const LuaVu* owner = nullptr;
  std::unique_ptr<client::LlmCall> call;  // Null once the iteration has ended.
  enum class Awaited { kNothing, kEvent, kEnd } awaited = Awaited::kNothing;
  int reply_ref = -2;  // LUA_NOREF: the reply's table once it was made.
};

// The states of the coroutine:
//
//   idle ──run_…──▶ ready ──resume──▶ running ──returns or fails──▶ idle (its callback is called)
//                     ▲                  │
//                     └──make_ready── suspended
//
// Only Script::resume_ready() resumes, at the end of a loop's turn. interrupt() drops the coroutine
// as it is, so a script's pcall cannot hold it back, and what it waited for is destroyed with it.
//
// Threads: its worker's.
class LuaVu final : public load::Vu {
 public:
  LuaVu(Script& script, const load::VuIdentity& identity);
  ~LuaVu() override;

  void run_on_start(Done done) override;
  void run_iteration(base::TimePoint due, IterationDone done) override;
  void run_on_stop(Done done) override;
  void interrupt() override;
  std::optional<base::TimePoint> begun() const override { return begun_; }
  metrics::TagsId tags() const override { return tags_; }

  // ---- for Script

  void resume();

  // ---- for the bindings

  lua_State* coroutine() const { return coroutine_; }
  std::uint64_t id() const { return identity_.id; }
  // Near numbers for VUs that may share connections: the worker's own count of its VUs.
  std::uint64_t affinity() const;
  base::RandomStream& random() { return random_; }
  void push_table(lua_State* L) const;  // What the script knows as `user`.
  void set_task(const std::string& name);

  // Suspends the running coroutine: `return vu.suspend(...)` is a binding's last statement. When
  // something calls make_ready(), `push_results` pushes what the suspended call returns and says
  // how many values that is. `operation` is kept until then, and destroyed by an interruption.
  int suspend(std::function<int(lua_State*)> push_results,
              std::shared_ptr<void> operation = nullptr);
  void make_ready();
  int sleep(base::Duration delay);

  // The origin of a request made now; the iteration's first one has its due time.
  client::Origin take_origin();

  std::shared_ptr<OpenStream> add_stream();

 private:
  enum class Doing { kNothing, kOnStart, kIteration, kOnStop };

  void begin(Doing what, const char* suite_function);
  void leave_iteration();
  void new_coroutine();
  void drop_coroutine();
  void end_run(base::Duration think_time);
  void on_script_error();
  void close_streams();
  metrics::TagsId intern_tags(const std::string& task);

  Script& script_;
  load::VuIdentity identity_;
  base::RandomStream random_;
  net::EventLoop::Timer sleep_timer_;

  lua_State* coroutine_ = nullptr;
  int coroutine_ref_ = -2;
  int table_ref_ = -2;

  Doing doing_ = Doing::kNothing;
  Done done_;
  IterationDone iteration_done_;
  std::optional<base::TimePoint> due_;
  std::optional<base::TimePoint> begun_;
  metrics::TagsId tags_ = 0;

  bool ready_ = false;
  bool suspended_ = false;
  int arguments_ = 0;
  std::function<int(lua_State*)> push_results_;
  std::shared_ptr<void> operation_;
  std::vector<std::shared_ptr<OpenStream>> streams_;
};

}  // namespace script
