#include "mock/api_headers.h"

#include <catch2/catch.hpp>

namespace {

constexpr const char* kVersion = "2023-06-01";

}  // namespace

TEST_CASE("a key or a bearer token is asked for first, then the version") {
  CHECK(mock::check_headers({})->status == 401);
  CHECK(mock::check_headers({})->message == "x-api-key header is required");
  CHECK(mock::check_headers({"", {}, kVersion})->status == 401);
  CHECK(mock::check_headers({{}, "Basic eA==", kVersion})->status == 401);
  CHECK(mock::check_headers({"key", {}, {}})->status == 400);
  CHECK(mock::check_headers({"key", {}, {}})->message == "anthropic-version: header is required");
  CHECK_FALSE(mock::check_headers({"key", {}, kVersion}));
  CHECK_FALSE(mock::check_headers({{}, "Bearer token", kVersion}));
}

TEST_CASE("a key and a token together are refused") {
  CHECK(mock::check_headers({"key", "Bearer token", kVersion})->status == 401);
}

TEST_CASE("a beta is known by its date") {
  const auto with = [](std::string_view beta) {
    return mock::check_headers({"key", {}, kVersion, beta});
  };
  CHECK_FALSE(with("fast-mode-2026-02-01"));
  CHECK_FALSE(with("claude-code-20250219, output-300k-2026-03-24"));
  CHECK_FALSE(with(""));
  CHECK(with("turbo")->status == 400);
  CHECK(with("fast-mode-2026-02-01,turbo")->message ==
        "Unexpected value(s) `turbo` for the `anthropic-beta` header.");
  CHECK(with("-2026-02-01"));
}

TEST_CASE("a beta is found among others") {
  const mock::ApiHeaders headers = {"key", {}, kVersion, "a-2026-01-01, fast-mode-2026-02-01"};
  CHECK(mock::has_beta(headers, "fast-mode-"));
  CHECK_FALSE(mock::has_beta(headers, "slow-mode-"));
  CHECK_FALSE(mock::has_beta({"key", {}, kVersion}, "fast-mode-"));
}

TEST_CASE("an organization is the key's, and looks like a UUID") {
  const std::string first = mock::organization_of({"key-1", {}, kVersion});
  CHECK(first == mock::organization_of({"key-1", {}, {}}));
  CHECK(first != mock::organization_of({"key-2", {}, kVersion}));
  CHECK(first != mock::organization_of({{}, "Bearer key-1", kVersion}));
  REQUIRE(first.size() == 36);
  CHECK(first[8] == '-');
  CHECK(first[14] == '4');
  CHECK(first.find_first_not_of("0123456789abcdef-") == std::string::npos);
}
