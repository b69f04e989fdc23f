#include <map>

#include "base/text.h"
#include "client/http_call.h"
#include "net/gzip.h"
#include "script/bindings.h"
#include "script/http_tables.h"
#include "script/lua_vu.h"
#include "script/request_fields.h"
#include "script/script.h"
#include "script/strand.h"

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

// By name, as the answer's Set-Cookie headers say.
void push_cookies(lua_State* L, const net::Headers& headers) {
  lua_newtable(L);
  for (const auto& [name, value] : headers) {
    if (name != "set-cookie") continue;
    const std::string_view pair = std::string_view(value).substr(0, value.find(';'));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string cookie(base::trim(pair.substr(0, equals)));
    set_text(L, cookie.c_str(), base::trim(pair.substr(equals + 1)));
  }
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

// Pairs of the lowest and the highest.
std::vector<client::StatusRange> statuses_field(lua_State* L, int table) {
  std::vector<client::StatusRange> ranges;
  lua_getfield(L, table, "expected_statuses");
  const std::size_t count = lua_istable(L, -1) ? lua_objlen(L, -1) : 0;
  for (std::size_t i = 1; i <= count; ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    lua_rawgeti(L, -1, 1);
    lua_rawgeti(L, -2, 2);
    ranges.push_back(
        {static_cast<int>(lua_tointeger(L, -2)), static_cast<int>(lua_tointeger(L, -1))});
    lua_pop(L, 3);
  }
  lua_pop(L, 1);
  return ranges;
}

int redirects_field(lua_State* L, int table) {
  lua_getfield(L, table, "redirects");
  const auto redirects = static_cast<int>(lua_tointeger(L, -1));
  lua_pop(L, 1);
  return redirects;
}

int l_http(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  Strand& strand = check_suspendable(L, "perigee.http");
  LuaVu& vu = strand.vu();
  client::HttpSpec spec = http_fields(L, vu);
  auto call =
      std::make_shared<client::HttpCall>(Script::of(L).context(), std::move(spec), vu.take_origin(),
                                         [&strand] { strand.make_ready(); });
  client::HttpCall* running = call.get();
  return strand.suspend(
      [running](lua_State* co) { return push_http_answer(co, running->answer()); },
      std::move(call));
}

int l_clear_cookies(lua_State* L) {
  check_vu(L, "perigee.http.clear_cookies").cookies()->lines.clear();
  return 0;
}

int l_gzip(lua_State* L) {
  const std::string packed = net::gzip(check_text(L, 1));
  lua_pushlstring(L, packed.data(), packed.size());
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"http", &guarded<l_http>},
    {"clear_cookies", &guarded<l_clear_cookies>},
    {"gzip", &guarded<l_gzip>},
    {nullptr, nullptr},
};

}  // namespace

client::HttpSpec http_fields(lua_State* L, LuaVu& vu) {
  client::HttpSpec spec;
  spec.request = request_fields(L, 1);
  spec.request.total_timeout = seconds_field(L, 1, "timeout");
  spec.request.affinity = vu.affinity();
  if (!flag_field(L, 1, "no_cookies")) spec.request.cookies = vu.cookies();
  spec.discard_body = flag_field(L, 1, "discard_body");
  spec.redirects = redirects_field(L, 1);
  spec.expected_statuses = statuses_field(L, 1);
  spec.tags = tags_field(L, 1, "tags");
  spec.tags.set("name", text_field(L, 1, "name"));
  return spec;
}

int push_http_answer(lua_State* L, const client::HttpAnswer& answer) {
  lua_createtable(L, 0, 16);
  set_flag(L, "ok", !answer.error.has_value());
  set_number(L, "status", answer.result.status);
  set_text(L, "body", answer.body);
  set_text(L, "url", answer.url);
  set_number(L, "redirects", answer.redirects);
  set_text(L, "version", answer.result.version);
  set_text(L, "remote_ip", answer.result.remote_ip);
  push_headers(L, answer.result.headers);
  lua_setfield(L, -2, "headers");
  push_cookies(L, answer.result.headers);
  lua_setfield(L, -2, "cookies");
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

const luaL_Reg* http_functions() { return kFunctions; }

}  // namespace script
