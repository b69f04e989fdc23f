#include "script/strand.h"

#include <lua.hpp>
#include <utility>

#include "metrics/builtin.h"
#include "script/lua_state.h"
#include "script/lua_vu.h"
#include "script/script.h"

namespace script {

Strand::Strand(LuaVu& vu, const Strand* parent, OnEnd on_end)
    : vu_(vu), on_end_(std::move(on_end)) {
  if (parent != nullptr) group_path_ = parent->group_path_;
}

Strand::~Strand() {
  if (!vu_.script().context().left_by_script) cut_off_groups();
  sleep_timer_.reset();
  operation_.reset();
  if (ready_) vu_.script().forget(*this);
  vu_.forget(*this);
  if (coroutine_.state == nullptr) return;
  Coroutines& coroutines = vu_.script().coroutines();
  returned_ ? coroutines.give_back(coroutine_) : coroutines.drop(coroutine_);
}

void Strand::start(std::function<int(lua_State*)> push_call) {
  push_ = std::move(push_call);
  make_ready();
}

void Strand::resume() {
  ready_ = suspended_ = false;
  Script& script = vu_.script();
  if (coroutine_.state == nullptr) coroutine_ = script.coroutines().take();
  const int arguments = push_ ? std::exchange(push_, nullptr)(coroutine_.state) : 0;
  operation_.reset();
  if (sleep_timer_) sleep_timer_->disarm();
  vu_.note_resumed(ready_since_);
  script.enter(vu_, this);
  const int status = lua_resume(coroutine_.state, arguments);
  script.leave();
  if (status == LUA_YIELD && suspended_) return;
  if (status == 0) return end({});
  if (status == LUA_YIELD) {
    lua_settop(coroutine_.state, 0);
    lua_pushliteral(coroutine_.state, "coroutine.yield() outside a coroutine of your own");
  }
  end(base::fail("{}", error_with_traceback(coroutine_.state)));
}

void Strand::end(base::Result<void> result) {
  if (result) {
    lua_settop(coroutine_.state, 1);
    returned_ = true;
  }
  // Whoever hears of the end may destroy this strand, and with it the function that it hears by.
  const OnEnd on_end = std::move(on_end_);
  on_end(std::move(result));
}

int Strand::suspend(std::function<int(lua_State*)> push_results, std::shared_ptr<void> operation) {
  suspended_ = true;
  push_ = std::move(push_results);
  operation_ = std::move(operation);
  return lua_yield(coroutine_.state, 0);
}

void Strand::make_ready() {
  if (ready_) return;
  ready_ = true;
  ready_since_ = vu_.script().context().loop.earliest_cause();
  vu_.script().make_ready(*this);
}

int Strand::sleep(base::Duration delay) {
  if (!sleep_timer_) {
    sleep_timer_ = std::make_unique<net::EventLoop::Timer>(vu_.script().context().loop,
                                                           [this] { make_ready(); });
  }
  sleep_timer_->arm_after(delay);
  return suspend(nullptr);
}

void Strand::begin_group(const std::string& name) {
  groups_.push_back({group_path_.size(), vu_.script().context().loop.now(), vu_.lateness()});
  if (!group_path_.empty()) group_path_ += '/';
  group_path_ += name;
  tags_ = 0;
}

bool Strand::end_group() {
  if (groups_.empty()) return false;
  client::Context& context = vu_.script().context();
  const Group& group = groups_.back();
  context.shard.add_with_error(metrics::kGroupDuration, tags(),
                               base::to_seconds(context.loop.now() - group.began),
                               base::to_seconds(vu_.lateness() - group.late_before));
  leave_group();
  return true;
}

void Strand::cut_off_groups() {
  client::Context& context = vu_.script().context();
  for (; !groups_.empty(); leave_group()) {
    context.shard.add_lower_bound(metrics::kGroupDuration, tags(),
                                  base::to_seconds(context.loop.now() - groups_.back().began));
  }
}

void Strand::leave_group() {
  group_path_.resize(groups_.back().outer_length);
  groups_.pop_back();
  tags_ = 0;
}

metrics::TagsId Strand::tags() const {
  const metrics::TagsId vu_tags = vu_.tags_without_group();
  if (group_path_.empty()) return vu_tags;
  if (tags_ == 0 || vu_tags_ != vu_tags) {
    metrics::Shard& shard = vu_.script().context().shard;
    metrics::TagSet tags = shard.tags(vu_tags);
    tags.set("group", group_path_);
    vu_tags_ = vu_tags;
    tags_ = shard.intern(tags);
  }
  return tags_;
}

}  // namespace script
