#include <fmt/format.h>

#include <array>
#include <cmath>

#include "metrics/builtin.h"
#include "script/bindings.h"
#include "script/lua_vu.h"
#include "script/script.h"

namespace script {
namespace {

using metrics::Type;
using metrics::Unit;

metrics::Type check_type(lua_State* L, int index) {
  constexpr std::array kTypes = {Type::kCounter, Type::kGauge, Type::kRate, Type::kTrend};
  for (const Type type : kTypes) {
    if (to_string(type) == check_text(L, index)) return type;
  }
  luaL_argerror(L, index, "expected counter, gauge, rate or trend");
  return Type::kCounter;
}

metrics::Unit check_unit(lua_State* L, int index) {
  constexpr std::array kUnits = {Unit::kNone,   Unit::kTime,  Unit::kShare, Unit::kTokens,
                                 Unit::kEvents, Unit::kBytes, Unit::kUsd,   Unit::kTokensPerSecond};
  for (const Unit unit : kUnits) {
    if (to_string(unit) == check_text(L, index)) return unit;
  }
  luaL_argerror(L, index, "expected one of \"\", s, %, tokens, tokens/s, events, B, usd");
  return Unit::kNone;
}

int l_declare_metric(lua_State* L) {
  const std::string name(check_text(L, 1));
  const Type type = check_type(L, 2);
  metrics::Registry& registry = Script::of(L).surroundings().registry;
  if (const auto taken = registry.find(name); taken && *taken < metrics::kBuiltinCount) {
    return raise(L, fmt::format("\"{}\" is a built-in metric; choose another name", name));
  }
  const Unit unit = check_unit(L, 3);
  auto id =
      Script::of(L).surroundings().registry.declare({.name = name,
                                                     .type = type,
                                                     .unit = unit,
                                                     .of = type == Type::kRate ? "samples" : "",
                                                     .meaning = "Declared by the script."});
  if (!id) return luaL_error(L, "%s", id.error().message.c_str());
  lua_pushinteger(L, *id);
  return 1;
}

int l_record(lua_State* L) {
  const auto id = static_cast<metrics::MetricId>(luaL_checkinteger(L, 1));
  const double value = luaL_checknumber(L, 2);
  if (!std::isfinite(value)) return raise(L, "a metric's add: expected a finite number");
  LuaVu& vu = check_vu(L, "a metric's add");
  Script& script = Script::of(L);
  if (id >= script.surroundings().registry.size()) return luaL_argerror(L, 1, "no such metric");
  metrics::Shard& shard = script.context().shard;
  metrics::TagsId tags = vu.tags();
  if (lua_istable(L, 3)) {
    metrics::TagSet joined = shard.tags(tags);
    const metrics::TagSet given = tags_at(L, 3);
    for (const auto& [key, text] : given.tags()) joined.set(key, text);
    tags = shard.intern(joined);
  }
  shard.add(id, tags, value);
  return 0;
}

constexpr luaL_Reg kFunctions[] = {
    {"declare_metric", &guarded<l_declare_metric>},
    {"record", &guarded<l_record>},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg* metric_functions() { return kFunctions; }

}  // namespace script
