// What a script asks of the run: its end, where it stands, what the command line gave.
#include <algorithm>

#include "script/bindings.h"
#include "script/lua_vu.h"
#include "script/script.h"

namespace script {
namespace {

int l_abort(lua_State* L) {
  const std::string_view reason = check_text(L, 1);
  Strand& strand = check_suspendable(L, "perigee.abort");
  Script::of(L).surroundings().notices.abort(std::string(reason));
  return strand.suspend(nullptr);  // Nothing wakes it: the end of the test interrupts it.
}

int l_fail(lua_State* L) {
  Script::of(L).surroundings().notices.fail(std::string(check_text(L, 1)));
  return 0;
}

void set_scenario_fields(lua_State* L, const load::Scenario& scenario) {
  set_text(L, "scenario", scenario.name);
  set_text(L, "executor", load::to_string(scenario.executor));
  set_number(L, "scenario_start", base::to_seconds(scenario.start_time));
  set_number(L, "scenario_duration", base::to_seconds(scenario.regular_duration()));
}

int l_execution(lua_State* L) {
  Script& script = Script::of(L);
  lua_createtable(L, 0, 12);
  double elapsed = 0;
  if (const LuaVu* vu = script.current()) {
    set_number(L, "vu_id", static_cast<double>(vu->id()));
    if (const load::Scenario* scenario = vu->scenario()) set_scenario_fields(L, *scenario);
    if (const auto position = vu->position()) {
      set_number(L, "iteration", static_cast<double>(position->own));
      set_number(L, "iteration_in_test", static_cast<double>(position->in_test));
    }
    // setup() runs before the start is known.
    if (script.start() != base::TimePoint{}) {
      elapsed = std::max(0.0, base::to_seconds(script.context().loop.now() - script.start()));
    }
  }
  set_number(L, "elapsed", elapsed);
  set_number(L, "vus", static_cast<double>(script.vus()));
  set_number(L, "workers", static_cast<double>(script.surroundings().workers));
  set_number(L, "seed", static_cast<double>(script.surroundings().seed));
  return 1;
}

int l_declare_option(lua_State* L) {
  DeclaredOption option;
  option.name = check_text(L, 1);
  option.kind = check_text(L, 2);
  option.default_text = check_text(L, 3);
  option.help = check_text(L, 4);
  Script& script = Script::of(L);
  if (script.current() != nullptr) {
    return raise(L,
                 "perigee.option: options are declared while the script loads; call it at the "
                 "top of the script");
  }
  const std::string name = option.name;
  if (auto done = script.surroundings().shared.declare(std::move(option)); !done) {
    return raise(L, done.error().message);
  }
  const auto& flags = script.surroundings().flags;
  const auto given = flags.find(name);
  if (given == flags.end()) return 0;
  lua_pushlstring(L, given->second.data(), given->second.size());
  return 1;
}

void set_texts(lua_State* L, const char* name, const std::vector<std::string>& texts) {
  lua_createtable(L, static_cast<int>(texts.size()), 0);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    lua_pushlstring(L, texts[i].data(), texts[i].size());
    lua_rawseti(L, -2, static_cast<int>(i + 1));
  }
  lua_setfield(L, -2, name);
}

int l_task_filter(lua_State* L) {
  const Surroundings& surroundings = Script::of(L).surroundings();
  lua_createtable(L, 0, 2);
  set_texts(L, "only", surroundings.only);
  set_texts(L, "skip", surroundings.skip);
  return 1;
}

int l_host(lua_State* L) {
  const std::string& host = Script::of(L).surroundings().host;
  if (host.empty()) return 0;
  lua_pushlstring(L, host.data(), host.size());
  return 1;
}

int l_counter_add(lua_State* L) {
  const std::string name(check_text(L, 1));
  const double amount = luaL_checknumber(L, 2);
  lua_pushnumber(L, Script::of(L).surroundings().shared.counter(name).fetch_add(amount) + amount);
  return 1;
}

int l_counter_set(lua_State* L) {
  const std::string name(check_text(L, 1));
  const double value = luaL_checknumber(L, 2);
  Script::of(L).surroundings().shared.counter(name).store(value);
  return 0;
}

constexpr luaL_Reg kFunctions[] = {
    {"abort", &guarded<l_abort>},
    {"fail", &guarded<l_fail>},
    {"execution", &guarded<l_execution>},
    {"declare_option", &guarded<l_declare_option>},
    {"task_filter", &guarded<l_task_filter>},
    {"host", &guarded<l_host>},
    {"counter_add", &guarded<l_counter_add>},
    {"counter_set", &guarded<l_counter_set>},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg* run_functions() { return kFunctions; }

}  // namespace script
