#include "mock/tool_input.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace mock {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kDeepest = 6;
constexpr int kMostValues = 200;

constexpr std::array<std::string_view, 24> kWords = {
    "river", "light", "moon",   "stone", "garden", "paper",  "north",  "summer",
    "blue",  "small", "harbor", "cloud", "silver", "market", "window", "bridge",
    "apple", "early", "forest", "green", "letter", "music",  "quiet",  "seven"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kFormats = {{
    {"date", "2026-08-22"},
    {"date-time", "2026-08-22T10:15:00Z"},
    {"time", "10:15:00Z"},
    {"email", "ada@example.com"},
    {"uri", "https://example.com/a"},
    {"hostname", "example.com"},
    {"ipv4", "192.0.2.7"},
    {"uuid", "5a3c1f0e-7d42-4b8a-9c61-0e2f4d6b8a90"},
}};

const json* find(const json& schema, const char* key) {
  if (!schema.is_object()) return nullptr;
  const auto found = schema.find(key);
  return found == schema.end() ? nullptr : &*found;
}

double number_of(const json& schema, const char* key, double fallback) {
  const json* value = find(schema, key);
  return value != nullptr && value->is_number() ? value->get<double>() : fallback;
}

// Walks through one schema.
class Maker {
 public:
  Maker(const json& root, base::RandomStream& random) : root_(root), random_(random) {}

  // A tool takes an object, whatever its schema says or leaves out.
  ordered_json make_input() {
    ordered_json made = make(root_, 0);
    return made.is_object() ? made : make_object(root_, 0);
  }

 private:
  ordered_json make(const json& schema, int depth) {
    if (depth > kDeepest || ++values_ > kMostValues) return word();
    if (const json* constant = find(schema, "const")) return ordered_json(*constant);
    const json* choices = find(schema, "enum");
    if (choices != nullptr && choices->is_array() && !choices->empty()) {
      return ordered_json((*choices)[random_.below(choices->size())]);
    }
    if (const json* other = alternative(schema)) return make(*other, depth + 1);
    return make_of_type(type_of(schema), schema, depth);
  }

  const json* alternative(const json& schema) const {
    for (const char* key : {"anyOf", "oneOf", "allOf"}) {
      const json* list = find(schema, key);
      if (list != nullptr && list->is_array() && !list->empty()) return &list->front();
    }
    const json* reference = find(schema, "$ref");
    if (reference == nullptr || !reference->is_string()) return nullptr;
    const auto& path = reference->get_ref<const std::string&>();
    if (!path.starts_with('#')) return nullptr;
    try {
      return &root_.at(json::json_pointer(path.substr(1)));
    } catch (const json::exception&) {  // No pointer, or one to nothing.
      return nullptr;
    }
  }

  static std::string type_of(const json& schema) {
    const json* type = find(schema, "type");
    if (type != nullptr && type->is_array() && !type->empty()) type = &type->front();
    if (type != nullptr && type->is_string()) return type->get<std::string>();
    return find(schema, "properties") != nullptr ? "object" : "string";
  }

  ordered_json make_of_type(const std::string& type, const json& schema, int depth) {
    if (type == "object") return make_object(schema, depth);
    if (type == "array") return make_array(schema, depth);
    if (type == "integer") return std::llround(std::floor(make_number(schema)));
    if (type == "number") return std::round(make_number(schema) * 100) / 100;
    if (type == "boolean") return random_.below(2) == 0;
    if (type == "null") return nullptr;
    return make_text(schema);
  }

  ordered_json make_object(const json& schema, int depth) {
    ordered_json object = ordered_json::object();
    const json* properties = find(schema, "properties");
    if (properties == nullptr || !properties->is_object()) return object;
    const json* required = find(schema, "required");
    for (const auto& [name, property] : properties->items()) {
      const bool needed = required != nullptr && required->is_array() &&
                          std::find(required->begin(), required->end(), name) != required->end();
      if (needed || (depth < 2 && random_.below(2) == 0)) object[name] = make(property, depth + 1);
    }
    return object;
  }

  ordered_json make_array(const json& schema, int depth) {
    ordered_json array = ordered_json::array();
    const json* items = find(schema, "items");
    const double least = std::clamp(number_of(schema, "minItems", 1), 0.0, 20.0);
    const auto count = static_cast<std::uint64_t>(least) + random_.below(2);
    const double most = std::max(number_of(schema, "maxItems", 1e9), 0.0);
    while (array.size() < count && static_cast<double>(array.size()) < most) {
      array.push_back(items == nullptr ? ordered_json(word()) : make(*items, depth + 1));
    }
    return array;
  }

  double make_number(const json& schema) {
    const double highest = number_of(schema, "maximum", 1e15);
    const double usual = std::min(number_of(schema, "exclusiveMinimum", 0) + 1, highest);
    const double least = number_of(schema, "minimum", usual);
    const double most = std::max(std::min(highest, least + 100), least);
    return std::clamp(least + (most - least) * random_.uniform(), -9e15, 9e15);
  }

  std::string make_text(const json& schema) {
    const json* format = find(schema, "format");
    for (const auto& [name, example] : kFormats) {
      if (format != nullptr && *format == name) return std::string(example);
    }
    const double least = std::clamp(number_of(schema, "minLength", 0), 0.0, 1000.0);
    const double most = std::max(number_of(schema, "maxLength", 1e9), 0.0);
    std::string text = word();
    for (auto more = random_.below(3); more > 0; --more) text += " " + word();
    while (static_cast<double>(text.size()) < least) text += " " + word();
    if (static_cast<double>(text.size()) > most) text.resize(static_cast<std::size_t>(most));
    return text;
  }

  std::string word() { return std::string(kWords[random_.below(kWords.size())]); }

  const json& root_;
  base::RandomStream& random_;
  int values_ = 0;
};

}  // namespace

std::string make_tool_input(const json& schema, base::RandomStream& random) {
  return Maker(schema, random).make_input().dump(-1, ' ', true);
}

}  // namespace mock
