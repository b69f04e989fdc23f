#include "mock/models.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

TEST_CASE("aliases come back as dated ids and other names as they are") {
  CHECK(mock::resolve_model("claude-haiku-4-5") == "claude-haiku-4-5-20251001");
  CHECK(mock::resolve_model("claude-haiku-4-5-20251001") == "claude-haiku-4-5-20251001");
  CHECK(mock::resolve_model("claude-opus-4-8") == "claude-opus-4-8");
  CHECK(mock::resolve_model("claude-haiku-3-5") == "claude-haiku-3-5");
}

TEST_CASE("an empty name is not the alias of models that have none") {
  CHECK(mock::find_model("") == nullptr);
}

TEST_CASE("the list of models has the shape of the API's pages") {
  const auto list = nlohmann::json::parse(mock::list_models_json());
  CHECK(list["has_more"] == false);
  CHECK(list["first_id"] == list["data"].front()["id"]);
  CHECK(list["last_id"] == list["data"].back()["id"]);
  for (const auto& model : list["data"]) CHECK(model["type"] == "model");
}

TEST_CASE("one model is found by its alias") {
  const auto model = mock::model_json("claude-sonnet-4-5");
  REQUIRE(model);
  CHECK(nlohmann::json::parse(*model)["id"] == "claude-sonnet-4-5-20250929");
  CHECK_FALSE(mock::model_json("gpt-4"));
}
