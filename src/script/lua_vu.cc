#include "script/lua_vu.h"

#include <lua.hpp>
#include <utility>

#include "client/llm_call.h"
#include "metrics/builtin.h"
#include "script/script.h"

namespace script {

LuaVu::LuaVu(Script& script, const load::VuIdentity& identity)
    : script_(script),
      identity_(identity),
      random_(base::derive_seed(script.surroundings().seed, identity.id)),
      sleep_timer_(script.context().loop, [this] { make_ready(); }) {
  tags_ = intern_tags("");
  script.push_suite_function("new_vu");
  lua_State* L = script.lua();
  lua_pushinteger(L, static_cast<lua_Integer>(identity.user_class + 1));
  lua_pushinteger(L, static_cast<lua_Integer>(identity.id));
  // new_vu only makes a table of the library's own: it fails for nothing but want of memory.
  const auto made = script.state().call(2, 1);
  if (!made) throw std::runtime_error(made.error().message);
  table_ref_ = luaL_ref(L, LUA_REGISTRYINDEX);
}

LuaVu::~LuaVu() {
  interrupt();
  script_.forget(*this);
  luaL_unref(script_.lua(), LUA_REGISTRYINDEX, table_ref_);
  drop_coroutine();
}

std::uint64_t LuaVu::affinity() const {
  return (identity_.id - 1) / script_.surroundings().workers;
}

void LuaVu::run_on_start(Done done) {
  done_ = std::move(done);
  leave_iteration();
  begin(Doing::kOnStart, "on_start");
}

void LuaVu::run_iteration(base::TimePoint due, IterationDone done) {
  iteration_done_ = std::move(done);
  due_ = due;
  begun_.reset();
  begin(Doing::kIteration, "run_iteration");
}

void LuaVu::run_on_stop(Done done) {
  done_ = std::move(done);
  leave_iteration();
  begin(Doing::kOnStop, "on_stop");
}

// What hooks do belongs to no task, and was never due.
void LuaVu::leave_iteration() {
  due_.reset();
  tags_ = intern_tags("");
}

void LuaVu::interrupt() {
  if (doing_ == Doing::kNothing) return;
  doing_ = Doing::kNothing;
  sleep_timer_.disarm();
  operation_.reset();
  push_results_ = nullptr;
  close_streams();
  script_.forget(*this);
  ready_ = suspended_ = false;
  drop_coroutine();
  done_ = nullptr;
  iteration_done_ = nullptr;
}

void LuaVu::begin(Doing what, const char* suite_function) {
  doing_ = what;
  if (coroutine_ == nullptr) new_coroutine();
  script_.push_suite_function(suite_function);
  lua_xmove(script_.lua(), coroutine_, 1);
  push_table(coroutine_);
  arguments_ = 1;
  make_ready();
}

void LuaVu::new_coroutine() {
  coroutine_ = lua_newthread(script_.lua());
  coroutine_ref_ = luaL_ref(script_.lua(), LUA_REGISTRYINDEX);
}

void LuaVu::drop_coroutine() {
  luaL_unref(script_.lua(), LUA_REGISTRYINDEX, coroutine_ref_);
  coroutine_ = nullptr;
  coroutine_ref_ = LUA_NOREF;
}

void LuaVu::resume() {
  ready_ = false;
  if (suspended_) {
    suspended_ = false;
    arguments_ = push_results_ ? std::exchange(push_results_, nullptr)(coroutine_) : 0;
    operation_.reset();
  }
  script_.enter(*this);
  if (doing_ == Doing::kIteration && !begun_) begun_ = script_.context().loop.now();
  const int status = lua_resume(coroutine_, arguments_);
  script_.leave();
  if (status == LUA_YIELD && suspended_) return;
  if (status == LUA_YIELD) {
    lua_settop(coroutine_, 0);
    lua_pushliteral(coroutine_, "coroutine.yield() outside a coroutine of your own");
  }
  if (status != 0) return on_script_error();
  const double think_time = lua_tonumber(coroutine_, 1);
  lua_settop(coroutine_, 0);
  end_run(base::from_seconds(think_time));
}

void LuaVu::on_script_error() {
  const std::string error = error_with_traceback(coroutine_);
  // The watchdog has already said where the script was, better than its error can.
  if (!script_.barked()) script_.surroundings().notices.script_error(error);
  script_.context().shard.add(metrics::kScriptErrors, tags_, 1);
  drop_coroutine();
  suspended_ = false;
  sleep_timer_.disarm();
  operation_.reset();
  push_results_ = nullptr;
  // A class keeps its pace when its tasks fail; without this a mistake becomes a busy loop.
  script_.push_suite_function("think_time");
  push_table(script_.lua());
  double think_time = 0;
  script_.enter(*this);  // So that it draws from this VU's random stream.
  if (doing_ == Doing::kIteration && script_.state().call(1, 1)) {
    think_time = lua_tonumber(script_.lua(), -1);
  }
  script_.leave();
  lua_settop(script_.lua(), 0);
  end_run(base::from_seconds(think_time));
}

void LuaVu::end_run(base::Duration think_time) {
  close_streams();
  const Doing was = std::exchange(doing_, Doing::kNothing);
  if (was == Doing::kIteration) {
    std::exchange(iteration_done_, nullptr)(think_time);
  } else {
    std::exchange(done_, nullptr)();
  }
}

void LuaVu::close_streams() {
  for (const auto& stream : streams_) {
    stream->call.reset();
    luaL_unref(script_.lua(), LUA_REGISTRYINDEX, std::exchange(stream->reply_ref, LUA_NOREF));
  }
  streams_.clear();
}

void LuaVu::push_table(lua_State* L) const { lua_rawgeti(L, LUA_REGISTRYINDEX, table_ref_); }

void LuaVu::set_task(const std::string& name) { tags_ = intern_tags(name); }

metrics::TagsId LuaVu::intern_tags(const std::string& task) {
  const load::Scenario& scenario = script_.plan().scenarios[identity_.scenario];
  return script_.context().shard.intern({{"scenario", scenario.name},
                                         {"user", scenario.users[identity_.user_class].name},
                                         {"task", task}});
}

int LuaVu::suspend(std::function<int(lua_State*)> push_results, std::shared_ptr<void> operation) {
  suspended_ = true;
  push_results_ = std::move(push_results);
  operation_ = std::move(operation);
  return lua_yield(coroutine_, 0);
}

void LuaVu::make_ready() {
  if (ready_) return;
  ready_ = true;
  script_.make_ready(*this);
}

int LuaVu::sleep(base::Duration delay) {
  sleep_timer_.arm_after(delay);
  return suspend(nullptr);
}

client::Origin LuaVu::take_origin() { return {tags_, std::exchange(due_, std::nullopt)}; }

std::shared_ptr<OpenStream> LuaVu::add_stream() {
  streams_.push_back(std::make_shared<OpenStream>());
  streams_.back()->owner = this;
  return streams_.back();
}

}  // namespace script
