// perigee.all: several functions at once, each in a strand of its own.
#include <fmt/format.h>

#include <stdexcept>

#include "script/bindings.h"
#include "script/lua_vu.h"
#include "script/script.h"

namespace script {
namespace {

// A Lua value kept from the collector.
class Kept {
 public:
  // Takes the value on top of the main state's stack.
  explicit Kept(lua_State* main) : main_(main), ref_(luaL_ref(main, LUA_REGISTRYINDEX)) {}
  ~Kept() { luaL_unref(main_, LUA_REGISTRYINDEX, ref_); }
  static Kept new_table(lua_State* main) {
    lua_newtable(main);
    return Kept(main);
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  void push(lua_State* L) const { lua_rawgeti(L, LUA_REGISTRYINDEX, ref_); }

 private:
  lua_State* main_;
  int ref_;
};

// The operation that the calling strand waits for. Destroying it drops the children.
class All {
 public:
  // The table of functions is on top of the main state's stack.
  All(Strand& caller, std::size_t count, bool first_only)
      : caller_(caller),
        main_(caller.vu().script().lua()),
        first_only_(first_only),
        functions_(main_),
        results_(Kept::new_table(main_)),
        children_(count) {}

  // REQUIRES: more are left to start.
  void start_next() {
    const std::size_t at = next_++;
    children_[at] = std::make_unique<Strand>(
        caller_.vu(), &caller_,
        [this, at](base::Result<void> result) { on_end(at, std::move(result)); });
    children_[at]->start([this, at](lua_State* co) {
      functions_.push(co);
      lua_rawgeti(co, -1, static_cast<int>(at + 1));
      lua_remove(co, -2);
      return 0;
    });
  }

  // What the C function returns: the results and the winner, or nil and an error.
  int push_outcome(lua_State* L) const {
    if (!outcome_) {
      lua_pushnil(L);
      lua_pushlstring(L, outcome_.error().message.data(), outcome_.error().message.size());
      return 2;
    }
    results_.push(L);
    if (!first_only_) return 1;
    lua_pushinteger(L, static_cast<lua_Integer>(winner_ + 1));
    return 2;
  }

 private:
  void on_end(std::size_t at, base::Result<void> result) {
    if (!result) {
      outcome_ = std::move(result);
      return finish();
    }
    keep_result(at);
    children_[at].reset();
    ++returned_;
    if (first_only_) {
      winner_ = at;
      finish();
    } else if (next_ < children_.size()) {
      start_next();
    } else if (returned_ == children_.size()) {
      finish();
    }
  }

  void keep_result(std::size_t at) {
    results_.push(main_);
    lua_xmove(children_[at]->coroutine(), main_, 1);
    lua_rawseti(main_, -2, static_cast<int>(at + 1));
    lua_pop(main_, 1);
  }

  // The script goes on, without what its other functions still wait for.
  void finish() {
    const client::LeftByScript left(caller_.vu().script().context());
    children_.clear();
    caller_.make_ready();
  }

  Strand& caller_;
  lua_State* main_;
  bool first_only_;
  Kept functions_;
  Kept results_;
  std::vector<std::unique_ptr<Strand>> children_;  // By position; null where it does not run.
  std::size_t next_ = 0;
  std::size_t returned_ = 0;
  std::size_t winner_ = 0;
  base::Result<void> outcome_;
};

std::size_t check_functions(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const std::size_t count = lua_objlen(L, 1);
  for (std::size_t i = 1; i <= count; ++i) {
    lua_rawgeti(L, 1, static_cast<int>(i));
    if (!lua_isfunction(L, -1)) {
      raise(L,
            fmt::format("perigee.all: [{}]: expected a function, got {}", i, luaL_typename(L, -1)));
    }
    lua_pop(L, 1);
  }
  return count;
}

int l_all(lua_State* L) {
  const std::size_t count = check_functions(L);
  const lua_Integer limit = luaL_checkinteger(L, 2);
  if (limit < 0)
    return raise(L, fmt::format("perigee.all: limit must not be negative (got {})", limit));
  const bool first_only = lua_toboolean(L, 3) != 0;
  Strand& caller = check_suspendable(L, "perigee.all");
  if (count == 0) {
    lua_newtable(L);
    return 1;
  }
  lua_settop(L, 1);
  lua_xmove(L, Script::of(L).lua(), 1);
  auto all = std::make_shared<All>(caller, count, first_only);
  const std::size_t at_once = limit == 0 ? count : std::min(count, static_cast<std::size_t>(limit));
  for (std::size_t i = 0; i < at_once; ++i) all->start_next();
  const All* running = all.get();
  return caller.suspend([running](lua_State* co) { return running->push_outcome(co); },
                        std::move(all));
}

constexpr luaL_Reg kFunctions[] = {
    {"all", &guarded<l_all>},
    {nullptr, nullptr},
};

// A suspended C function can only return when it is resumed, not raise.
constexpr std::string_view kRaising = R"lua(
local start = ...
return function(functions, limit, first)
  local results, winner = start(functions, limit, first)
  if not results then
    error(winner, 0)
  end
  return results, winner
end
)lua";

}  // namespace

const luaL_Reg* all_functions() { return kFunctions; }

void let_all_raise(lua_State* L) {
  if (luaL_loadbuffer(L, kRaising.data(), kRaising.size(), "@lua/perigee/native.lua") != 0) {
    throw std::logic_error(lua_tostring(L, -1));
  }
  lua_getfield(L, -2, "all");
  lua_call(L, 1, 1);
  lua_setfield(L, -2, "all");
}

}  // namespace script
