// What content weighs, and how it is told apart.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

namespace mock {

// A hash that is the same in every run; not one that keeps secrets.
class ContentHash {
 public:
  void add(std::string_view text);
  void add(std::uint64_t number);
  // Members in the order of their names, whatever order they came in. With `is_block` the value is
  // a content block: its cache_control is left out, and that of the blocks within.
  void add_json(const nlohmann::json& value, bool is_block);

  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf2'9ce4'8422'2325;
};

// Text is counted in fractions of a token, so that many short blocks do not each round up.
inline constexpr std::int64_t kUnitsPerToken = 350;

// Of text: base::kBytesPerToken bytes to a token; with `dense`, 30 % more.
// https://docs.claude.com/en/about-claude/glossary
std::int64_t text_units(std::size_t bytes, bool dense);

// Of a content block or a tool's definition. Images count by their size where it can be read, and
// otherwise 1,500 tokens; pages of PDFs are guessed.
std::int64_t block_units(const nlohmann::json& block, bool dense);

}  // namespace mock
