#include "net/transfer_options.h"

#include <algorithm>

#include "base/text.h"
#include "net/cookies.h"
#include "net/tls_store.h"

namespace net {
namespace {

long to_ms(base::Duration duration) {
  return static_cast<long>(std::max<std::int64_t>(1, duration.count() / 1'000'000));
}

bool may_use_tls(std::string_view url) { return base::to_lower(url.substr(0, 5)) == "https"; }

bool has_header(const HttpRequest& request, std::string_view lower_case_name) {
  return std::any_of(request.headers.begin(), request.headers.end(), [&](std::string_view line) {
    return line.size() > lower_case_name.size() && line[lower_case_name.size()] == ':' &&
           base::to_lower(line.substr(0, lower_case_name.size())) == lower_case_name;
  });
}

void set_connection(CURL* easy, const HttpRequest& request, const HttpClientOptions& options) {
  const bool http2 = request.http2 || options.http2;
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
  if (!options.reuse_connections) {
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  }
  // The answer to a CONNECT is none to the request: its moments and headers must not be taken for
  // it.
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!options.proxy.empty()) curl_easy_setopt(easy, CURLOPT_PROXY, options.proxy.c_str());
  if (may_use_tls(request.url) || may_use_tls(options.proxy)) {
    use_shared_tls_store(easy, options.ca_file);
  }
  if (!request.verify_tls || !options.verify_tls) {
    for (const CURLoption option : {CURLOPT_SSL_VERIFYPEER, CURLOPT_SSL_VERIFYHOST,
                                    CURLOPT_PROXY_SSL_VERIFYPEER, CURLOPT_PROXY_SSL_VERIFYHOST}) {
      curl_easy_setopt(easy, option, 0L);
    }
  }
}

void set_body(CURL* easy, const HttpRequest& request) {
  // Without any body these methods still say that it is empty; some servers insist.
  const bool wants_length =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (request.body || wants_length) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body ? request.body->data() : "");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body ? request.body->size() : 0));
  }
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

curl_slist* make_headers(const HttpRequest& request) {
  curl_slist* list = nullptr;
  for (const std::string& header : request.headers) {
    list = curl_slist_append(list, header.c_str());
  }
  // curl would hold back a large body for a second, waiting for a "100 Continue", and would call
  // any body a form.
  list = curl_slist_append(list, "Expect:");
  if (!has_header(request, "content-type")) list = curl_slist_append(list, "Content-Type:");
  return list;
}

}  // namespace

curl_slist* set_request_options(CURL* easy, const HttpRequest& request,
                                const HttpClientOptions& options) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 4096L);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, to_ms(request.connect_timeout));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, to_ms(request.total_timeout));
  set_connection(easy, request, options);
  set_body(easy, request);
  if (request.accept_encoding) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  if (!request.user_password.empty()) {
    curl_easy_setopt(easy, CURLOPT_USERPWD, request.user_password.c_str());
  }
  if (!request.cookie.empty()) curl_easy_setopt(easy, CURLOPT_COOKIE, request.cookie.c_str());
  if (request.cookies) load_cookies(easy, *request.cookies);
  curl_slist* headers = make_headers(request);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  return headers;
}

}  // namespace net
