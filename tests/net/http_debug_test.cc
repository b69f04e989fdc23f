#include "net/http_debug.h"

#include <catch2/catch.hpp>

#include "net/loopback_server.h"

using namespace std::chrono_literals;
using tests::http_answer;
using tests::LoopbackServer;

namespace {

// All that was written down about one request.
std::string debug_text(net::HttpDebug debug, net::HttpRequest request, const std::string& answer) {
  static const bool initialized = [] {
    net::initialize_http();
    return true;
  }();
  static_cast<void>(initialized);
  LoopbackServer server(1, [&](int fd, const std::string&) { LoopbackServer::say(fd, answer); });
  std::string text;
  net::EventLoop loop;
  net::HttpClientOptions options;
  options.debug = debug;
  options.debug_sink = [&](std::string_view message) {
    CHECK(message.ends_with('\n'));
    text += message;
  };
  net::HttpClient client(loop, options);
  request.url = server.url(request.url);
  request.total_timeout = 10s;
  const auto transfer = client.start(
      std::move(request), {.on_headers = {}, .on_body = {}, .on_done = [&](auto) { loop.stop(); }});
  loop.run([] {});
  return text;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

net::HttpRequest post(const std::string& body) {
  net::HttpRequest request;
  request.method = "POST";
  request.url = "/v1/messages";
  request.headers = {"content-type: application/json"};
  request.body = std::make_shared<const std::string>(body);
  return request;
}

const std::string kAnswer = http_answer("200 OK", "X-One: a\r\n", "the answer");

}  // namespace

TEST_CASE("headers are written down, bodies only where all is asked for") {
  const std::string headers = debug_text(net::HttpDebug::kHeaders, post("the question"), kAnswer);
  CHECK(has(headers, " POST /v1/messages HTTP/1.1\n"));
  CHECK(has(headers, " content-type: application/json\n"));
  CHECK(has(headers, " HTTP/1.1 200 OK\n"));
  CHECK(has(headers, " X-One: a\n"));
  CHECK_FALSE(has(headers, "the question"));
  CHECK_FALSE(has(headers, "the answer"));

  const std::string full = debug_text(net::HttpDebug::kFull, post("the question"), kAnswer);
  CHECK(has(full, "the question\n"));
  CHECK(has(full, "the answer\n"));
}

TEST_CASE("nothing is written down unless it is asked for") {
  CHECK(debug_text(net::HttpDebug::kOff, post("x"), kAnswer).empty());
}

TEST_CASE("keys, passwords and cookies are never written down") {
  net::HttpRequest request = post("x");
  request.url = "/v1?api_key=hush&page=2";
  request.headers = {"Authorization: Bearer hush", "x-api-key: hush", "X-Auth-Token: hush",
                     "x-ratelimit-tokens: 17"};
  request.cookie = "session=hush";
  request.cookies = std::make_shared<net::CookieJar>();
  const std::string text = debug_text(
      net::HttpDebug::kFull, request,
      http_answer("401 No", "Set-Cookie: session=hush\r\nWWW-Authenticate: Basic realm=x\r\n"));
  CHECK_FALSE(has(text, "hush"));
  CHECK(has(text, "/v1?api_key=***&page=2 HTTP/1.1\n"));
  CHECK(has(text, "Authorization: ***\n"));
  CHECK(has(text, "x-ratelimit-tokens: 17\n"));
  CHECK(has(text, "Basic realm=x\n"));

  net::HttpRequest basic = post("x");
  basic.user_password = "ann:hush";
  CHECK_FALSE(has(debug_text(net::HttpDebug::kFull, basic, kAnswer), "YW5uOmh1c2g="));
}

TEST_CASE("secrets are known by what their names end with, also in the URLs of headers") {
  net::HttpRequest request = post("x");
  request.url = "/v1?client_secret=hush&max_tokens=7&refresh_token=hush&X-Amz-Signature=hush";
  request.headers = {"x-auth-key: hush", "authentication: hush",
                     "Referer: http://h/?token=hush&page=2"};
  const std::string text = debug_text(
      net::HttpDebug::kHeaders, request,
      http_answer("302 Found", "Location: /back?id_token=hush&page=3#access_token=hush\r\n"));
  CHECK_FALSE(has(text, "hush"));
  CHECK(has(text, "/v1?client_secret=***&max_tokens=7&refresh_token=***&X-Amz-Signature=*** HTTP"));
  CHECK(has(text, "Referer: http://h/?token=***&page=2\n"));
  CHECK(has(text, "Location: /back?id_token=***&page=3#access_token=***\n"));
}

TEST_CASE("long bodies are cut, with their size") {
  const std::string text = debug_text(net::HttpDebug::kFull, post(std::string(100'000, 'q')),
                                      http_answer("200 OK", "", std::string(200'000, 'a')));
  CHECK(text.size() < 40'000);
  CHECK(has(text, "q… (100,000 bytes in all)\n"));
  CHECK(has(text, "a… (200,000 bytes in all)\n"));
}

TEST_CASE("what a server sends cannot move the cursor of the terminal") {
  const std::string text =
      debug_text(net::HttpDebug::kFull, post("x"), http_answer("200 OK", "", "\x1b[2Jgone"));
  CHECK(has(text, "?[2Jgone"));
}

TEST_CASE("what went wrong is written down at the end") {
  const std::string text = debug_text(net::HttpDebug::kHeaders, post("x"),
                                      "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  CHECK(has(text, "\n! "));
}
