#include "mock/api_error.h"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

namespace {

std::string header(const mock::Reply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return "(none)";
}

}  // namespace

TEST_CASE("an error has the API's bytes and bears its request id twice") {
  const auto reply = mock::error_reply({400, "max_tokens: Field required"}, "req_011Cx");
  CHECK(reply.status == 400);
  CHECK(reply.body == R"({"type":"error","error":{"type":"invalid_request_error",)"
                      R"("message":"max_tokens: Field required"},"request_id":"req_011Cx"})");
  CHECK(header(reply, "request-id") == "req_011Cx");
  CHECK(header(reply, "retry-after") == "(none)");
}

TEST_CASE("statuses have the types of the API's table") {
  CHECK(mock::error_type(401) == "authentication_error");
  CHECK(mock::error_type(404) == "not_found_error");
  CHECK(mock::error_type(413) == "request_too_large");
  CHECK(mock::error_type(504) == "timeout_error");
  CHECK(mock::error_type(418) == "invalid_request_error");
  CHECK(mock::error_type(507) == "api_error");
}

TEST_CASE("a message that is not UTF-8 does not break the answer") {
  const auto reply = mock::error_reply({404, "model: \xff"}, "req_1");
  CHECK(nlohmann::json::parse(reply.body)["error"]["message"] == "model: \xEF\xBF\xBD");
}

TEST_CASE("drawn faults look like the real ones") {
  const auto limited = mock::fault_reply(429, "req_1");
  CHECK(header(limited, "retry-after") == "1");
  CHECK(header(limited, "x-should-retry") == "true");
  CHECK(nlohmann::json::parse(limited.body)["error"]["type"] == "rate_limit_error");

  const auto overloaded = nlohmann::json::parse(mock::fault_reply(529, "req_1").body);
  CHECK(overloaded["error"]["type"] == "overloaded_error");
  CHECK(overloaded["error"]["message"] == "Overloaded");

  const auto broken = nlohmann::json::parse(mock::fault_reply(500, "req_1").body);
  CHECK(broken["error"]["type"] == "api_error");
  CHECK(broken["error"]["message"] == "Internal server error");
}

TEST_CASE("faults of the edge are HTML without a request id") {
  for (const int status : {502, 503, 522}) {
    const auto reply = mock::fault_reply(status, "req_1");
    CHECK(reply.status == status);
    CHECK(header(reply, "content-type") == "text/html");
    CHECK(header(reply, "request-id") == "(none)");
    CHECK(reply.body.starts_with("<html>"));
  }
}

TEST_CASE("faults are drawn in their shares") {
  const std::vector<mock::FailRule> rules = {{429, 0.05}, {529, 0.01}};
  base::RandomStream random(7);
  std::map<int, int> drawn;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) ++drawn[mock::draw_fault(rules, random).value_or(0)];
  // Within five standard deviations.
  CHECK(drawn[429] == Approx(5000).margin(345));
  CHECK(drawn[529] == Approx(1000).margin(158));
  CHECK(drawn[0] + drawn[429] + drawn[529] == kDraws);
}

TEST_CASE("a share of all fails everything and no rules fail nothing") {
  base::RandomStream random(7);
  for (int i = 0; i < 1000; ++i) {
    CHECK(mock::draw_fault({{500, 1.0}}, random) == 500);
    CHECK_FALSE(mock::draw_fault({}, random));
  }
}
