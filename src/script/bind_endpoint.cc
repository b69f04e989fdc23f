// What clients are made of: limits, models, tokens, files, errors.
#include <fstream>
#include <iterator>

#include "base/base64.h"
#include "llm/error_body.h"
#include "net/url.h"
#include "script/bindings.h"
#include "script/reply_lua.h"
#include "script/script.h"

namespace script {
namespace {

int l_pacing(lua_State* L) {
  const std::string key(check_text(L, 1));
  luaL_checktype(L, 2, LUA_TTABLE);
  client::PacingLimits limits;
  if (text_field(L, 2, "mode") == "pace") limits.mode = client::PacingLimits::Mode::kPace;
  limits.requests_per_minute = number_field(L, 2, "rpm");
  limits.input_tokens_per_minute = number_field(L, 2, "itpm");
  limits.output_tokens_per_minute = number_field(L, 2, "otpm");
  limits.tokens_per_day = number_field(L, 2, "tpd");
  if (const auto most = number_field(L, 2, "concurrency")) {
    limits.concurrency = static_cast<std::uint64_t>(*most);
  }
  if (const auto burst = number_field(L, 2, "burst")) limits.burst = base::from_seconds(*burst);
  Script& script = Script::of(L);
  const auto id = script.add_pacing(script.surroundings().shared.pacing(key, limits));
  lua_pushnumber(L, static_cast<double>(id));
  return 1;
}

int l_declare_model(lua_State* L) {
  Script::of(L).surroundings().shared.declare_model(
      {std::string(check_text(L, 1)), std::string(check_text(L, 2))});
  return 0;
}

int l_is_loopback(lua_State* L) {
  lua_pushboolean(L, net::is_loopback(std::string(check_text(L, 1))));
  return 1;
}

int l_token(lua_State* L) {
  const std::string command(check_text(L, 1));
  const double lifetime = luaL_checknumber(L, 2);
  const auto token =
      Script::of(L).surroundings().shared.tokens().token(command, base::from_seconds(lifetime));
  if (!token) return raise(L, token.error().message);
  lua_pushlstring(L, token->data(), token->size());
  return 1;
}

int l_base64_file(lua_State* L) {
  const std::string path(check_text(L, 1));
  std::ifstream file(path, std::ios::binary);
  if (!file) return raise(L, "cannot read \"" + path + "\"");
  const std::string text = base::base64(
      std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()));
  lua_pushlstring(L, text.data(), text.size());
  return 1;
}

int l_llm_error(lua_State* L) {
  const int status = static_cast<int>(luaL_checkinteger(L, 1));
  const std::string body(check_text(L, 2));
  luaL_checktype(L, 3, LUA_TTABLE);
  const std::string request_id = text_field(L, 3, "request-id");
  const std::string other_id = text_field(L, 3, "x-request-id");
  const std::string retry_after = text_field(L, 3, "retry-after");
  const std::string retry_after_ms = text_field(L, 3, "retry-after-ms");
  const std::string should_retry = text_field(L, 3, "x-should-retry");
  const std::string date = text_field(L, 3, "date");
  push_failure(L, llm::parse_error({.status = status,
                                    .body = body,
                                    .request_id = request_id.empty() ? other_id : request_id,
                                    .retry_after = retry_after,
                                    .retry_after_ms = retry_after_ms,
                                    .should_retry = should_retry,
                                    .date = date}));
  return 1;
}

constexpr luaL_Reg kFunctions[] = {
    {"base64_file", &guarded<l_base64_file>},
    {"declare_model", &guarded<l_declare_model>},
    {"is_loopback", &guarded<l_is_loopback>},
    {"llm_error", &guarded<l_llm_error>},
    {"pacing", &guarded<l_pacing>},
    {"token", &guarded<l_token>},
    {nullptr, nullptr},
};

}  // namespace

const luaL_Reg* endpoint_functions() { return kFunctions; }

}  // namespace script
