// Message batches: reading results, and what batches are measured by.
#include <deque>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "client/batch_clock.h"
#include "client/batch_results.h"
#include "script/bindings.h"
#include "script/http_tables.h"
#include "script/lua_vu.h"
#include "script/reply_lua.h"
#include "script/script.h"
#include "script/strand.h"

namespace script {
namespace {

constexpr const char* kLinesType = "perigee.native.BatchLines";
constexpr const char* kClockType = "perigee.native.BatchClock";

constexpr const char* kReserveType = "perigee.native.BatchReserve";

using Lines = std::deque<std::string>;
using Clock = std::weak_ptr<client::BatchClock>;  // Its VU owns it: what it leaves is counted then.

using Reserve = std::weak_ptr<client::Budget::Part>;  // Likewise.

template <typename T>
int push_handle(lua_State* L, const char* type, T value) {
  new (lua_newuserdata(L, sizeof(T))) T(std::move(value));
  luaL_getmetatable(L, type);
  lua_setmetatable(L, -2);
  return 1;
}

// ---- results

void push_counts(lua_State* L, const client::BatchTotals& totals) {
  lua_createtable(L, 0, static_cast<int>(client::kBatchResults));
  for (std::size_t i = 0; i < client::kBatchResults; ++i) {
    const std::string name(to_string(static_cast<client::BatchResult>(i)));
    set_number(L, name.c_str(), static_cast<double>(totals.counts[i]));
  }
  lua_setfield(L, -2, "counts");
}

int push_results(lua_State* L, client::BatchResults& results, bool keep) {
  const client::BatchTotals& totals = results.totals();
  push_http_answer(L, results.answer());
  push_counts(L, totals);
  push_usage(L, totals.usage);
  if (totals.cost_usd) set_number(L, "cost_usd", *totals.cost_usd);
  if (keep) {
    push_handle(L, kLinesType, results.take_lines());
    lua_setfield(L, -2, "lines");
  }
  return 1;
}

int l_batch_results(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  Strand& strand = check_suspendable(L, "a batch's results");
  LuaVu& vu = strand.vu();
  client::BatchResultsSpec spec{.http = http_fields(L, vu),
                                .tags = tags_field(L, 1, "batch_tags"),
                                .model = text_field(L, 1, "model"),
                                .keep_lines = flag_field(L, 1, "keep"),
                                .record = !flag_field(L, 1, "recorded")};
  const bool keep = spec.keep_lines;
  auto results =
      std::make_shared<client::BatchResults>(Script::of(L).context(), std::move(spec),
                                             vu.take_origin(), [&strand] { strand.make_ready(); });
  client::BatchResults* running = results.get();
  return strand.suspend([running, keep](lua_State* co) { return push_results(co, *running, keep); },
                        std::move(results));
}

int l_next_line(lua_State* L) {
  Lines& lines = *static_cast<Lines*>(luaL_checkudata(L, 1, kLinesType));
  if (lines.empty()) return 0;
  lua_pushlstring(L, lines.front().data(), lines.front().size());
  lines.pop_front();
  return 1;
}

int l_collect_lines(lua_State* L) {
  static_cast<Lines*>(luaL_checkudata(L, 1, kLinesType))->~Lines();
  return 0;
}

// ---- how long a batch takes, and what it can cost

int l_batch_clock(lua_State* L) {
  LuaVu& vu = check_vu(L, "a batch");
  luaL_checktype(L, 1, LUA_TTABLE);
  client::Context& context = Script::of(L).context();
  const metrics::TagSet tags = client::join_tags(context, {vu.tags(), {}}, tags_at(L, 1), "");
  auto clock = std::make_shared<client::BatchClock>(context, context.shard.intern(tags));
  push_handle(L, kClockType, Clock(clock));
  vu.keep(std::move(clock));
  return 1;
}

Clock& check_clock(lua_State* L) { return *static_cast<Clock*>(luaL_checkudata(L, 1, kClockType)); }

int l_goes_on(lua_State* L) {
  if (const auto clock = check_clock(L).lock()) clock->saw_it_go_on();
  return 0;
}

int l_ended(lua_State* L) {
  if (const auto clock = check_clock(L).lock()) clock->saw_it_end();
  return 0;
}

int l_collect_clock(lua_State* L) {
  check_clock(L).~Clock();
  return 0;
}

int l_batch_worst_case(lua_State* L) {
  const std::string_view params = check_text(L, 1);
  const std::string_view model = check_text(L, 2);
  const lua_Number max_tokens = luaL_checknumber(L, 3);
  check_vu(L, "a batch");
  const llm::PriceTable* prices = Script::of(L).context().prices;
  const llm::Price* price = prices == nullptr ? nullptr : prices->find(model);
  if (price == nullptr) {
    if (Script::of(L).context().needs_prices) raise_unpriced(L, std::string(model));
    return 0;
  }
  const auto most = static_cast<std::uint64_t>(max_tokens > 0 ? max_tokens : 0);
  lua_pushnumber(L, llm::worst_case_usd(*price, params, most) * llm::kBatchFactor);
  return 1;
}

// Nothing without a budget; false where it has no room for so much now; else true and the reserve,
// which its VU owns: what nobody settles stays spent.
int l_batch_reserve(lua_State* L) {
  const lua_Number usd = luaL_checknumber(L, 1);
  LuaVu& vu = check_vu(L, "a batch");
  client::Context& context = Script::of(L).context();
  if (context.budget == nullptr) return 0;
  auto part = std::make_shared<client::Budget::Part>(*context.budget);
  const bool granted = part->try_reserve(usd);
  lua_pushboolean(L, granted ? 1 : 0);
  if (!granted) return 1;
  push_handle(L, kReserveType, Reserve(part));
  vu.keep(std::move(part));
  return 2;
}

Reserve& check_reserve(lua_State* L) {
  return *static_cast<Reserve*>(luaL_checkudata(L, 1, kReserveType));
}

int l_settle(lua_State* L) {
  const lua_Number usd = luaL_checknumber(L, 2);
  const auto part = check_reserve(L).lock();
  if (part && part->granted()) part->settle(usd);
  return 0;
}

int l_collect_reserve(lua_State* L) {
  check_reserve(L).~Reserve();
  return 0;
}

constexpr luaL_Reg kFunctions[] = {
    {"batch_clock", &guarded<l_batch_clock>},
    {"batch_reserve", &guarded<l_batch_reserve>},
    {"batch_results", &guarded<l_batch_results>},
    {"batch_worst_case", &guarded<l_batch_worst_case>},
    {nullptr, nullptr},
};

constexpr luaL_Reg kLinesMethods[] = {
    {"next_line", &guarded<l_next_line>},
    {nullptr, nullptr},
};

constexpr luaL_Reg kClockMethods[] = {
    {"ended", &guarded<l_ended>},
    {"goes_on", &guarded<l_goes_on>},
    {nullptr, nullptr},
};

constexpr luaL_Reg kReserveMethods[] = {
    {"settle", &guarded<l_settle>},
    {nullptr, nullptr},
};

void make_metatable(lua_State* L, const char* type, const luaL_Reg* methods,
                    lua_CFunction collect) {
  luaL_newmetatable(L, type);
  lua_newtable(L);
  luaL_register(L, nullptr, methods);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}

}  // namespace

const luaL_Reg* batch_functions() { return kFunctions; }

void make_batch_metatables(lua_State* L) {
  make_metatable(L, kLinesType, kLinesMethods, &l_collect_lines);
  make_metatable(L, kReserveType, kReserveMethods, &l_collect_reserve);
  make_metatable(L, kClockType, kClockMethods, &l_collect_clock);
}

}  // namespace script
