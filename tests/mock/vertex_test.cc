#include "mock/vertex.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace {

using mock::VertexCall;
using nlohmann::json;
using Kind = VertexCall::Kind;

constexpr mock::ApiHeaders kToken = {{}, "Bearer t", {}};

std::optional<VertexCall> find(std::string_view end) {
  static std::string path;
  path = "/v1/projects/p/locations/us-east5/publishers/anthropic/models/" + std::string(end);
  return mock::find_vertex_call(path);
}

json body_of(json more = json::object()) {
  json body = {{"anthropic_version", "vertex-2023-10-16"}, {"max_tokens", 9}};
  body.update(more);
  return body;
}

json adapted(const VertexCall& call, const json& body) {
  const auto text = mock::messages_body(call, body.dump(), kToken);
  REQUIRE(text);
  return json::parse(*text);
}

std::string refusal(const VertexCall& call, const json& body) {
  const auto text = mock::messages_body(call, body.dump(), kToken);
  REQUIRE_FALSE(text);
  return text.error().message;
}

}  // namespace

TEST_CASE("a path names the call and its model") {
  CHECK(find("claude-opus-5:rawPredict")->kind == Kind::kMessage);
  CHECK(find("claude-opus-5:streamRawPredict")->kind == Kind::kStream);
  CHECK(find("claude-haiku-4-5@20251001:rawPredict")->model == "claude-haiku-4-5@20251001");
  CHECK(find("count-tokens:rawPredict")->kind == Kind::kCount);
  CHECK_FALSE(find("claude-opus-5:predict"));
  CHECK_FALSE(find("claude-opus-5"));
  CHECK_FALSE(find(":rawPredict"));
  CHECK_FALSE(mock::find_vertex_call("/v1/messages"));
  CHECK_FALSE(mock::find_vertex_call("/v1/projects/p"));
  CHECK_FALSE(mock::find_vertex_call(
      "/v1/projects//locations/r/publishers/anthropic/models/claude-opus-5:rawPredict"));
  CHECK_FALSE(mock::find_vertex_call(
      "/v1/projects/p/locations/r/publishers/google/models/gemini:rawPredict"));
}

TEST_CASE("the body becomes one of the Messages API") {
  CHECK(adapted({Kind::kMessage, "claude-haiku-4-5@20251001"}, body_of()) ==
        json{{"model", "claude-haiku-4-5-20251001"}, {"max_tokens", 9}});
  CHECK(adapted({Kind::kMessage, "m"}, body_of({{"stream", true}}))["stream"] == true);
  CHECK(adapted({Kind::kStream, "m"}, body_of())["stream"] == true);
  CHECK(adapted({Kind::kCount}, body_of({{"model", "a@1"}}))["model"] == "a-1");
}

TEST_CASE("what Vertex does not take is refused") {
  const VertexCall call = {Kind::kMessage, "m"};
  CHECK(refusal(call, json::object()) == "anthropic_version: Field required");
  CHECK(refusal(call, {{"anthropic_version", "2023-06-01"}}) ==
        "anthropic_version: Input should be 'vertex-2023-10-16'");
  CHECK(refusal(call, body_of({{"model", "m"}})) == "model: Extra inputs are not permitted");
  CHECK(refusal(call, json::array()) == "Input should be a valid dictionary");
  const auto keyless = mock::messages_body(call, body_of().dump(), {"k", {}, {}});
  REQUIRE_FALSE(keyless);
  CHECK(keyless.error().status == 401);
}
