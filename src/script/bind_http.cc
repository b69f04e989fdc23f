#include <map>

#include "script/bindings.h"
#include "script/lua_vu.h"
#include "script/script.h"

namespace script {
namespace {

void push_headers(lua_State* L, const net::Headers& headers) {
  std::map<std::string, std::string>
      joined;  // Repeated ones joined by ", ", as RFC 9110 §5.3 allows.
  for (const auto& [name, value] : headers) {
    std::string& text = joined[name];
    text += text.empty() ? value : ", " + value;
  }
  lua_createtable(L, 0, static_cast<int>(joined.size()));
  for (const auto& [name, value] : joined) set_text(L, name.c_str(), value);
}

void push_timings(lua_State* L, const client::HttpAnswer& answer) {
  const net::HttpStamps& stamps = answer.result.stamps;
  static constexpr base::TimePoint kNever{};
  const auto span = [](base::TimePoint from, base::TimePoint to) {
    return from == kNever || to == kNever || to < from ? 0.0 : base::to_seconds(to - from);
  };
  lua_createtable(L, 0, 8);
  set_number(L, "blocked", span(stamps.start, stamps.sending));
  set_number(L, "looking_up", base::to_seconds(stamps.looking_up));
  set_number(L, "connecting", base::to_seconds(stamps.connecting));
  set_number(L, "tls_handshaking", base::to_seconds(stamps.tls_handshaking));
  set_number(L, "sending", span(stamps.sending, stamps.sent));
  set_number(L, "waiting", span(stamps.sent, stamps.first_byte));
  set_number(L, "receiving", span(stamps.first_byte, stamps.done));
  set_number(L, "duration", span(stamps.sending, stamps.done));
}

int push_answer(lua_State* L, const client::HttpAnswer& answer) {
  lua_createtable(L, 0, 8);
  set_flag(L, "ok", !answer.error.has_value());
  set_number(L, "status", answer.result.status);
  set_text(L, "body", answer.body);
  push_headers(L, answer.result.headers);
  lua_setfield(L, -2, "headers");
  push_timings(L, answer);
  lua_setfield(L, -2, "timings");
  if (answer.error) {
    lua_createtable(L, 0, 2);
    set_text(L, "kind", llm::to_string(*answer.error));
    set_text(L, "message", answer.error_message);
    lua_setfield(L, -2, "error");
  }
  return 1;
}

int l_http(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  LuaVu& vu = check_suspendable_vu(L, "perigee.http");
  client::HttpSpec spec;
  spec.request = request_fields(L, 1);
  spec.request.total_timeout = seconds_field(L, 1, "timeout");
  spec.request.affinity = vu.affinity();
  spec.discard_body = flag_field(L, 1, "discard_body");
  spec.tags = tags_field(L, 1, "tags");
  spec.tags.set("name", text_field(L, 1, "name"));
  auto call = std::make_shared<client::HttpCall>(Script::of(L).context(), std::move(spec),
                                                 vu.take_origin(), [&vu] { vu.make_ready(); });
  client::HttpCall* running = call.get();
  return vu.suspend([running](lua_State* co) { return push_answer(co, running->answer()); },
                    std::move(call));
}

constexpr luaL_Reg kFunctions[] = {
    {"http", &guarded<l_http>},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg* http_functions() { return kFunctions; }

}  // namespace script
