#include "mock/models.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace {

const mock::Capabilities& can(std::string_view name) { return mock::find_model(name)->can; }

}  // namespace

TEST_CASE("aliases come back as dated ids and other names as they are") {
  CHECK(mock::resolve_model("claude-haiku-4-5") == "claude-haiku-4-5-20251001");
  CHECK(mock::resolve_model("claude-haiku-4-5-20251001") == "claude-haiku-4-5-20251001");
  CHECK(mock::resolve_model("claude-opus-4-8") == "claude-opus-4-8");
  CHECK(mock::resolve_model("claude-haiku-3-5") == "claude-haiku-3-5");
}

TEST_CASE("an empty name is not the alias of models that have none") {
  CHECK(mock::find_model("") == nullptr);
}

TEST_CASE("retired models are known by their day") {
  CHECK(mock::find_model("claude-3-opus-20240229")->retired_on == "2026-01-05");
  CHECK(mock::find_model("claude-opus-4-1")->is_retired());
  CHECK_FALSE(mock::find_model("claude-haiku-4-5")->is_retired());
}

TEST_CASE("each model has its least length for the cache and its class of limits") {
  CHECK(mock::find_model("claude-opus-5")->least_cached_tokens == 512);
  CHECK(mock::find_model("claude-sonnet-4-5")->least_cached_tokens == 1'024);
  CHECK(mock::find_model("claude-opus-4-7")->least_cached_tokens == 2'048);
  CHECK(mock::find_model("claude-haiku-4-5")->least_cached_tokens == 4'096);
  CHECK(mock::find_model("claude-opus-4-8")->limit_class == "opus-4");
  CHECK(mock::find_model("claude-opus-4-5")->limit_class == "opus-4");
  CHECK(mock::find_model("claude-3-5-haiku-20241022")->limit_class == "haiku-3-5");
}

TEST_CASE("what a model takes follows from its version") {
  CHECK(can("claude-haiku-4-5").budgeted_thinking);
  CHECK_FALSE(can("claude-haiku-4-5").adaptive_thinking);
  CHECK(can("claude-opus-4-6").budgeted_thinking);
  CHECK(can("claude-opus-4-6").adaptive_thinking);
  CHECK_FALSE(can("claude-opus-4-7").budgeted_thinking);
  CHECK(can("claude-opus-4-8").system_turns);
  CHECK_FALSE(can("claude-sonnet-5").system_turns);
  CHECK_FALSE(can("claude-3-5-haiku-20241022").budgeted_thinking);
}

TEST_CASE("the list of models has the shape of the API's pages and no retired model") {
  const auto list = json::parse(*mock::list_models(""));
  CHECK(list["has_more"] == false);
  CHECK(list["first_id"] == list["data"].front()["id"]);
  CHECK(list["last_id"] == list["data"].back()["id"]);
  for (const auto& model : list["data"]) {
    CHECK(model["type"] == "model");
    CHECK_FALSE(mock::find_model(model["id"].get<std::string>())->is_retired());
  }
}

TEST_CASE("the list of models comes by pages") {
  const auto first = json::parse(*mock::list_models("limit=2"));
  CHECK(first["data"].size() == 2);
  CHECK(first["has_more"] == true);
  const auto second =
      json::parse(*mock::list_models("limit=1000&after_id=" + first["last_id"].get<std::string>()));
  CHECK(second["has_more"] == false);
  CHECK(second["data"].size() + 2 == json::parse(*mock::list_models(""))["data"].size());
  CHECK(mock::list_models("limit=0").error().status == 400);
}

TEST_CASE("one model is found by its alias, with what it can do") {
  const auto sonnet = json::parse(*mock::describe_model("claude-sonnet-4-5"));
  CHECK(sonnet["id"] == "claude-sonnet-4-5-20250929");
  CHECK(sonnet["max_input_tokens"] == 200'000);
  CHECK(sonnet["max_tokens"] == 64'000);
  CHECK(sonnet["capabilities"]["thinking"]["types"]["enabled"]["supported"] == true);
  CHECK(sonnet["capabilities"]["thinking"]["types"]["adaptive"]["supported"] == false);
  CHECK(sonnet["capabilities"]["effort"]["supported"] == false);
  const auto opus = json::parse(*mock::describe_model("claude-opus-4-7"));
  CHECK(opus["capabilities"]["effort"]["xhigh"]["supported"] == true);
}

TEST_CASE("unknown and retired models are not found") {
  for (const char* name : {"gpt-4", "claude-3-opus-20240229", ""}) {
    const auto model = mock::describe_model(name);
    REQUIRE_FALSE(model);
    CHECK(model.error().status == 404);
    CHECK(model.error().message == std::string("model: ") + name);
  }
}
