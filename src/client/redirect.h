// What a redirect asks for.
#pragma once

#include "base/result.h"
#include "net/http_client.h"

namespace client {

// True for 301, 302, 303, 307 and 308 that say where to.
bool is_redirect(const net::HttpResult& result);

// Turns the request into the one that a redirect asks for, as browsers do: after 303, and for a
// POST after 301 and 302, a GET without a body; else the same again. Host and headers
// that are credentials do not go to another server (scheme, host or port).
// Errors: a Location that is no http or https URL; the request is then as it was.
base::Result<void> follow(net::HttpRequest& request, const net::HttpResult& redirect);

}  // namespace client
