#include "mock/messages_api.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;

json good_body() {
  return {{"model", "claude-haiku-4-5"},
          {"max_tokens", 64},
          {"messages", {{{"role", "user"}, {"content", "hello"}}}}};
}

std::string refusal(const json& body) {
  const auto request = mock::read_messages_request(body.dump());
  REQUIRE_FALSE(request);
  CHECK(request.error().status == 400);
  return request.error().message;
}

std::string refusal_of_field(const char* key, const json& value) {
  json body = good_body();
  body[key] = value;
  return refusal(body);
}

json turn(const char* role, const json& content) { return {{"role", role}, {"content", content}}; }

}  // namespace

TEST_CASE("a good request is taken, with its alias resolved") {
  json body = good_body();
  body["stream"] = true;
  const auto request = mock::read_messages_request(body.dump());
  REQUIRE(request);
  CHECK(request->model == "claude-haiku-4-5-20251001");
  CHECK(request->max_tokens == 64);
  CHECK(request->stream);
}

TEST_CASE("a key or a bearer token is asked for first, then the version") {
  CHECK(mock::check_headers({})->status == 401);
  CHECK(mock::check_headers({})->message == "x-api-key header is required");
  CHECK(mock::check_headers({"", {}, "2023-06-01"})->status == 401);
  CHECK(mock::check_headers({{}, "Basic eA==", "2023-06-01"})->status == 401);
  CHECK(mock::check_headers({"key", {}, {}})->status == 400);
  CHECK(mock::check_headers({"key", {}, {}})->message == "anthropic-version: header is required");
  CHECK_FALSE(mock::check_headers({"key", {}, "2023-06-01"}));
  CHECK_FALSE(mock::check_headers({{}, "Bearer token", "2023-06-01"}));
}

TEST_CASE("a body that is not an object is refused") {
  CHECK(mock::read_messages_request("{\"model\":").error().status == 400);
  CHECK(mock::read_messages_request("").error().status == 400);
  CHECK(mock::read_messages_request("[]").error().status == 400);
  CHECK(mock::read_messages_request("{\"model\":\"\xff\"}").error().status == 400);
}

TEST_CASE("required fields are missed by name") {
  for (const char* key : {"model", "max_tokens", "messages"}) {
    json body = good_body();
    body.erase(key);
    CHECK(refusal(body) == std::string(key) + ": Field required");
  }
}

TEST_CASE("models that do not exist are not found, unknown names are taken") {
  for (const char* name : {"", "missing-model"}) {
    json body = good_body();
    body["model"] = name;
    const auto request = mock::read_messages_request(body.dump());
    REQUIRE_FALSE(request);
    CHECK(request.error().status == 404);
    CHECK(request.error().message == std::string("model: ") + name);
  }
  json body = good_body();
  body["model"] = "llama-3-70b";
  CHECK(mock::read_messages_request(body.dump())->model == "llama-3-70b");
  CHECK(refusal_of_field("model", 7) == "model: Input should be a valid string");
}

TEST_CASE("max_tokens is a whole number within the model's limit") {
  const std::string not_integer = "max_tokens: Input should be a valid integer";
  CHECK(refusal_of_field("max_tokens", "64") == not_integer);
  CHECK(refusal_of_field("max_tokens", 1.5) == not_integer);
  CHECK(refusal_of_field("max_tokens", nullptr) == not_integer);
  CHECK(refusal_of_field("max_tokens", UINT64_MAX) == not_integer);
  CHECK(refusal_of_field("max_tokens", -1) ==
        "max_tokens: Input should be greater than or equal to 0");
  CHECK(refusal_of_field("max_tokens", 64001) ==
        "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for "
        "claude-haiku-4-5-20251001");
  json body = good_body();
  body["max_tokens"] = 64000;
  CHECK(mock::read_messages_request(body.dump()));
}

TEST_CASE("zero max_tokens warms the cache, but not as a stream") {
  json body = good_body();
  body["max_tokens"] = 0;
  CHECK(mock::read_messages_request(body.dump())->max_tokens == 0);
  body["stream"] = true;
  CHECK(refusal(body).starts_with("max_tokens: "));
}

TEST_CASE("messages are a list that begins with the user") {
  CHECK(refusal_of_field("messages", "hello") == "messages: Input should be a valid list");
  CHECK(refusal_of_field("messages", json::array()) ==
        "messages: at least one message is required");
  CHECK(refusal_of_field("messages", json::array({turn("assistant", "hi")})) ==
        "messages: first message must use the \"user\" role");
  CHECK(refusal_of_field("messages", json::array({"hello"})) ==
        "messages.0: Input should be a valid dictionary");
}

TEST_CASE("a wrong turn is named by its place") {
  const auto second = [](const json& bad) {
    return refusal_of_field("messages", json::array({turn("user", "hello"), bad}));
  };
  CHECK(second(turn("robot", "x")) == "messages.1.role: Input should be 'user' or 'assistant'");
  CHECK(second(turn("system", "x")) == "messages.1.role: Input should be 'user' or 'assistant'");
  CHECK(second({{"content", "x"}}) == "messages.1.role: Field required");
  CHECK(second({{"role", "user"}}) == "messages.1.content: Field required");
  CHECK(second(turn("user", 5)) == "messages.1.content: Input should be a valid list");
  CHECK(second(turn("user", "")) == "messages.1.content: messages must have non-empty content");
  CHECK(second(turn("user", json::array())) ==
        "messages.1.content: messages must have non-empty content");
  CHECK(second(turn("user", {{{"type", "text"}, {"text", ""}}})) ==
        "messages.1.content.0.text: text content blocks must be non-empty");
  CHECK(second(turn("user", {{{"type", "text"}}})) ==
        "messages.1.content.0.text.text: Field required");
  CHECK(second(turn("user", json::array({json::object()}))) ==
        "messages.1.content.0.type: Field required");
}

TEST_CASE("some models take system turns after the first") {
  json body = good_body();
  body["model"] = "claude-opus-5";
  body["messages"].push_back(turn("system", "be brief"));
  CHECK(mock::read_messages_request(body.dump()));
  body["messages"] = json::array({turn("system", "be brief")});
  CHECK(refusal(body) == "messages.0.role: Input should be 'user' or 'assistant'");
}

TEST_CASE("system and stream are checked too") {
  CHECK(refusal_of_field("system", 5) == "system: Input should be a valid list");
  CHECK(refusal_of_field("system", {{{"type", "text"}, {"text", ""}}}) ==
        "system.0.text: text content blocks must be non-empty");
  CHECK(refusal_of_field("stream", "yes") == "stream: Input should be a valid boolean");
}

TEST_CASE("input tokens are estimated from all text, rounded up") {
  const auto tokens = [](const json& body) {
    return mock::read_messages_request(body.dump())->input_tokens;
  };
  json body = good_body();
  body["messages"] = json::array({turn("user", "1234567")});
  CHECK(tokens(body) == 2);
  body["messages"] = json::array({turn("user", "12345678")});
  CHECK(tokens(body) == 3);
  body["system"] = {{{"type", "text"}, {"text", "123456"}}};
  CHECK(tokens(body) == 4);
  body["messages"].push_back(
      turn("user", {{{"type", "tool_result"},
                     {"tool_use_id", "toolu_01"},
                     {"content", {{{"type", "text"}, {"text", "1234567"}}}}}}));
  CHECK(tokens(body) == 6);
}

TEST_CASE("a request without text still has one input token") {
  json body = good_body();
  body["messages"] = json::array({turn("user", {{{"type", "image"}}})});
  CHECK(mock::read_messages_request(body.dump())->input_tokens == 1);
}
