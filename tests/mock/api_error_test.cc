#include "mock/api_error.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

std::string header(const mock::Reply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers) {
    if (key == name) return value;
  }
  return "(none)";
}

mock::Fault status_fault(int status, std::string type = {}) {
  mock::Fault fault;
  fault.status = status;
  fault.error_type = std::move(type);
  return fault;
}

nlohmann::json error_of(const mock::Reply& reply) {
  return nlohmann::json::parse(reply.body)["error"];
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

TEST_CASE("an error can have a type and a code of its own") {
  const auto reply = mock::error_reply(
      {429, "spent", "rate_limit_error", "enforced_spend_limit_reached"}, "req_1");
  CHECK(reply.body ==
        R"({"type":"error","error":{"type":"rate_limit_error","message":"spent",)"
        R"("details":{"error_code":"enforced_spend_limit_reached"}},"request_id":"req_1"})");
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

TEST_CASE("types have the API's messages") {
  CHECK(mock::error_message("overloaded_error") == "Overloaded");
  CHECK(mock::error_message("quite_new_error") == "Internal server error");
}

TEST_CASE("a message that is not UTF-8 does not break the answer") {
  CHECK(error_of(mock::error_reply({404, "model: \xff"}, "req_1"))["message"] ==
        "model: \xEF\xBF\xBD");
}

TEST_CASE("drawn faults look like the real ones") {
  const auto limited = mock::fault_reply(status_fault(429), "req_1");
  CHECK(header(limited, "retry-after") == "1");
  CHECK(header(limited, "x-should-retry") == "true");
  CHECK(error_of(limited)["type"] == "rate_limit_error");

  const auto overloaded = mock::fault_reply(status_fault(529), "req_1");
  CHECK(error_of(overloaded)["type"] == "overloaded_error");
  CHECK(error_of(overloaded)["message"] == "Overloaded");
  CHECK(header(overloaded, "retry-after") == "(none)");

  const auto broken = mock::fault_reply(status_fault(500), "req_1");
  CHECK(error_of(broken)["type"] == "api_error");
  CHECK(error_of(broken)["message"] == "Internal server error");

  const auto typed = mock::fault_reply(status_fault(400, "billing_error"), "req_1");
  CHECK(typed.status == 400);
  CHECK(error_of(typed)["type"] == "billing_error");
}

TEST_CASE("faults of the edge are HTML without a request id") {
  for (const int status : {413, 502, 503, 520, 522, 524}) {
    const auto reply = mock::fault_reply(status_fault(status), "req_1");
    CHECK(reply.status == status);
    CHECK(header(reply, "content-type") == "text/html");
    CHECK(header(reply, "request-id") == "(none)");
    CHECK(reply.body.starts_with("<html>"));
  }
  CHECK_FALSE(mock::edge_reply(500));
  CHECK_FALSE(mock::edge_reply(529));
}

TEST_CASE("a fault can come compressed") {
  mock::Fault fault = status_fault(529);
  fault.gzip = true;
  const auto reply = mock::fault_reply(fault, "req_1");
  CHECK(header(reply, "content-encoding") == "gzip");
  CHECK(header(reply, "content-type") == "application/json");
  CHECK(reply.body.starts_with("\x1f\x8b"));
}
