#include "script/lua_vu.h"

#include <algorithm>
#include <lua.hpp>
#include <stdexcept>
#include <utility>

#include "client/llm_call.h"
#include "metrics/builtin.h"
#include "script/bindings.h"
#include "script/json_text.h"
#include "script/script.h"

namespace script {
namespace {

// The stream of a hook's VU: VUs count from 1, and 0 is what scripts draw from while loading.
std::uint64_t random_number_of(Hook hook) { return ~static_cast<std::uint64_t>(hook); }

int l_raise_text(lua_State* L) { return lua_error(L); }

}  // namespace

LuaVu::LuaVu(Script& script, const load::VuIdentity& identity)
    : script_(script),
      identity_(identity),
      random_(base::derive_seed(script.surroundings().seed, identity.id)) {
  intern_tags();
  make_table(scenario()->users.at(identity.user_class).index + 1);
  script.count_vus(1);
}

LuaVu::LuaVu(Script& script, Hook hook)
    : script_(script),
      random_(base::derive_seed(script.surroundings().seed, random_number_of(hook))),
      hook_(std::make_unique<HookRun>(HookRun{hook, nullptr})),
      task_(to_string(hook)) {
  intern_tags();
  make_table(0);
}

void LuaVu::make_table(std::size_t class_number) {
  lua_State* L = script_.lua();
  script_.push_suite_function(L, "new_vu");
  lua_pushinteger(L, static_cast<lua_Integer>(class_number));
  lua_pushinteger(L, static_cast<lua_Integer>(identity_.id));
  script_.push_setup_data(L);
  // new_vu only makes a table of the library's own: it fails for nothing but want of memory.
  const auto made = script_.state().call(3, 1);
  if (!made) throw std::runtime_error(made.error().message);
  table_ref_ = luaL_ref(L, LUA_REGISTRYINDEX);
}

LuaVu::~LuaVu() {
  stop();
  luaL_unref(script_.lua(), LUA_REGISTRYINDEX, table_ref_);
  if (!hook_) script_.count_vus(-1);
}

std::string LuaVu::title() const {
  return hook_ ? std::string(to_string(hook_->hook)) : fmt::format("vu {}", identity_.id);
}

std::uint64_t LuaVu::affinity() const {
  return identity_.id == 0 ? 0 : (identity_.id - 1) / script_.surroundings().workers;
}

const load::Scenario* LuaVu::scenario() const {
  return hook_ ? nullptr : &script_.plan().scenarios.at(identity_.scenario);
}

std::optional<LuaVu::Position> LuaVu::position() const {
  if (doing_ != Doing::kIteration) return std::nullopt;
  return Position{iterations_ - 1, number_};
}

void LuaVu::run_on_start(Done done) {
  begin_hook_of_class(Doing::kOnStart, "on_start", std::move(done));
}

void LuaVu::run_on_stop(Done done) {
  begin_hook_of_class(Doing::kOnStop, "on_stop", std::move(done));
}

// What such a hook does belongs to no task, and was never due.
void LuaVu::begin_hook_of_class(Doing what, const char* suite_function, Done done) {
  done_ = [done = std::move(done)](base::Duration) { done(); };
  due_.reset();
  set_task("");
  begin(what, [this, suite_function](lua_State* co) {
    script_.push_suite_function(co, suite_function);
    push_table(co);
    return 1;
  });
}

void LuaVu::run_iteration(const load::Iteration& iteration, IterationDone done) {
  done_ = std::move(done);
  due_ = iteration.due;
  had_vu_ = iteration.due + iteration.vu_wait;
  lateness_ = {};
  number_ = iteration.number;
  ++iterations_;
  begun_.reset();
  begin(Doing::kIteration, [this](lua_State* co) { return push_iteration(co); });
}

int LuaVu::push_iteration(lua_State* co) const {
  const auto& trace = scenario()->trace;
  const bool has_row = trace && trace->rows;
  script_.push_suite_function(co, "run_iteration");
  push_table(co);
  if (!has_row) return 1;
  const auto done = decode_row(co, *trace->rows, trace->arrivals.at(number_).row);
  if (done) return 2;
  lua_settop(co, 0);  // The iteration becomes one that raises.
  lua_pushcfunction(co, &l_raise_text);
  lua_pushlstring(co, done.error().message.data(), done.error().message.size());
  return 1;
}

void LuaVu::run_hook(const std::string& argument, HookDone done) {
  hook_->done = std::move(done);
  begin(Doing::kHook, [this, argument](lua_State* co) {
    script_.push_suite_function(co, to_string(hook_->hook));
    if (hook_->hook == Hook::kSetup) return 0;
    script_.push_json(co, argument);
    return 1;
  });
}

void LuaVu::begin(Doing what, std::function<int(lua_State*)> push_call) {
  doing_ = what;
  main_ = std::make_unique<Strand>(*this, nullptr,
                                   [this](base::Result<void> result) { end(std::move(result)); });
  main_->start(std::move(push_call));
}

void LuaVu::interrupt() {
  if (doing_ != Doing::kNothing) stop();
}

// Stops where the script has come to its own end.
void LuaVu::leave() {
  const client::LeftByScript left(script_.context());
  stop();
}

void LuaVu::stop() {
  main_.reset();
  for (const auto& stream : streams_) {
    stream->call.reset();
    luaL_unref(script_.lua(), LUA_REGISTRYINDEX, std::exchange(stream->reply_ref, LUA_NOREF));
  }
  streams_.clear();
  doing_ = Doing::kNothing;
  done_ = nullptr;
  if (hook_) hook_->done = nullptr;
}

void LuaVu::end(base::Result<void> result) {
  if (doing_ == Doing::kHook) return end_hook(result);
  if (!result) return end_run(note_script_error(result.error().message));
  end_run(base::from_seconds(lua_tonumber(main_->coroutine(), 1)));
}

void LuaVu::end_run(base::Duration think_time) {
  const IterationDone done = std::exchange(done_, nullptr);
  leave();
  done(think_time);
}

void LuaVu::end_hook(const base::Result<void>& result) {
  auto returned = result ? returned_json() : tl::unexpected(result.error());
  const HookDone done = std::exchange(hook_->done, nullptr);
  leave();
  done(std::move(returned));
}

// What the main strand returned, checked so that whoever gets it can decode it.
base::Result<std::string> LuaVu::returned_json() const {
  std::string text;
  if (lua_isnil(main_->coroutine(), 1)) return text;
  const std::string place = fmt::format("what {}() returned", to_string(hook_->hook));
  if (auto done = encode_json(main_->coroutine(), 1, text); !done) {
    return base::fail_at(place, done.error());
  }
  if (!nlohmann::json::accept(text)) return base::fail("{}: holds text that is not UTF-8", place);
  return text;
}

// Returns the pause that follows: a class keeps its pace when its tasks fail; without it a mistake
// becomes a busy loop.
base::Duration LuaVu::note_script_error(const std::string& error) {
  // The watchdog has already said where the script was, better than its error can.
  if (!script_.barked()) script_.surroundings().notices.script_error(error);
  script_.context().shard.add(metrics::kScriptErrors, main_->tags(), 1);
  if (doing_ != Doing::kIteration) return {};
  lua_State* L = script_.lua();
  const int top = lua_gettop(L);
  script_.push_suite_function(L, "think_time");
  push_table(L);
  script_.enter(*this, nullptr);  // So that it draws from this VU's random stream.
  const double seconds = script_.state().call(1, 1) ? lua_tonumber(L, -1) : 0;
  script_.leave();
  lua_settop(L, top);
  return base::from_seconds(seconds);
}

void LuaVu::push_table(lua_State* L) const { lua_rawgeti(L, LUA_REGISTRYINDEX, table_ref_); }

void LuaVu::set_task(const std::string& name) {
  if (name == task_) return;
  task_ = name;
  intern_tags();
}

void LuaVu::set_tag(const std::string& name, const std::string& value) {
  if (!own_tags_) own_tags_ = std::make_unique<metrics::TagSet>();
  if (own_tags_->get(name) == value) return;
  own_tags_->set(name, value);
  intern_tags();
}

void LuaVu::intern_tags() {
  metrics::TagSet tags;
  if (const load::Scenario* in = scenario()) {
    tags = in->tags;
    tags.set("scenario", in->name);
    tags.set("user", in->users.at(identity_.user_class).name);
  } else {
    tags.set("scenario", task_);
  }
  tags.set("task", task_);
  if (own_tags_) {
    for (const auto& [name, value] : own_tags_->tags()) tags.set(name, value);
  }
  tags_ = script_.context().shard.intern(tags);
}

metrics::TagsId LuaVu::tags() const {
  return script_.current() == this && script_.strand() != nullptr ? script_.strand()->tags()
                                                                  : tags_;
}

client::Origin LuaVu::take_origin() {
  client::Origin origin{tags(), std::exchange(due_, std::nullopt)};
  if (origin.due && begun_) {
    origin.start_lag = std::max(*begun_ - had_vu_, base::Duration::zero());
  }
  return origin;
}

std::shared_ptr<OpenStream> LuaVu::add_stream() {
  streams_.push_back(std::make_shared<OpenStream>());
  streams_.back()->owner = this;
  return streams_.back();
}

const std::shared_ptr<net::CookieJar>& LuaVu::cookies() {
  if (!cookies_) cookies_ = std::make_shared<net::CookieJar>();
  return cookies_;
}

// `ready_since` is when what the script waited for can have come. How late an iteration's first line
// runs is its start_lag.
void LuaVu::note_resumed(base::TimePoint ready_since) {
  if (doing_ != Doing::kIteration) return;
  const base::TimePoint now = script_.context().loop.now();
  if (!begun_) {
    begun_ = now;
  } else {
    lateness_ += std::max(now - ready_since, base::Duration::zero());
  }
}

void LuaVu::forget(const Strand& strand) {
  for (const auto& stream : streams_) {
    if (stream->awaiting != &strand) continue;
    stream->awaiting = nullptr;
    stream->awaited = OpenStream::Awaited::kNothing;
  }
}

}  // namespace script
