#include "script/script.h"

#include <fmt/format.h>

#include <filesystem>
#include <lua.hpp>
#include <stdexcept>
#include <utility>

#include "script/bindings.h"
#include "script/description.h"
#include "script/json_text.h"
#include "script/lua_vu.h"

namespace script {
namespace {

char g_script_key;  // Its address is the registry key of the Script.
char g_suite_key;   // Its address is the registry key of perigee.internal.suite.

// How long a script may take to load.
constexpr base::Duration kLoadLimit = std::chrono::seconds(5);

// The module that a path such as "embedded:perigee.internal.quick" names.
std::optional<std::string_view> embedded_name(std::string_view path) {
  constexpr std::string_view kEmbedded = "embedded:";
  if (!path.starts_with(kEmbedded)) return std::nullopt;
  return path.substr(kEmbedded.size());
}

// Runs at every instruction once the watchdog barked, until the script is left: a pcall in a loop
// catches one error, not all of them.
void on_watchdog_hook(lua_State* L, lua_Debug* /*record*/) { Script::of(L).on_watchdog(L); }

// Runs now and then while the script loads.
void on_load_hook(lua_State* L, lua_Debug* /*record*/) {
  if (Script::of(L).load_time_is_up()) {
    luaL_error(L, "the script did not finish loading within 5s");
  }
}

}  // namespace

const char* to_string(Hook hook) {
  switch (hook) {
    case Hook::kSetup:
      return "setup";
    case Hook::kTeardown:
      return "teardown";
    case Hook::kSummary:
      return "summary";
  }
  return "";
}

Script::Script(const std::string& directory, const Surroundings& surroundings)
    : surroundings_(surroundings),
      directory_(directory),
      random_(base::derive_seed(surroundings.seed, 0)),
      state_(directory, surroundings.use_jit),
      coroutines_(state_.get()) {
  lua_State* L = state_.get();
  lua_pushlightuserdata(L, &g_script_key);
  lua_pushlightuserdata(L, this);
  lua_rawset(L, LUA_REGISTRYINDEX);
  register_native(L);
}

Script::~Script() = default;

base::Result<std::unique_ptr<Script>> Script::make(const std::string& path,
                                                   const Surroundings& surroundings) {
  std::string directory = ".";
  if (!embedded_name(path)) {
    if (!std::filesystem::is_regular_file(path)) return base::fail("{}: no such script", path);
    const auto parent = std::filesystem::path(path).parent_path();
    if (!parent.empty()) directory = parent.string();
  }
  return std::unique_ptr<Script>(new Script(directory, surroundings));
}

base::Result<std::unique_ptr<Script>> Script::load(const std::string& path,
                                                   const Surroundings& surroundings) {
  auto script = make(path, surroundings);
  if (!script) return script;
  if (auto done = (*script)->run_file(path, "load"); !done) return tl::unexpected(done.error());
  lua_State* L = (*script)->lua();  // [description]
  auto description = read_description(L);
  lua_pop(L, 1);
  if (!description) return base::fail_at(path, description.error());
  (*script)->description_ = std::move(*description);
  return script;
}

base::Result<nlohmann::json> Script::load_options(const std::string& path,
                                                  const Surroundings& surroundings) {
  auto script = make(path, surroundings);
  if (!script) return tl::unexpected(script.error());
  if (auto done = (*script)->run_file(path, "load_options"); !done) {
    return tl::unexpected(done.error());
  }
  auto options = to_json_tree((*script)->lua(), -1);
  if (!options) return base::fail_at(path, options.error());
  return options;
}

base::Result<void> Script::run_file(const std::string& path, const char* suite_function) {
  lua_State* L = state_.get();
  if (auto done = state_.require("perigee.internal.suite"); !done) return done;
  lua_pushlightuserdata(L, &g_suite_key);
  lua_insert(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);

  if (auto done = call_globals("prepare"); !done) return done;
  load_deadline_ = base::MonotonicClock().now() + kLoadLimit;
  lua_sethook(L, &on_load_hook, LUA_MASKCOUNT, 100'000);
  const auto done = run_chunk(path, suite_function);
  lua_sethook(L, nullptr, 0, 0);
  if (!done) return done;
  return call_globals("freeze");
}

base::Result<void> Script::run_chunk(const std::string& path, const char* suite_function) {
  lua_State* L = state_.get();
  if (const auto name = embedded_name(path)) {
    if (auto done = state_.require(std::string(*name)); !done) return done;  // [module]
  } else {
    if (luaL_loadfile(L, path.c_str()) != 0) return base::fail("{}", lua_tostring(L, -1));
    if (auto done = state_.call(0, 1); !done) return done;  // [module]
  }
  push_suite_function(L, suite_function);
  lua_insert(L, -2);
  if (auto done = state_.call(1, 1); !done) {
    // The mistake is in what was returned, not in a line of the library's.
    return base::fail("{}: {}", path, done.error().message);
  }
  return {};
}

base::Result<void> Script::call_globals(const char* function) {
  if (auto done = state_.require("perigee.internal.globals"); !done) return done;
  lua_getfield(state_.get(), -1, function);
  lua_remove(state_.get(), -2);
  return state_.call(0, 0);
}

void Script::attach(client::Context& context, const load::Plan& plan) {
  context_ = &context;
  plan_ = &plan;
}

std::unique_ptr<load::Vu> Script::make_vu(const load::VuIdentity& identity) {
  return std::make_unique<LuaVu>(*this, identity);
}

std::unique_ptr<load::Vu> Script::run_hook(Hook hook, const std::string& argument,
                                           std::function<void(base::Result<std::string>)> done) {
  auto vu = std::make_unique<LuaVu>(*this, hook);
  vu->run_hook(argument, std::move(done));
  return vu;
}

void Script::set_setup_data(const std::string& json) {
  lua_State* L = state_.get();
  luaL_unref(L, LUA_REGISTRYINDEX, setup_data_ref_);
  push_json(L, json);
  setup_data_ref_ = luaL_ref(L, LUA_REGISTRYINDEX);
}

void Script::push_setup_data(lua_State* L) const {
  lua_rawgeti(L, LUA_REGISTRYINDEX, setup_data_ref_);
}

void Script::push_json(lua_State* L, const std::string& text) {
  if (text.empty()) return lua_pushnil(L);
  if (const auto done = decode_json(L, text); !done) {
    throw std::invalid_argument(done.error().message);
  }
}

void Script::resume_ready(base::TimePoint until) {
  for (std::size_t left = ready_.size(); left > 0 && !ready_.empty(); --left) {
    Strand* strand = ready_.front();
    ready_.pop_front();
    strand->resume();
    if (!ready_.empty() && context_->loop.now() >= until) break;
  }
}

base::Duration Script::check_watchdog(base::TimePoint now, base::Duration limit) {
  const std::int64_t entered = entered_ns_.load(std::memory_order_acquire);
  if (entered == 0) return base::Duration::zero();
  const base::Duration busy = now.time_since_epoch() - base::Duration(entered);
  // LuaJIT allows this one call from another thread; the hook is the state's, not a coroutine's.
  if (busy > limit) lua_sethook(state_.get(), &on_watchdog_hook, LUA_MASKCOUNT, 1);
  return busy;
}

void Script::on_watchdog(lua_State* L) {
  if (!barked_) {
    barked_ = true;
    const std::string where =
        current_ == nullptr ? ""
                            : fmt::format("{}, task {}: ", current_->title(), current_->task());
    const std::string text = where + "the script ran for 5s without waiting for anything";
    luaL_traceback(L, L, text.c_str(), 0);
    surroundings_.notices.watchdog(lua_tostring(L, -1));
  }
  luaL_error(L, "stopped by the watchdog");
}

std::string Script::leftovers() const {
  std::string text;
  const auto name = [&text](std::uint64_t count, const char* one, const char* many) {
    if (count == 0) return;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, count == 1 ? one : many);
  };
  name(static_cast<std::uint64_t>(vus_), "VU", "VUs");
  // Timers that a script waits for belong to strands, those of requests to open transfers.
  name(coroutines_.in_use(), "suspended coroutine", "suspended coroutines");
  name(ready_.size(), "strand that was to go on", "strands that were to go on");
  name(context_->http.open_transfers(), "open transfer", "open transfers");
  return text;
}

bool Script::load_time_is_up() const { return base::MonotonicClock().now() > load_deadline_; }

Script& Script::of(lua_State* L) {
  lua_pushlightuserdata(L, &g_script_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  auto* script = static_cast<Script*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  return *script;
}

void Script::make_ready(Strand& strand) { ready_.push_back(&strand); }

void Script::forget(Strand& strand) { std::erase(ready_, &strand); }

void Script::push_suite_function(lua_State* L, const char* name) {
  lua_pushlightuserdata(L, &g_suite_key);
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_getfield(L, -1, name);
  lua_remove(L, -2);
}

void Script::enter(LuaVu& vu, Strand* strand) {
  current_ = &vu;
  strand_ = strand;
  entered_ns_.store(context_->loop.now().time_since_epoch().count(), std::memory_order_release);
}

void Script::leave() {
  entered_ns_.store(0, std::memory_order_release);
  if (barked_) lua_sethook(state_.get(), nullptr, 0, 0);
  current_ = nullptr;
  strand_ = nullptr;
}

std::uint64_t Script::add_pacing(std::shared_ptr<client::Pacing> pacing) {
  const auto known = std::find(pacings_.begin(), pacings_.end(), pacing);
  const auto number = static_cast<std::uint64_t>(known - pacings_.begin()) + 1;
  if (known == pacings_.end()) pacings_.push_back(std::move(pacing));
  return number;
}

std::shared_ptr<client::Pacing> Script::pacing(std::uint64_t number) const {
  return number == 0 || number > pacings_.size() ? nullptr : pacings_[number - 1];
}

}  // namespace script
