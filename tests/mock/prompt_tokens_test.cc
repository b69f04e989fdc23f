#include "mock/prompt_tokens.h"

#include <catch2/catch.hpp>

namespace {

using mock::block_units;
using mock::kUnitsPerToken;
using nlohmann::json;

std::uint64_t hash(const json& value, bool is_block = true) {
  mock::ContentHash hash;
  hash.add_json(value, is_block);
  return hash.value();
}

json image(const std::string& data) {
  return {{"type", "image"},
          {"source", {{"type", "base64"}, {"media_type", "image/gif"}, {"data", data}}}};
}

// A GIF's head: 280 by 140 pixels, then 20 bytes.
constexpr const char* kGif280x140 = "R0lGODlhGAGMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";

}  // namespace

TEST_CASE("a hash is of the content and not of the chunks it came in") {
  mock::ContentHash one;
  one.add(std::string_view("ab"));
  one.add(std::string_view("c"));
  mock::ContentHash other;
  other.add(std::string_view("a"));
  other.add(std::string_view("bc"));
  CHECK(one.value() != other.value());
  CHECK(hash("12345678") != hash("123456789"));
  CHECK(hash({{"a", 1}}) != hash({{"a", 2}}));
  CHECK(hash(json::array({json::array(), json::array()})) !=
        hash(json::array({json::array({json::array()})})));
}

TEST_CASE("cache_control is left out of blocks and of nothing else") {
  const json plain = {{"type", "tool_result"}, {"content", json::array({{{"type", "text"}}})}};
  json marked = plain;
  marked["cache_control"] = {{"type", "ephemeral"}};
  marked["content"][0]["cache_control"] = {{"type", "ephemeral"}};
  CHECK(hash(marked) == hash(plain));
  CHECK(hash(marked, false) != hash(plain, false));
  json input = {{"type", "tool_use"}, {"input", {{"cache_control", 1}}}};
  const auto before = hash(input);
  input["input"]["cache_control"] = 2;
  CHECK(hash(input) != before);
}

TEST_CASE("text counts by its bytes, with newer tokenizers for more") {
  CHECK(mock::text_units(7, false) == 2 * kUnitsPerToken);
  CHECK(mock::text_units(70, true) == 26 * kUnitsPerToken);
  CHECK(block_units({{"type", "text"}, {"text", "1234567"}}, false) == 2 * kUnitsPerToken);
  CHECK(block_units({{"type", "tool_result"}, {"content", "1234567"}}, false) ==
        2 * kUnitsPerToken);
  CHECK(block_units({{"type", "tool_result"},
                     {"content", json::array({{{"type", "text"}, {"text", "1234567"}}})}},
                    false) == 2 * kUnitsPerToken);
  CHECK(block_units({{"type", "tool_result"}}, false) == 0);
}

TEST_CASE("an image counts by its size, or as a usual one") {
  CHECK(block_units(image(kGif280x140), false) == 10 * 5 * kUnitsPerToken);
  CHECK(block_units(image("aGVsbG8="), false) == 1'500 * kUnitsPerToken);
  const json by_url = {{"type", "image"}, {"source", {{"type", "url"}, {"url", "https://a"}}}};
  CHECK(block_units(by_url, false) == 1'500 * kUnitsPerToken);
}

TEST_CASE("large images are scaled down") {
  // 4,000 by 4,000 pixels.
  const auto large = image("R0lGODlhoA+gDwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==");
  CHECK(block_units(large, false) == 1'568 * kUnitsPerToken);
  CHECK(block_units(large, true) == 4'784 * kUnitsPerToken);
}

TEST_CASE("what has no text of its own counts as its JSON") {
  const json tool = {{"name", "t"}, {"input_schema", {{"type", "object"}}}};
  const auto units = block_units(tool, false);
  const auto bytes = static_cast<std::int64_t>(tool.dump().size());
  CHECK(units > (bytes - 8) * 100);
  CHECK(units < (bytes + 8) * 100);
  json marked = tool;
  marked["cache_control"] = {{"type", "ephemeral"}};
  CHECK(block_units(marked, false) == units);
}

TEST_CASE("a document counts its text, or its pages") {
  const auto document = [](const json& source) {
    return block_units({{"type", "document"}, {"source", source}}, false);
  };
  CHECK(document({{"type", "text"}, {"data", std::string(700, 'x')}}) == 200 * kUnitsPerToken);
  CHECK(document({{"type", "content"}, {"content", std::string(700, 'x')}}) ==
        200 * kUnitsPerToken);
  CHECK(document({{"type", "base64"}, {"data", std::string(250'000, 'x')}}) ==
        3 * document({{"type", "url"}, {"url", "https://a"}}));
}
