// Bodies for the tests of the Messages API's requests, and ways to read them.
#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "mock/messages_api.h"

namespace tests {

using nlohmann::json;

inline json good_body(const char* model = "claude-haiku-4-5") {
  return {{"model", model},
          {"max_tokens", 64},
          {"messages", {{{"role", "user"}, {"content", "hello"}}}}};
}

inline json turn(const char* role, const json& content) {
  return {{"role", role}, {"content", content}};
}

inline json text_block(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

inline json body_of(const json& messages, const char* model = "claude-haiku-4-5") {
  json body = good_body(model);
  body["messages"] = messages;
  return body;
}

inline json cached(json block, const char* ttl = "5m") {
  block["cache_control"] = {{"type", "ephemeral"}, {"ttl", ttl}};
  return block;
}

inline json tool(const char* name) {
  return {{"name", name}, {"description", "d"}, {"input_schema", {{"type", "object"}}}};
}

inline mock::ApiHeaders good_headers(std::optional<std::string_view> beta = {}) {
  return {"key", {}, "2023-06-01", beta};
}

inline mock::ModelRequest read(const json& body, std::optional<std::string_view> beta = {}) {
  auto request = mock::read_messages_request(body.dump(), good_headers(beta));
  INFO((request ? std::string() : request.error().message));
  REQUIRE(request);
  return std::move(*request);
}

inline bool taken(const json& body, std::optional<std::string_view> beta = {}) {
  return mock::read_messages_request(body.dump(), good_headers(beta)).has_value();
}

// The words of a 400.
inline std::string refusal(const json& body, std::optional<std::string_view> beta = {}) {
  const auto request = mock::read_messages_request(body.dump(), good_headers(beta));
  if (request) return "(taken)";
  CHECK(request.error().status == 400);
  return request.error().message;
}

// The body with one field more, or another value for it.
inline json with(json body, const char* key, const json& value) {
  body[key] = value;
  return body;
}

}  // namespace tests
