// A request table that the Lua library built, as the request that goes out.
#pragma once

#include <lua.hpp>

#include "net/http_client.h"

namespace script {

// method, url, headers, body, connect_timeout, insecure, http2, accept_encoding, user_password and
// cookie. The total time-out and the jar are the caller's to set. A body that is a
// perigee.native.Body is taken out of it.
net::HttpRequest request_fields(lua_State* L, int table);

}  // namespace script
