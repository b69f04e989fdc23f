#include "llm/json_body.h"

namespace llm {
namespace {

// What is nested deeper overflows the stack when it is written again.
constexpr int kMaxDepth = 500;

bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '[' || c == '{')) {
      if (++depth > kMaxDepth) return true;
    } else if (!in_string && (c == ']' || c == '}')) {
      --depth;
    }
  }
  return false;
}

}  // namespace

Json parse_json(std::string_view text) {
  if (is_too_deep(text)) return Json::value_t::discarded;
  return Json::parse(text, nullptr, false);
}

const Json& at(const Json& object, const char* key) {
  static const Json kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

std::string string_at(const Json& object, const char* key) {
  const Json& value = at(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<std::uint64_t> count_at(const Json& object, const char* key) {
  const Json& value = at(object, key);
  if (!value.is_number_unsigned()) return {};
  return value.get<std::uint64_t>();
}

const Json* object_at(const Json& object, const char* key) {
  const Json& value = at(object, key);
  return value.is_object() ? &value : nullptr;
}

}  // namespace llm
