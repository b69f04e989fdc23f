#include "mock/request_fields.h"

#include <catch2/catch.hpp>

using mock::ApiError;
using mock::RequestFields;
using nlohmann::json;

TEST_CASE("the first error sticks, with its path") {
  const json body = json::parse(R"({"thinking":{"type":5},"stream":"no"})");
  std::optional<ApiError> error;
  RequestFields fields(body, "", error);
  CHECK(fields.ok());
  CHECK(fields.object("thinking").required_string("type").empty());
  CHECK_FALSE(fields.ok());
  CHECK(fields.boolean("stream", true));
  CHECK(error->status == 400);
  CHECK(error->message == "thinking.type: Input should be a valid string");
}

TEST_CASE("null is absent where a field may be absent") {
  const json body = json::parse(R"({"a":null})");
  std::optional<ApiError> error;
  RequestFields fields(body, "", error);
  CHECK_FALSE(fields.has("a"));
  CHECK(fields.string("a").empty());
  CHECK(fields.array("a").empty());
  CHECK_FALSE(fields.object("a").has("b"));
  CHECK_FALSE(fields.integer("a", 0));
  CHECK(fields.ok());
  fields.required_string("a");
  CHECK(error->message == "a: Input should be a valid string");
}

TEST_CASE("paths lead through lists and variants") {
  const json body = json::parse(R"({"content":[{"type":"text"}]})");
  std::optional<ApiError> error;
  RequestFields fields(body, "messages.2", error);
  RequestFields block = fields.element("content", 0, body["content"][0]);
  CHECK(block.path() == "messages.2.content.0");
  CHECK(block.as("text").path() == "messages.2.content.0.text");
  block.as("text").required("text");
  CHECK(error->message == "messages.2.content.0.text.text: Field required");
}

TEST_CASE("a body is an object of bounded depth") {
  const auto depth = [](std::size_t levels) {
    return "{\"a\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  CHECK(mock::parse_request_body(depth(100)));
  CHECK_FALSE(mock::parse_request_body(depth(600)));
  CHECK_FALSE(mock::parse_request_body("[]"));
  CHECK_FALSE(mock::parse_request_body("{"));
}
