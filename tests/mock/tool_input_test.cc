#include "mock/tool_input.h"

#include <catch2/catch.hpp>

namespace {

using nlohmann::json;

json make(const json& schema, std::uint64_t seed = 1) {
  base::RandomStream random(seed);
  return json::parse(mock::make_tool_input(schema, random));
}

json make_property(const json& property, std::uint64_t seed = 1) {
  return make({{"type", "object"}, {"properties", {{"p", property}}}, {"required", {"p"}}},
              seed)["p"];
}

}  // namespace

TEST_CASE("required properties are there, others now and then") {
  const json schema = json::parse(R"({"type":"object","required":["city"],
      "properties":{"city":{"type":"string"},"units":{"enum":["c","f"]}}})");
  int with_units = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const json input = make(schema, seed);
    REQUIRE(input.at("city").is_string());
    if (!input.contains("units")) continue;
    ++with_units;
    REQUIRE((input["units"] == "c" || input["units"] == "f"));
  }
  CHECK(with_units > 20);
  CHECK(with_units < 80);
}

TEST_CASE("values are of their type and within their bounds") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const json count = make_property({{"type", "integer"}, {"minimum", 3}, {"maximum", 5}}, seed);
    REQUIRE(count.is_number_integer());
    REQUIRE((count >= 3 && count <= 5));
    REQUIRE(make_property({{"type", "integer"}, {"maximum", -7}}, seed) <= -7);
    REQUIRE(make_property({{"type", "number"}, {"exclusiveMinimum", 9}}, seed) > 9);
    const json list = make_property(
        {{"type", "array"}, {"items", {{"type", "boolean"}}}, {"minItems", 2}, {"maxItems", 2}},
        seed);
    REQUIRE(list.size() == 2);
    REQUIRE(list[0].is_boolean());
    const auto text =
        make_property({{"type", "string"}, {"minLength", 30}, {"maxLength", 32}}, seed)
            .get<std::string>();
    REQUIRE((text.size() >= 30 && text.size() <= 32));
  }
  CHECK(make_property({{"type", "null"}}).is_null());
  CHECK(make_property({{"const", 7}}) == 7);
  CHECK(make_property({{"type", "string"}, {"format", "date"}}) == "2026-08-22");
  CHECK(make_property({{"type", {"integer", "null"}}}).is_number_integer());
  CHECK(make_property({{"anyOf", {{{"type", "boolean"}}, {{"type", "null"}}}}}).is_boolean());
}

TEST_CASE("references within the schema are followed, those to nowhere are not") {
  const json schema = json::parse(R"({"type":"object","required":["a","b","c"],
      "$defs":{"size":{"type":"integer"}},
      "properties":{"a":{"$ref":"#/$defs/size"},"b":{"$ref":"#/$defs/none"},
                    "c":{"$ref":"http://example.com"}}})");
  CHECK(make(schema)["a"].is_number_integer());
  CHECK(make(schema)["b"].is_string());
  CHECK(make(schema)["c"].is_string());
}

TEST_CASE("schemas without an end have inputs with one") {
  const json nested = json::parse(R"({"type":"object","required":["next"],
      "properties":{"next":{"$ref":"#"}}})");
  CHECK(make(nested).dump().size() < 500);
  const json bushy = json::parse(R"({"type":"object","required":["next"],"properties":
      {"next":{"type":"array","minItems":20,"items":{"$ref":"#"}}}})");
  CHECK(make(bushy).dump().size() < 100'000);
}

TEST_CASE("whatever the schema, the input is an object of ASCII") {
  for (const char* schema : {"{}", "[]", "null", R"({"type":"string"})", R"({"type":7})",
                             R"({"properties":[],"required":{}})", R"({"anyOf":[]})"}) {
    CHECK(make(json::parse(schema)).is_object());
  }
  base::RandomStream random(1);
  const json accents = json::parse(R"({"properties":{"é":{"enum":["naïve"]}},"required":["é"]})");
  const std::string text = mock::make_tool_input(accents, random);
  CHECK(text == R"({"\u00e9":"na\u00efve"})");
}
