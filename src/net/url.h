// Work on URLs, by the rules of RFC 3986 as curl knows them.
#pragma once

#include <optional>
#include <string>

namespace net {

// What a reference such as "../items?page=2" means on the page at `base`. Nothing where that is no
// http or https URL.
std::optional<std::string> resolve_url(const std::string& base, const std::string& reference);

// True where scheme, host and port are the same. REQUIRES: both are URLs.
bool same_server(const std::string& first, const std::string& second);

// True where the URL's host is this machine by its name "localhost" or a loopback address. Names
// are not looked up.
bool is_loopback(const std::string& url);

}  // namespace net
