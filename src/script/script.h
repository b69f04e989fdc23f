// A user's script, loaded into one Lua state, and the VUs that run it.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "client/context.h"
#include "load/plan.h"
#include "load/vu.h"
#include "metrics/registry.h"
#include "script/lua_state.h"
#include "script/notices.h"

namespace script {

class LuaVu;

// What a script's bindings need before there is any VU. Outlives the script.
struct Surroundings {
  metrics::Registry& registry;
  Notices& notices;
  std::map<std::string, std::string> variables;  // -e NAME=VALUE
  std::uint64_t seed = 0;
  bool use_jit = false;
  std::uint64_t workers = 1;
  bool log_while_loading = true;  // False for all but one of the loads of a run.
};

// What the returned table says.
struct Description {
  nlohmann::json options = nlohmann::json::object();
  std::vector<load::UserClass> users;
};

// Threads:  one. The control thread loads the script to read its description, each worker loads its
//           own to run it; only check_watchdog() may be called from another thread.
// Lifetime: outlives the VUs it made.
class Script {
 public:
  // Errors: no such file, a syntax error, an error while it ran (with traceback), a returned value
  // that is no suite.
  static base::Result<std::unique_ptr<Script>> load(const std::string& path,
                                                    const Surroundings& surroundings);
  ~Script();

  const Description& description() const { return description_; }

  // Makes VUs possible. Both outlive the script.
  void attach(client::Context& context, const load::Plan& plan);

  std::unique_ptr<load::Vu> make_vu(const load::VuIdentity& identity);

  // Resumes the VUs that were ready when it was called, one after the other, until `until` at the
  // latest.
  void resume_ready(base::TimePoint until);
  bool has_ready() const { return !ready_.empty(); }

  // Any thread: ends a script that has run for longer than `limit` without waiting for anything, at
  // its next instruction. Returns for how long it has run; what goes on growing is inside a C
  // function, where nothing can end it.
  base::Duration check_watchdog(base::TimePoint now, base::Duration limit);

  // ---- for the bindings

  static Script& of(lua_State* L);
  lua_State* lua() { return state_.get(); }
  LuaState& state() { return state_; }
  const Surroundings& surroundings() const { return surroundings_; }
  client::Context& context() { return *context_; }  // REQUIRES: attached.
  const load::Plan& plan() const { return *plan_; }
  LuaVu* current() { return current_; }  // The VU that is running now; null while loading.
  base::RandomStream& random() { return random_; }

  // ---- for LuaVu

  void make_ready(LuaVu& vu);
  void forget(LuaVu& vu);
  // Pushes a function of perigee.internal.suite.
  void push_suite_function(const char* name);
  void enter(LuaVu& vu);
  void leave();

  // ---- for the hooks

  void on_watchdog(lua_State* L);  // Raises.
  bool barked() const { return barked_; }
  bool load_time_is_up() const;

 private:
  explicit Script(const std::string& directory, const Surroundings& surroundings);
  base::Result<void> run_file(const std::string& path);
  base::Result<void> run_chunk(const std::string& path);
  base::Result<void> call_globals(const char* function);

  const Surroundings& surroundings_;
  base::RandomStream random_;
  LuaState state_;
  Description description_;
  client::Context* context_ = nullptr;
  const load::Plan* plan_ = nullptr;
  std::deque<LuaVu*> ready_;
  LuaVu* current_ = nullptr;
  base::TimePoint load_deadline_{};
  bool barked_ = false;                      // The watchdog stopped a script.
  std::atomic<std::int64_t> entered_ns_{0};  // When Lua was entered; 0 while it is not running.
};

}  // namespace script
