#include "mock/prompt_tokens.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/random_text.h"
#include "mock/image_size.h"

namespace mock {
namespace {

using nlohmann::json;

constexpr std::int64_t kUnitsPerByte = 100;
constexpr std::int64_t kDenseUnitsPerByte = 130;
static_assert(kUnitsPerByte * base::kBytesPerToken == kUnitsPerToken);

const json& member(const json& object, std::string_view key) {
  static const json kNone;
  const auto found = object.find(key);
  return found == object.end() ? kNone : *found;
}

std::string_view text_of(const json& object, std::string_view key) {
  const auto* text = member(object, key).get_ptr<const json::string_t*>();
  return text == nullptr ? std::string_view() : *text;
}

// About the length of the value as JSON without blanks.
std::size_t json_bytes(const json& value) {
  constexpr std::size_t kScalar = 4;
  if (value.is_string()) return value.get_ref<const std::string&>().size() + 2;
  if (!value.is_structured()) return kScalar;
  std::size_t bytes = 2;
  for (const auto& [key, child] : value.items()) {
    if (key == "cache_control") continue;
    bytes += json_bytes(child) + (value.is_object() ? key.size() + 4 : 1);
  }
  return bytes;
}

// https://docs.claude.com/en/build-with-claude/vision: a token for each square of 28 pixels, up to
// the size that an image is scaled down to.
std::int64_t image_tokens(const json& source, bool dense) {
  constexpr std::int64_t kUnknown = 1'500;
  constexpr std::int64_t kPatch = 28;
  const std::int64_t most = dense ? 4'784 : 1'568;
  const auto size = read_image_size(text_of(source, "data"));
  if (!size) return kUnknown;
  const auto patches = [](std::int64_t pixels) { return (pixels + kPatch - 1) / kPatch; };
  return std::clamp<std::int64_t>(patches(size->width) * patches(size->height), 1, most);
}

std::int64_t content_units(const json& content, bool dense) {
  if (content.is_string()) return text_units(content.get_ref<const std::string&>().size(), dense);
  std::int64_t units = 0;
  for (const json& block : content) units += block_units(block, dense);
  return units;
}

std::int64_t document_units(const json& document, bool dense) {
  constexpr std::int64_t kTokensPerPage = 2'000;
  constexpr std::int64_t kBase64BytesPerPage = 100'000;
  const json& source = member(document, "source");
  const std::string_view type = text_of(source, "type");
  const std::size_t around =
      text_of(document, "title").size() + text_of(document, "context").size();
  if (type == "text") return text_units(around + text_of(source, "data").size(), dense);
  if (type == "content") {
    return text_units(around, dense) + content_units(member(source, "content"), dense);
  }
  const auto pages =
      1 + static_cast<std::int64_t>(text_of(source, "data").size()) / kBase64BytesPerPage;
  return text_units(around, dense) + pages * kTokensPerPage * kUnitsPerToken;
}

}  // namespace

void ContentHash::add(std::string_view text) {
  add(text.size());
  while (!text.empty()) {
    std::uint64_t word = 0;
    const std::size_t taken = std::min(text.size(), sizeof word);
    std::memcpy(&word, text.data(), taken);
    add(word);
    text.remove_prefix(taken);
  }
}

void ContentHash::add(std::uint64_t number) {
  value_ = (value_ ^ number) * 0x9e37'79b9'7f4a'7c15;
  value_ ^= value_ >> 29;
}

void ContentHash::add_json(const json& value, bool is_block) {
  constexpr std::uint64_t kEnd = 0xff;  // No type of JSON's.
  add(static_cast<std::uint64_t>(value.type()));
  if (value.is_string()) return add(std::string_view(value.get_ref<const std::string&>()));
  if (!value.is_structured()) return add(std::hash<json>{}(value));
  for (const auto& [key, child] : value.items()) {
    if (is_block && key == "cache_control") continue;
    if (value.is_object()) add(std::string_view(key));
    add_json(child, is_block && (value.is_array() || key == "content"));
  }
  add(kEnd);
}

std::int64_t text_units(std::size_t bytes, bool dense) {
  return static_cast<std::int64_t>(bytes) * (dense ? kDenseUnitsPerByte : kUnitsPerByte);
}

std::int64_t block_units(const json& block, bool dense) {
  if (!block.is_object()) return 0;
  const std::string_view type = text_of(block, "type");
  if (type == "text") return text_units(text_of(block, "text").size(), dense);
  if (type == "image") return image_tokens(member(block, "source"), dense) * kUnitsPerToken;
  if (type == "document") return document_units(block, dense);
  if (type == "tool_result") return content_units(member(block, "content"), dense);
  if (type == "thinking") return text_units(text_of(block, "thinking").size(), dense);
  return text_units(json_bytes(block), dense);
}

}  // namespace mock
