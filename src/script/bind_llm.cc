#include <new>

#include "script/bindings.h"
#include "script/llm_stream.h"
#include "script/lua_vu.h"
#include "script/reply_lua.h"
#include "script/request_fields.h"
#include "script/script.h"
#include "script/strand.h"

namespace script {
namespace {

constexpr const char* kStreamType = "perigee.LlmStream";
using StreamHandle = std::shared_ptr<OpenStream>;

// The stream at 1 for the running VU, which is the one that opened it.
const StreamHandle& check_stream(lua_State* L, const LuaVu& vu) {
  const auto& stream = *static_cast<StreamHandle*>(luaL_checkudata(L, 1, kStreamType));
  if (!stream->call) {
    raise(L,
          "this stream ended with the iteration that opened it, or with the function of "
          "perigee.all that waited for it");
  }
  if (stream->owner != &vu) raise(L, "this stream belongs to another VU");
  return stream;
}

// Events and the end go to one strand: what another one took in between would be missing here.
const StreamHandle& check_stream_for(lua_State* L, Strand& strand) {
  const StreamHandle& stream = check_stream(L, strand.vu());
  if (stream->awaiting != nullptr && stream->awaiting != &strand) {
    raise(L, "another function of perigee.all is waiting for this stream");
  }
  return stream;
}

// A strand's wait for a stream. Where the strand ends before the wait does, because its VU was
// interrupted or because perigee.all has no use for it any more, nobody is left to use the stream.
class Wait {
 public:
  Wait(StreamHandle stream, Strand& strand, OpenStream::Awaited awaited)
      : stream_(std::move(stream)) {
    stream_->awaiting = &strand;
    stream_->awaited = awaited;
  }
  ~Wait() {
    if (over_) return;
    end();
    stream_->call.reset();
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  OpenStream& stream() { return *stream_; }
  void end() {
    over_ = true;
    stream_->awaiting = nullptr;
    stream_->awaited = OpenStream::Awaited::kNothing;
  }

 private:
  StreamHandle stream_;
  bool over_ = false;
};

// The reply's table is made once and then shared by all calls.
int push_reply_once(lua_State* L, OpenStream& stream) {
  if (stream.reply_ref < 0) {
    push_reply(L, stream.call->answer());
    stream.reply_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, stream.reply_ref);
  return 1;
}

int push_event(lua_State* L, OpenStream& stream) {
  const auto event = stream.call->take_event();
  if (!event) return 0;
  lua_pushlstring(L, event->name.data(), event->name.size());
  lua_pushlstring(L, event->data.data(), event->data.size());
  lua_pushnumber(L, base::to_seconds(event->at));
  return 3;
}

// Pairs of a lowest and a highest status.
std::optional<std::vector<client::StatusRange>> statuses_field(lua_State* L, int table) {
  std::vector<client::StatusRange> ranges;
  lua_getfield(L, table, "statuses");
  const int list = lua_gettop(L);
  if (!lua_istable(L, list)) {
    lua_pop(L, 1);
    return std::nullopt;
  }
  const std::size_t count = lua_objlen(L, list);
  for (std::size_t i = 1; i <= count; ++i) {
    lua_rawgeti(L, list, static_cast<int>(i));
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    ranges.push_back(
        {static_cast<int>(lua_tointeger(L, -2)), static_cast<int>(lua_tointeger(L, -1))});
    lua_pop(L, 3);
  }
  lua_pop(L, 1);
  return ranges;
}

bool is_false(lua_State* L, int table, const char* name) {
  lua_getfield(L, table, name);
  const bool value = lua_isboolean(L, -1) && lua_toboolean(L, -1) == 0;
  lua_pop(L, 1);
  return value;
}

// A policy's name, or a table that perigee.internal.retries has checked.
client::RetryPolicy retries_field(lua_State* L, int table) {
  client::RetryPolicy policy;
  lua_getfield(L, table, "retries");
  const int at = lua_gettop(L);
  if (lua_type(L, at) == LUA_TSTRING) {
    const auto found = client::find_retry_policy(lua_tostring(L, at));
    if (!found) raise(L, "retries: " + found.error().message);
    policy = *found;
  } else if (lua_istable(L, at)) {
    policy.max = static_cast<int>(count_field(L, at, "max"));
    if (const auto base = number_field(L, at, "base")) policy.base = base::from_seconds(*base);
    if (const auto cap = number_field(L, at, "cap")) policy.cap = base::from_seconds(*cap);
    policy.jitter = number_field(L, at, "jitter").value_or(policy.jitter);
    policy.honor_retry_after = !is_false(L, at, "honor_retry_after");
    if (auto statuses = statuses_field(L, at)) policy.statuses = std::move(*statuses);
  }
  lua_pop(L, 1);
  return policy;
}

client::Dialect dialect_field(lua_State* L) {
  const std::string name = text_field(L, 1, "dialect");
  if (name == "openai_chat") return client::Dialect::kOpenAiChat;
  if (name == "openai_responses") return client::Dialect::kOpenAiResponses;
  return client::Dialect::kAnthropic;
}

// A budget can hold only what has a price and a bound.
void check_budget(lua_State* L, const client::LlmSpec& spec) {
  const client::Context& context = Script::of(L).context();
  if (context.budget == nullptr || spec.model.empty()) return;
  if (context.prices->find(spec.model) == nullptr) {
    if (context.needs_prices) raise_unpriced(L, spec.model);
  } else if (spec.max_output_tokens == 0) {
    raise(L, "options.budget: this request names no max_tokens, so its cost has no bound");
  }
}

int l_llm_open(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  LuaVu& vu = check_vu(L, "a model request");
  client::LlmSpec spec = llm_fields(L, vu);
  spec.dialect = dialect_field(L);
  spec.retries = retries_field(L, 1);
  spec.pacing = Script::of(L).pacing(count_field(L, 1, "pacing"));
  check_budget(L, spec);
  spec.request.method = "POST";
  spec.stream = flag_field(L, 1, "stream");
  return push_new_stream(L, vu, std::move(spec));
}

// Waits for the stream and then pushes what there is.
int wait_for(const StreamHandle& stream, Strand& strand, OpenStream::Awaited awaited,
             int (*push)(lua_State*, OpenStream&)) {
  auto wait = std::make_shared<Wait>(stream, strand, awaited);
  Wait* running = wait.get();
  return strand.suspend(
      [running, push](lua_State* co) {
        running->end();
        return push(co, running->stream());
      },
      std::move(wait));
}

int l_next_event(lua_State* L) {
  Strand& strand = check_suspendable(L, "next_event");
  const StreamHandle& stream = check_stream_for(L, strand);
  const int pushed = push_event(L, *stream);
  if (pushed > 0 || stream->call->ended()) return pushed;
  return wait_for(stream, strand, OpenStream::Awaited::kEvent, &push_event);
}

int l_reply(lua_State* L) {
  Strand& strand = check_suspendable(L, "reply");
  const StreamHandle& stream = check_stream_for(L, strand);
  if (stream->call->done()) return push_reply_once(L, *stream);
  return wait_for(stream, strand, OpenStream::Awaited::kEnd, &push_reply_once);
}

int l_classify(lua_State* L) {
  const StreamHandle& stream = check_stream(L, check_vu(L, "classify"));
  const bool is_content = lua_toboolean(L, 2) != 0;
  const std::string_view text = lua_isnoneornil(L, 3) ? std::string_view() : check_text(L, 3);
  stream->call->classify(is_content ? llm::Content::kText : llm::Content::kNone, text);
  return 0;
}

// Harmless at any time: the script may not know that the stream is over.
int l_cancel(lua_State* L) {
  const LuaVu& vu = check_vu(L, "cancel");
  const auto& stream = *static_cast<StreamHandle*>(luaL_checkudata(L, 1, kStreamType));
  if (stream->call && stream->owner == &vu) stream->call->cancel();
  return 0;
}

int l_collect(lua_State* L) {
  static_cast<StreamHandle*>(luaL_checkudata(L, 1, kStreamType))->~StreamHandle();
  return 0;
}

constexpr luaL_Reg kFunctions[] = {
    {"llm_open", &guarded<l_llm_open>},
    {nullptr, nullptr},
};

constexpr luaL_Reg kMethods[] = {
    {"cancel", &guarded<l_cancel>},
    {"classify", &guarded<l_classify>},
    {"next_event", &guarded<l_next_event>},
    {"reply", &guarded<l_reply>},
    {nullptr, nullptr},
};

}  // namespace

client::LlmSpec llm_fields(lua_State* L, const LuaVu& vu) {
  client::LlmSpec spec;
  spec.request = request_fields(L, 1);
  spec.request.total_timeout = seconds_field(L, 1, "total_timeout");
  spec.request.affinity = vu.affinity();
  spec.model = text_field(L, 1, "model");
  spec.tags = tags_field(L, 1, "tags");
  spec.tags.set("name", text_field(L, 1, "name"));
  spec.keep_events = flag_field(L, 1, "keep_events");
  spec.stop_after = count_field(L, 1, "stop_after");
  spec.max_output_tokens = count_field(L, 1, "max_output");
  spec.first_event_timeout = seconds_field(L, 1, "first_event_timeout");
  spec.silence_timeout = seconds_field(L, 1, "silence_timeout");
  spec.stall_after = seconds_field(L, 1, "stall_after");
  return spec;
}

int push_new_stream(lua_State* L, LuaVu& vu, client::LlmSpec spec) {
  check_budget(L, spec);
  StreamHandle stream = vu.add_stream();
  // The handle's place is made before the request starts: allocating may raise.
  void* place = lua_newuserdata(L, sizeof(StreamHandle));
  new (place) StreamHandle(stream);
  luaL_getmetatable(L, kStreamType);
  lua_setmetatable(L, -2);
  OpenStream* open = stream.get();
  stream->call = std::make_unique<client::LlmCall>(
      Script::of(L).context(), std::move(spec), vu.take_origin(), [open] {
        const bool ready = open->awaited == OpenStream::Awaited::kEvent ||
                           (open->awaited == OpenStream::Awaited::kEnd && open->call->done());
        if (ready) open->awaiting->make_ready();
      });
  return 1;
}

const luaL_Reg* llm_functions() { return kFunctions; }

void make_stream_metatable(lua_State* L) {
  luaL_newmetatable(L, kStreamType);
  lua_newtable(L);
  for (const luaL_Reg* entry = kMethods; entry->name != nullptr; ++entry) {
    lua_pushcfunction(L, entry->func);
    lua_setfield(L, -2, entry->name);
  }
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, &l_collect);
  lua_setfield(L, -2, "__gc");
  lua_pop(L, 1);
}

}  // namespace script
