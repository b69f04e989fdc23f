#include "net/url.h"

#include <catch2/catch.hpp>

using net::resolve_url;
using net::same_server;

TEST_CASE("a reference is resolved on the page that it stands on") {
  const std::string page = "http://one.example/shop/items?page=1";
  CHECK(resolve_url(page, "detail") == "http://one.example/shop/detail");
  CHECK(resolve_url(page, "/cart?x=1") == "http://one.example/cart?x=1");
  CHECK(resolve_url(page, "../login") == "http://one.example/login");
  CHECK(resolve_url(page, "?page=2") == "http://one.example/shop/items?page=2");
  CHECK(resolve_url(page, "//two.example/x") == "http://two.example/x");
  CHECK(resolve_url(page, "https://two.example/") == "https://two.example/");
  CHECK(resolve_url(page, "/two words") == "http://one.example/two%20words");
}

TEST_CASE("only http and https are followed") {
  CHECK_FALSE(resolve_url("http://one.example/", "ftp://one.example/file"));
  CHECK_FALSE(resolve_url("http://one.example/", "javascript://x/alert(1)"));
  CHECK_FALSE(resolve_url("http://one.example/", "http://"));
}

TEST_CASE("a server is its scheme, host and port") {
  CHECK(same_server("http://one.example/a", "http://ONE.example:80/b?c"));
  CHECK(same_server("https://one.example", "https://one.example:443/"));
  CHECK_FALSE(same_server("http://one.example/", "https://one.example/"));
  CHECK_FALSE(same_server("http://one.example/", "http://one.example:8080/"));
  CHECK_FALSE(same_server("http://one.example/", "http://two.example/"));
}
