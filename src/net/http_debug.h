// Requests and answers written down as they went over the wire.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_client.h"

namespace net {

// Of one transfer. Each message goes out whole, so that those of other threads do not mix with it:
//
//   > 7 POST /v1/messages HTTP/1.1
//   > 7 x-api-key: ***
//   > 7
//   > 7 {"model":…}
//   < 7 HTTP/1.1 200 OK
//
// Headers that are credentials or cookies, and secrets in the query of a URL, show as ***. Bodies
// are shown as they are.
class HttpDebugLog {
 public:
  // Lifetime: both outlive the log.
  HttpDebugLog(const HttpRequest& request, const HttpClientOptions& options);

  // Makes curl report to the log.
  void attach(CURL* easy);
  void note_body(std::string_view bytes);
  // Writes what was not written yet, and the error where there was one.
  void end(std::string_view error);

 private:
  static int on_debug(CURL* easy, curl_infotype what, char* bytes, std::size_t size, void* log);
  void note_sent_headers(std::string_view block);
  void note_received_header(std::string_view line);
  void write(char direction, std::string_view text);

  const HttpRequest& request_;
  const HttpClientOptions& options_;
  std::uint64_t number_;
  std::string answer_;  // Its headers, until they are complete; then its body.
  std::uint64_t body_bytes_ = 0;
};

}  // namespace net
