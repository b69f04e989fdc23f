// A VU whose user class is written in Lua.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "client/context.h"
#include "load/plan.h"
#include "load/vu.h"
#include "metrics/tags.h"
#include "net/http_client.h"
#include "script/strand.h"

struct lua_State;

namespace client {
class LlmCall;
}

namespace script {

class LuaVu;
class Script;
enum class Hook;

// A model request that a script opened. The VU owns it and the script's handle looks at it: when
// the iteration ends or is interrupted the request goes, and the handle that is left knows it.
struct OpenStream {
  const LuaVu* owner = nullptr;
  // Null once the iteration, or the strand that waited for it, has ended.
  std::unique_ptr<client::LlmCall> call;
  enum class Awaited { kNothing, kEvent, kEnd } awaited = Awaited::kNothing;
  Strand* awaiting = nullptr;  // The one strand that waits for it; null where none does.
  int reply_ref = -2;          // LUA_NOREF: the reply's table once it was made.
};

// While it does something a VU has a main strand; between its iterations it is a table in Lua and
// this object, and nothing else. interrupt() destroys the main strand and with it all it started.
//
// Threads: its worker's.
// Cost:    an idle VU takes about 0.5 KB, its table in Lua included.
class LuaVu final : public load::Vu {
 public:
  using HookDone = std::function<void(base::Result<std::string>)>;

  LuaVu(Script& script, const load::VuIdentity& identity);
  LuaVu(Script& script, Hook hook);  // One that only runs a hook.
  ~LuaVu() override;

  void run_on_start(Done done) override;
  void run_iteration(const load::Iteration& iteration, IterationDone done) override;
  void run_on_stop(Done done) override;
  void interrupt() override;
  std::optional<base::TimePoint> begun() const override { return begun_; }
  base::Duration lateness() const override { return lateness_; }
  // Inside a binding: with the group of the strand that runs.
  metrics::TagsId tags() const override;

  // As Script::run_hook. REQUIRES: made for a hook.
  void run_hook(const std::string& argument, HookDone done);

  // ---- for the bindings

  Script& script() const { return script_; }
  std::uint64_t id() const { return identity_.id; }  // 0 of a hook's.
  std::string title() const;                         // "vu 7", or the hook's name.
  const std::string& task() const { return task_; }
  // Near numbers for VUs that may share connections: the worker's own count of its VUs.
  std::uint64_t affinity() const;
  base::RandomStream& random() { return random_; }
  void push_table(lua_State* L) const;     // What the script knows as `user`.
  const load::Scenario* scenario() const;  // Null of a hook's.

  struct Position {
    std::uint64_t own = 0;      // Among this VU's iterations, from 0.
    std::uint64_t in_test = 0;  // Among the scenario's iterations in the whole test, from 0.
  };
  std::optional<Position> position() const;  // Nothing outside of iterations.

  // Of everything that the VU records from now on.
  void set_task(const std::string& name);
  void set_tag(const std::string& name, const std::string& value);  // For its life; "" removes it.
  metrics::TagsId tags_without_group() const { return tags_; }

  // The origin of a request made now; the iteration's first one has its due time.
  client::Origin take_origin();

  std::shared_ptr<OpenStream> add_stream();
  void keep(std::shared_ptr<void> what) { kept_.push_back(std::move(what)); }  // For its life.
  const std::shared_ptr<net::CookieJar>& cookies();  // The same for the VU's whole life.

  // ---- for its strands

  void note_resumed(base::TimePoint ready_since);
  void forget(const Strand& strand);

 private:
  enum class Doing { kNothing, kOnStart, kIteration, kOnStop, kHook };
  struct HookRun {
    Hook hook;
    HookDone done;
  };

  void make_table(std::size_t class_number);  // The suite's: from 1, 0 for hooks.
  void begin(Doing what, std::function<int(lua_State*)> push_call);
  void begin_hook_of_class(Doing what, const char* suite_function, Done done);
  int push_iteration(lua_State* co) const;
  void end(base::Result<void> result);
  void end_run(base::Duration think_time);
  void end_hook(const base::Result<void>& result);
  base::Result<std::string> returned_json() const;
  base::Duration note_script_error(const std::string& error);
  void stop();
  void leave();
  void intern_tags();

  Script& script_;
  load::VuIdentity identity_;
  base::RandomStream random_;
  int table_ref_ = -2;
  Doing doing_ = Doing::kNothing;
  std::unique_ptr<Strand> main_;  // Only while it does something.
  IterationDone done_;
  std::unique_ptr<HookRun> hook_;  // Null of all but a hook's VU.

  std::optional<base::TimePoint> due_;  // Until the iteration's first request takes it.
  std::optional<base::TimePoint> begun_;
  base::TimePoint had_vu_{};  // When the iteration could have begun.
  base::Duration lateness_{};
  std::uint64_t number_ = 0;      // The iteration's in the test.
  std::uint64_t iterations_ = 0;  // Begun by this VU.

  std::string task_;
  std::unique_ptr<metrics::TagSet> own_tags_;  // Those of set_tag(); null for none.
  metrics::TagsId tags_ = 0;
  std::shared_ptr<net::CookieJar> cookies_;
  std::vector<std::shared_ptr<OpenStream>> streams_;
  std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace script
