#include <cstdlib>

#include "base/duration.h"
#include "base/text.h"
#include "metrics/builtin.h"
#include "script/bindings.h"
#include "script/lua_vu.h"
#include "script/script.h"

namespace script {
namespace {

const base::TimePoint g_process_began = base::MonotonicClock().now();

int l_phase(lua_State* L) {
  lua_pushstring(L, Script::of(L).current() == nullptr ? "load" : "iteration");
  return 1;
}

int l_sleep(lua_State* L) {
  const double seconds = luaL_checknumber(L, 1);
  return check_suspendable(L, "perigee.sleep").sleep(base::from_seconds(seconds));
}

int l_now(lua_State* L) {
  lua_pushnumber(L, base::to_seconds(base::MonotonicClock().now() - g_process_began));
  return 1;
}

int l_random(lua_State* L) {
  Script& script = Script::of(L);
  LuaVu* vu = script.current();
  lua_pushnumber(L, (vu != nullptr ? vu->random() : script.random()).uniform());
  return 1;
}

int l_seconds(lua_State* L) {
  if (lua_type(L, 1) == LUA_TNUMBER) {
    const double seconds = lua_tonumber(L, 1);
    if (!(seconds >= 0 && seconds < 1e9)) {
      return luaL_error(L, "expected a duration of zero or more seconds, got %f", seconds);
    }
    lua_pushnumber(L, seconds);
    return 1;
  }
  if (lua_type(L, 1) != LUA_TSTRING) {
    return luaL_error(L, "expected a duration such as \"30s\", got %s", luaL_typename(L, 1));
  }
  const auto duration = base::parse_duration(lua_tostring(L, 1));
  if (!duration) return luaL_error(L, "%s", duration.error().message.c_str());
  lua_pushnumber(L, base::to_seconds(*duration));
  return 1;
}

int l_nearest(lua_State* L) {
  const std::string name(check_text(L, 1));
  luaL_checktype(L, 2, LUA_TTABLE);
  std::vector<std::string> candidates;
  for (std::size_t i = 1; i <= lua_objlen(L, 2); ++i) {
    lua_rawgeti(L, 2, static_cast<int>(i));
    candidates.emplace_back(check_text(L, -1));
    lua_pop(L, 1);
  }
  const std::string nearest = base::nearest_name(name, candidates);
  if (nearest.empty()) return 0;
  lua_pushlstring(L, nearest.data(), nearest.size());
  return 1;
}

// The scenario's own first, then -e, then the environment.
const char* find_variable(Script& script, const std::string& name) {
  if (const LuaVu* vu = script.current(); vu != nullptr && vu->scenario() != nullptr) {
    const auto& of_scenario = vu->scenario()->env;
    if (const auto found = of_scenario.find(name); found != of_scenario.end()) {
      return found->second.c_str();
    }
  }
  const auto& variables = script.surroundings().variables;
  const auto found = variables.find(name);
  return found != variables.end() ? found->second.c_str() : std::getenv(name.c_str());
}

int l_env(lua_State* L) {
  const std::string name(check_text(L, 1));
  lua_pushstring(L, find_variable(Script::of(L), name));  // nil for a null pointer
  return 1;
}

int l_log(lua_State* L) {
  const std::string_view level = check_text(L, 1);
  const std::string_view text = check_text(L, 2);
  Script& script = Script::of(L);
  LuaVu* vu = script.current();
  if (vu == nullptr && !script.surroundings().log_while_loading) return 0;
  script.surroundings().notices.log(
      level, vu == nullptr ? std::string(text) : fmt::format("{}: {}", vu->title(), text));
  return 0;
}

int l_check(lua_State* L) {
  const std::string_view name = check_text(L, 1);
  const bool passed = lua_toboolean(L, 2) != 0;
  LuaVu& vu = check_vu(L, "perigee.check");
  metrics::Shard& shard = Script::of(L).context().shard;
  metrics::TagSet tags = shard.tags(vu.tags());
  tags.set("check", name);
  shard.add(metrics::kChecks, shard.intern(tags), passed ? 1 : 0);
  return 0;
}

int l_vu(lua_State* L) {
  LuaVu* vu = Script::of(L).current();
  if (vu == nullptr) return 0;
  vu->push_table(L);
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"phase", &guarded<l_phase>},     {"sleep", &guarded<l_sleep>}, {"now", &guarded<l_now>},
    {"random", &guarded<l_random>},   {"env", &guarded<l_env>},     {"log", &guarded<l_log>},
    {"seconds", &guarded<l_seconds>}, {"check", &guarded<l_check>}, {"vu", &guarded<l_vu>},
    {"nearest", &guarded<l_nearest>}, {nullptr, nullptr},
};

}  // namespace

const luaL_Reg* basic_functions() { return kFunctions; }

}  // namespace script
