#include "client/redirect.h"

#include <string_view>

#include "base/text.h"
#include "net/url.h"

namespace client {
namespace {

std::string_view name_of(std::string_view header) { return header.substr(0, header.find(':')); }

bool turns_into_get(int status, const std::string& method) {
  if (status == 303) return method != "HEAD";
  return (status == 301 || status == 302) && method == "POST";
}

}  // namespace

bool is_redirect(const net::HttpResult& result) {
  const int status = result.status;
  return (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) &&
         !net::find_header(result.headers, "location").empty();
}

base::Result<void> follow(net::HttpRequest& request, const net::HttpResult& redirect) {
  const std::string location(net::find_header(redirect.headers, "location"));
  const auto url = net::resolve_url(request.url, location);
  if (!url) return base::fail("cannot follow the redirect to \"{}\"", location);
  if (turns_into_get(redirect.status, request.method)) {
    request.method = "GET";
    request.body = nullptr;
    std::erase_if(request.headers, [](std::string_view header) {
      return base::to_lower(header).starts_with("content-");
    });
  }
  if (!net::same_server(request.url, *url)) {
    request.user_password.clear();
    request.cookie.clear();
    std::erase_if(request.headers, [](std::string_view header) {
      return net::is_credential_header(name_of(header)) ||
             base::to_lower(name_of(header)) == "host";
    });
  }
  request.url = *url;
  return {};
}

}  // namespace client
