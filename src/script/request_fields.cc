#include "script/request_fields.h"

#include <memory>
#include <string>
#include <vector>

#include "script/bindings.h"
#include "script/body_buffer.h"

namespace script {
namespace {

std::vector<std::string> lines_field(lua_State* L, int table, const char* name) {
  std::vector<std::string> lines;
  lua_getfield(L, table, name);
  const std::size_t count = lua_istable(L, -1) ? lua_objlen(L, -1) : 0;
  lines.reserve(count);
  for (std::size_t i = 1; i <= count; ++i) {
    lua_rawgeti(L, -1, static_cast<int>(i));
    if (const char* line = lua_tostring(L, -1)) lines.emplace_back(line);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return lines;
}

std::shared_ptr<const std::string> body_field(lua_State* L, int table) {
  lua_getfield(L, table, "body");
  std::shared_ptr<const std::string> body = take_body_buffer(L, -1);
  std::size_t length = 0;
  const char* bytes = lua_tolstring(L, -1, &length);
  if (bytes != nullptr) body = std::make_shared<const std::string>(bytes, length);
  lua_pop(L, 1);
  return body;
}

}  // namespace

net::HttpRequest request_fields(lua_State* L, int table) {
  net::HttpRequest request;
  request.method = text_field(L, table, "method");
  request.url = text_field(L, table, "url");
  request.headers = lines_field(L, table, "headers");
  request.body = body_field(L, table);
  request.connect_timeout = seconds_field(L, table, "connect_timeout");
  request.verify_tls = !flag_field(L, table, "insecure");
  request.http2 = flag_field(L, table, "http2");
  request.accept_encoding = flag_field(L, table, "accept_encoding");
  request.user_password = text_field(L, table, "user_password");
  request.cookie = text_field(L, table, "cookie");
  return request;
}

}  // namespace script
