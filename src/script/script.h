// A user's script, loaded into one Lua state, and the VUs that run it.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "client/context.h"
#include "load/plan.h"
#include "load/vu.h"
#include "metrics/registry.h"
#include "script/coroutines.h"
#include "script/lua_state.h"
#include "script/notices.h"
#include "script/shared.h"

namespace script {

class LuaVu;
class Strand;

// What a script's bindings need before there is any VU. Outlives the script.
struct Surroundings {
  metrics::Registry& registry;
  Notices& notices;
  Shared& shared;
  std::map<std::string, std::string> variables{};  // -e NAME=VALUE
  std::map<std::string, std::string> flags{};      // For options that the script declares.
  std::vector<std::string> only{};                 // Tasks or their tags; none for all.
  std::vector<std::string> skip{};
  std::string host{};  // What relative URLs of perigee.http begin with; "" for none.
  std::uint64_t seed = 0;
  bool use_jit = false;
  std::uint64_t workers = 1;
  bool log_while_loading = true;  // False for all but one of the loads of a run.
};

// What the returned table says.
struct Description {
  nlohmann::json options = nlohmann::json::object();
  // All classes that scenarios can name: the script's users, `default`, and the functions that a
  // scenario's `exec` names, each as a class of its own.
  std::vector<load::UserClass> classes;
  std::vector<std::string> default_users;  // The classes of a scenario that names none.
  // From the script's function `shape`: the same load as stages of VUs; none where it has no shape.
  std::optional<std::vector<load::Stage>> shape;
  bool has_setup = false;
  bool has_teardown = false;
  bool has_summary = false;
  // The names of each class' tasks, those in task sets too; by the class' name.
  std::map<std::string, std::vector<std::string>> tasks;
};

// The functions of a script that run once.
enum class Hook { kSetup, kTeardown, kSummary };

const char* to_string(Hook hook);  // "setup", "teardown", "summary"

// Threads:  one. The control thread loads the script to read its description, each worker loads its
//           own to run it; only check_watchdog() may be called from another thread.
// Lifetime: outlives the VUs it made.
class Script {
 public:
  // A path is that of a file, or "embedded:" and the name of a module of the library.
  //
  // Errors: no such file, a syntax error, an error while it ran (with traceback), a returned value
  // that is no suite.
  static base::Result<std::unique_ptr<Script>> load(const std::string& path,
                                                    const Surroundings& surroundings);
  // A file that returns a table of options instead of a script's; as plain data. Errors: as above.
  static base::Result<nlohmann::json> load_options(const std::string& path,
                                                   const Surroundings& surroundings);
  ~Script();

  const Description& description() const { return description_; }

  // Makes VUs possible. Both outlive the script.
  void attach(client::Context& context, const load::Plan& plan);

  std::unique_ptr<load::Vu> make_vu(const load::VuIdentity& identity);

  // What setup() returned, as JSON text: user.data of all VUs made afterwards, decoded once and
  // shared by them. "" for nothing. Errors: none for what setup() can return.
  void set_setup_data(const std::string& json);

  // When the run's load begins: what perigee.execution counts from.
  void set_start(base::TimePoint start) { start_ = start; }
  base::TimePoint start() const { return start_; }

  // Runs a hook in a VU of its own (id 0, scenario and task named after the hook) that lives until
  // the returned pointer goes. `argument` is a JSON text, "" for nil; setup() gets none. `done`
  // comes once, from the turn's end, with what the hook returned as JSON text, "" for nothing, or
  // with its error and traceback; it never comes after an interrupt().
  std::unique_ptr<load::Vu> run_hook(Hook hook, const std::string& argument,
                                     std::function<void(base::Result<std::string>)> done);

  // Resumes the strands that were ready when it was called, one after the other, until `until` at
  // the latest.
  void resume_ready(base::TimePoint until);
  bool has_ready() const { return !ready_.empty(); }

  // Any thread: ends a script that has run for longer than `limit` without waiting for anything, at
  // its next instruction. Returns for how long it has run; what goes on growing is inside a C
  // function, where nothing can end it.
  base::Duration check_watchdog(base::TimePoint now, base::Duration limit);

  // What is still there of what the load began, such as "2 VUs, 1 open transfer"; "" for nothing,
  // as it must be once every VU is gone. REQUIRES: attached.
  std::string leftovers() const;

  // ---- for the bindings

  static Script& of(lua_State* L);
  lua_State* lua() { return state_.get(); }
  LuaState& state() { return state_; }
  const Surroundings& surroundings() const { return surroundings_; }
  const std::string& directory() const { return directory_; }  // That the script's file is in.
  client::Context& context() { return *context_; }             // REQUIRES: attached.
  const load::Plan& plan() const { return *plan_; }
  LuaVu* current() { return current_; }  // The VU that is running now; null while loading.
  Strand* strand() { return strand_; }   // The strand that is running now.
  base::RandomStream& random() { return random_; }

  // Limits that a client of this script has; by the number that add_pacing() gave, null for 0.
  std::uint64_t add_pacing(std::shared_ptr<client::Pacing> pacing);
  std::shared_ptr<client::Pacing> pacing(std::uint64_t number) const;

  // ---- for LuaVu and Strand

  Coroutines& coroutines() { return coroutines_; }
  void make_ready(Strand& strand);
  void forget(Strand& strand);
  // Pushes a function of perigee.internal.suite.
  void push_suite_function(lua_State* L, const char* name);
  void push_setup_data(lua_State* L) const;  // nil where there is none.
  // Pushes the value that a JSON text of our own making stands for; nil for "".
  void push_json(lua_State* L, const std::string& text);
  void count_vus(int more) { vus_ += more; }
  std::int64_t vus() const { return vus_; }  // That this worker has now.
  void enter(LuaVu& vu, Strand* strand);
  void leave();

  // ---- for the hooks

  void on_watchdog(lua_State* L);  // Raises.
  bool barked() const { return barked_; }
  bool load_time_is_up() const;

 private:
  explicit Script(const std::string& directory, const Surroundings& surroundings);
  static base::Result<std::unique_ptr<Script>> make(const std::string& path,
                                                    const Surroundings& surroundings);
  // Runs the file, and leaves on the stack what a function of perigee.internal.suite makes of its
  // value.
  base::Result<void> run_file(const std::string& path, const char* suite_function);
  base::Result<void> run_chunk(const std::string& path, const char* suite_function);
  base::Result<void> call_globals(const char* function);

  const Surroundings& surroundings_;
  const std::string directory_;
  base::RandomStream random_;
  LuaState state_;
  Coroutines coroutines_;
  Description description_;
  client::Context* context_ = nullptr;
  const load::Plan* plan_ = nullptr;
  std::deque<Strand*> ready_;
  LuaVu* current_ = nullptr;
  Strand* strand_ = nullptr;
  int setup_data_ref_ = -2;  // LUA_NOREF
  std::vector<std::shared_ptr<client::Pacing>> pacings_;
  std::int64_t vus_ = 0;
  base::TimePoint start_{};
  base::TimePoint load_deadline_{};
  bool barked_ = false;                      // The watchdog stopped a script.
  std::atomic<std::int64_t> entered_ns_{0};  // When Lua was entered; 0 while it is not running.
};

}  // namespace script
