#include "client/redirect.h"

#include <catch2/catch.hpp>

namespace {

net::HttpResult redirect(int status, const std::string& location) {
  net::HttpResult result;
  result.status = status;
  if (!location.empty()) result.headers.emplace_back("location", location);
  return result;
}

net::HttpRequest request(const std::string& method) {
  net::HttpRequest request;
  request.method = method;
  request.url = "http://one.example/old";
  request.headers = {"Accept: */*",     "Content-Type: text/plain", "Authorization: Bearer hush",
                     "x-api-key: hush", "Host: front.example",      "Cookie: a=1"};
  request.body = std::make_shared<const std::string>("text");
  request.user_password = "ann:hush";
  request.cookie = "b=2";
  return request;
}

}  // namespace

TEST_CASE("only the five statuses that say where to are redirects") {
  for (const int status : {301, 302, 303, 307, 308}) {
    CHECK(client::is_redirect(redirect(status, "/new")));
    CHECK_FALSE(client::is_redirect(redirect(status, "")));
  }
  for (const int status : {200, 201, 300, 304, 305, 404}) {
    CHECK_FALSE(client::is_redirect(redirect(status, "/new")));
  }
}

TEST_CASE("the method after a redirect is the one that browsers send") {
  struct Row {
    int status;
    const char* before;
    const char* after;
  };
  for (const Row& row :
       {Row{301, "POST", "GET"}, Row{302, "POST", "GET"}, Row{303, "POST", "GET"},
        Row{307, "POST", "POST"}, Row{308, "POST", "POST"}, Row{301, "PUT", "PUT"},
        Row{303, "PUT", "GET"}, Row{302, "GET", "GET"}, Row{303, "HEAD", "HEAD"}}) {
    net::HttpRequest next = request(row.before);
    REQUIRE(client::follow(next, redirect(row.status, "/new")));
    CAPTURE(row.status, row.before);
    CHECK(next.method == row.after);
    const bool kept = next.method == std::string(row.before);
    CHECK((next.body != nullptr) == kept);
    CHECK(next.headers.size() == (kept ? 6 : 5));  // Without Content-Type.
    CHECK(next.url == "http://one.example/new");
  }
}

TEST_CASE("credentials stay with the server that they were given for") {
  SECTION("the same server") {
    net::HttpRequest next = request("GET");
    REQUIRE(client::follow(next, redirect(302, "http://one.example:80/new")));
    CHECK(next.headers.size() == 6);
    CHECK(next.user_password == "ann:hush");
    CHECK(next.cookie == "b=2");
  }
  SECTION("another one") {
    for (const char* location :
         {"http://two.example/", "http://one.example:8080/", "https://one.example/"}) {
      net::HttpRequest next = request("GET");
      REQUIRE(client::follow(next, redirect(302, location)));
      CHECK(next.headers == std::vector<std::string>{"Accept: */*", "Content-Type: text/plain"});
      CHECK(next.user_password.empty());
      CHECK(next.cookie.empty());
    }
  }
}

TEST_CASE("a redirect to something else than the web is not followed") {
  net::HttpRequest next = request("POST");
  const auto followed = client::follow(next, redirect(302, "file:///etc/passwd"));
  REQUIRE_FALSE(followed);
  CHECK(followed.error().message == "cannot follow the redirect to \"file:///etc/passwd\"");
  CHECK(next.method == "POST");
  CHECK(next.url == "http://one.example/old");
}
