// What a request and the client's options mean to curl.
#pragma once

#include <curl/curl.h>

#include "net/http_client.h"

namespace net {

// Sets all that follows from the two alone; the callbacks are the shard's to set.
// Lifetime: both outlive the transfer, and so does the returned list of headers, which the caller
// frees.
[[nodiscard]] curl_slist* set_request_options(CURL* easy, const HttpRequest& request,
                                              const HttpClientOptions& options);

}  // namespace net
