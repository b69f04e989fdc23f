#include "mock/messages_api.h"

#include "mock/messages_fixture.h"

using tests::good_body;
using tests::good_headers;
using tests::json;
using tests::read;
using tests::refusal;
using tests::taken;
using tests::with;

TEST_CASE("a good request is taken, with its alias resolved") {
  const json body = with(good_body(), "stream", true);
  const auto request = read(body);
  CHECK(request.dialect == mock::Dialect::kMessages);
  CHECK(request.model == "claude-haiku-4-5-20251001");
  CHECK(request.max_tokens == 64);
  CHECK(request.stream);
  CHECK(request.body_bytes == body.dump().size());
  CHECK(request.organization == mock::organization_of(good_headers()));
  CHECK_FALSE(request.in_batch);
}

TEST_CASE("the headers are checked before the body") {
  CHECK(mock::read_messages_request("", {}).error().status == 401);
}

TEST_CASE("a body that is not an object is refused") {
  const auto status = [](std::string_view body) {
    return mock::read_messages_request(body, good_headers()).error().status;
  };
  CHECK(status("{\"model\":") == 400);
  CHECK(status("") == 400);
  CHECK(status("[]") == 400);
  CHECK(status("{\"model\":\"\xff\"}") == 400);
  CHECK(status(std::string(100'000, '[')) == 400);
  CHECK(status("{\"model\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}") == 400);
}

TEST_CASE("required fields are missed by name") {
  for (const char* key : {"model", "max_tokens", "messages"}) {
    json body = good_body();
    body.erase(key);
    CHECK(refusal(body) == std::string(key) + ": Field required");
  }
}

TEST_CASE("fields that nobody knows are not permitted") {
  CHECK(refusal(with(good_body(), "maxtokens", 5)) == "maxtokens: Extra inputs are not permitted");
}

TEST_CASE("fields of a beta need its header") {
  const json body = with(good_body(), "context_management", json::object());
  CHECK(refusal(body) == "context_management: Extra inputs are not permitted");
  CHECK(refusal(body, "fast-mode-2026-02-01").starts_with("context_management: "));
  CHECK(taken(body, "context-management-2025-06-27"));
  CHECK(taken(body, "compact-2026-01-12"));
}

TEST_CASE("models that do not exist or are retired are not found, unknown names are taken") {
  for (const char* name : {"", "missing-model", "claude-3-opus-20240229", "claude-opus-4-1"}) {
    const auto request = mock::read_messages_request(good_body(name).dump(), good_headers());
    REQUIRE_FALSE(request);
    CHECK(request.error().status == 404);
    CHECK(request.error().message == std::string("model: ") + name);
  }
  CHECK(read(good_body("llama-3-70b")).model == "llama-3-70b");
  CHECK(refusal(with(good_body(), "model", 7)) == "model: Input should be a valid string");
}

TEST_CASE("max_tokens is a whole number within the model's limit") {
  const auto with_max = [](const json& value) { return with(good_body(), "max_tokens", value); };
  const std::string not_integer = "max_tokens: Input should be a valid integer";
  CHECK(refusal(with_max("64")) == not_integer);
  CHECK(refusal(with_max(1.5)) == not_integer);
  CHECK(refusal(with_max(nullptr)) == not_integer);
  CHECK(refusal(with_max(UINT64_MAX)) == not_integer);
  CHECK(refusal(with_max(-1)) == "max_tokens: Input should be greater than or equal to 0");
  CHECK(refusal(with_max(64001)) ==
        "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for "
        "claude-haiku-4-5-20251001");
  CHECK(taken(with_max(64000)));
}

TEST_CASE("zero max_tokens warms the cache, and nothing that needs an answer") {
  const json warm = with(good_body(), "max_tokens", 0);
  CHECK(read(warm).max_tokens == 0);
  const auto is_refused = [&warm](const char* key, const json& value) {
    return refusal(with(warm, key, value)).starts_with("max_tokens: Input should be greater");
  };
  CHECK(is_refused("stream", true));
  CHECK(is_refused("thinking", {{"type", "enabled"}, {"budget_tokens", 2000}}));
  CHECK(is_refused("output_config",
                   {{"format", {{"type", "json_schema"}, {"schema", json::object()}}}}));
  const json tools = with(warm, "tools", json::array({tests::tool("t")}));
  CHECK(taken(tools));
  CHECK(refusal(with(tools, "tool_choice", {{"type", "any"}})).starts_with("max_tokens: "));
}

TEST_CASE("stream and stop_sequences have their types") {
  CHECK(refusal(with(good_body(), "stream", "yes")) == "stream: Input should be a valid boolean");
  CHECK(read(with(good_body(), "stop_sequences", {"END", "\n\nHuman:"})).stop_sequences ==
        std::vector<std::string>{"END", "\n\nHuman:"});
  CHECK(refusal(with(good_body(), "stop_sequences", "END")) ==
        "stop_sequences: Input should be a valid list");
  CHECK(refusal(with(good_body(), "stop_sequences", {5})).starts_with("stop_sequences: "));
  CHECK(refusal(with(good_body(), "stop_sequences", {" "})) ==
        "stop_sequences: each stop sequence must contain non-whitespace");
}

TEST_CASE("a prompt beyond the model's context is too long") {
  const json body = tests::body_of(json::array({tests::turn("user", std::string(700'004, 'x'))}));
  CHECK(refusal(body) == "prompt is too long: 200002 tokens > 200000 maximum");
  CHECK(taken(with(body, "model", "claude-sonnet-4-6")));
  CHECK(taken(with(body, "model", "llama-3-70b")));
}

TEST_CASE("settings that cached messages depend on are told apart") {
  const auto hash = [](const json& body) { return read(body).settings_hash; };
  const json body = with(good_body("claude-opus-4-6"), "tools", json::array({tests::tool("t")}));
  const auto plain = hash(body);
  CHECK(hash(with(body, "max_tokens", 65)) == plain);
  CHECK(hash(with(body, "stop_sequences", {"END"})) == plain);
  CHECK(hash(with(body, "tool_choice", {{"type", "any"}})) != plain);
  CHECK(hash(with(body, "thinking", {{"type", "adaptive"}})) != plain);
  CHECK(hash(with(body, "output_config", {{"effort", "low"}})) != plain);
}

TEST_CASE("tokens are counted as a message is charged, without max_tokens") {
  json body = good_body("claude-opus-5");
  body["system"] = "You are a helpful assistant.";
  body["tools"] = json::array({tests::tool("get_weather")});
  const auto charged = read(body).input_tokens;
  const auto counted_with_max = mock::read_count_request(body.dump(), good_headers());
  REQUIRE_FALSE(counted_with_max);
  CHECK(counted_with_max.error().message == "max_tokens: Extra inputs are not permitted");
  body.erase("max_tokens");
  const auto counted = mock::read_count_request(body.dump(), good_headers());
  REQUIRE(counted);
  CHECK(*counted == charged);
  CHECK(*counted > 286);
  body.erase("messages");
  CHECK(mock::read_count_request(body.dump(), good_headers()).error().status == 400);
}

TEST_CASE("a batched request may not stream, hurry or only warm the cache") {
  const auto read_batched = [](const json& body, std::optional<std::string_view> beta = {}) {
    return mock::read_batched_request(body.dump(), good_headers(beta));
  };
  const auto request = read_batched(good_body());
  REQUIRE(request);
  CHECK(request->in_batch);
  CHECK_FALSE(read_batched(with(good_body(), "stream", true)));
  CHECK_FALSE(read_batched(with(good_body(), "max_tokens", 0)));
  CHECK_FALSE(
      read_batched(with(good_body("claude-opus-5"), "speed", "fast"), "fast-mode-2026-02-01"));
  const json longest = with(good_body("claude-opus-5"), "max_tokens", 300'000);
  CHECK_FALSE(read_batched(longest));
  CHECK(read_batched(longest, "output-300k-2026-03-24"));
}
