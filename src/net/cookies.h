// A jar's way into a curl handle and out again.
#pragma once

#include <curl/curl.h>

#include <string>
#include <vector>

#include "net/http_client.h"

namespace net {

// From here on the handle takes in cookies and sends them.
void load_cookies(CURL* easy, const CookieJar& jar);

// Brings into the jar what the handle added, changed and removed since `loaded`, the jar's lines
// when it got them. The jar may have changed since by other transfers, and keeps that.
void save_cookies(CURL* easy, const std::vector<std::string>& loaded, CookieJar& jar);

// The handle has no cookies and takes none in, and the next request may be another user's.
// curl_easy_reset() does not do that.
void drop_cookies(CURL* easy);

}  // namespace net
