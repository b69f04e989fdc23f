#include "mock/openai_api.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

std::string header(const mock::Reply& reply, const std::string& name) {
  const auto found = std::find_if(reply.headers.begin(), reply.headers.end(),
                                  [&](const auto& header) { return header.first == name; });
  return found == reply.headers.end() ? "" : found->second;
}

mock::Fault fault_of(int status) {
  mock::Fault fault;
  fault.status = status;
  return fault;
}

json error_in(const mock::Reply& reply) { return json::parse(reply.body).at("error"); }

}  // namespace

TEST_CASE("a bearer token is asked for") {
  CHECK_FALSE(mock::check_bearer("Bearer sk-proj-1"));
  for (const auto& missing :
       {std::optional<std::string_view>(), std::optional<std::string_view>(""),
        std::optional<std::string_view>("Bearer "),
        std::optional<std::string_view>("Basic dXNlcg==")}) {
    const auto error = mock::check_bearer(missing);
    REQUIRE(error);
    CHECK(error->status == 401);
    CHECK(error->code.empty());
  }
  CHECK(mock::check_bearer("Bearer invalid-key")->code == "invalid_api_key");
}

TEST_CASE("an error has OpenAI's four fields and the request's id") {
  const mock::Reply reply = mock::openai_error_reply(
      {400, "No \xff here", {}, "invalid_value", "messages[0].role"}, "req_1");
  CHECK(reply.status == 400);
  CHECK(header(reply, "x-request-id") == "req_1");
  CHECK(error_in(reply) == json{{"message", "No \xef\xbf\xbd here"},
                                {"type", "invalid_request_error"},
                                {"param", "messages[0].role"},
                                {"code", "invalid_value"}});
  const json bare = error_in(mock::openai_error_reply({400, "No"}, "req_1"));
  CHECK(bare["param"].is_null());
  CHECK(bare["code"].is_null());
}

TEST_CASE("what Anthropic calls 529 is OpenAI's 503") {
  const mock::Reply reply = mock::openai_error_reply({529, "Overloaded", "overloaded_error"}, "r");
  CHECK(reply.status == 503);
  CHECK(error_in(reply)["type"] == "service_unavailable_error");
  CHECK(error_in(reply)["code"] == "server_is_overloaded");
}

TEST_CASE("faults have the status' own type and code") {
  const mock::Reply limited = mock::openai_fault_reply(fault_of(429), "r");
  CHECK(limited.status == 429);
  CHECK(header(limited, "retry-after") == "1");
  CHECK(error_in(limited)["code"] == "rate_limit_exceeded");
  CHECK(error_in(mock::openai_fault_reply(fault_of(500), "r"))["type"] == "server_error");
  CHECK(error_in(mock::openai_fault_reply(fault_of(401), "r"))["code"] == "invalid_api_key");
  CHECK(mock::openai_fault_reply(fault_of(418), "r").status == 418);
  mock::Fault named = fault_of(429);
  named.error_type = "insufficient_quota";
  CHECK(error_in(mock::openai_fault_reply(named, "r"))["type"] == "insufficient_quota");
}

TEST_CASE("the edge answers with HTML, and 503 is not the edge's") {
  const mock::Reply edge = mock::openai_fault_reply(fault_of(502), "r");
  CHECK(header(edge, "content-type") == "text/html");
  CHECK(header(edge, "x-request-id").empty());
  const mock::Reply own = mock::openai_fault_reply(fault_of(503), "r");
  CHECK(error_in(own)["code"] == "server_is_overloaded");
}

TEST_CASE("answers say how long they took") {
  mock::Reply reply;
  reply.headers = mock::openai_headers("req_1", std::chrono::milliseconds(320));
  CHECK(header(reply, "x-request-id") == "req_1");
  CHECK(header(reply, "openai-processing-ms") == "320");
  CHECK(header(reply, "openai-version") == "2020-10-01");
}

TEST_CASE("OpenAI's models are listed and described") {
  const json list = json::parse(mock::openai_models_json());
  CHECK(list["object"] == "list");
  REQUIRE_FALSE(list["data"].empty());
  const json first = list["data"][0];
  CHECK(first["object"] == "model");
  CHECK(json::parse(*mock::describe_openai_model(first["id"].get<std::string>())) == first);
  const auto missing = mock::describe_openai_model("gpt-0");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().status == 404);
  CHECK(missing.error().code == "model_not_found");
}
