#include "mock/openai_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mock {
namespace {

using nlohmann::json;

constexpr int kBadRequest = 400;

std::string_view type_name(const json& value) {
  switch (value.type()) {
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "an array";
    case json::value_t::string:
      return "a string";
    case json::value_t::boolean:
      return "a boolean";
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
      return "an integer";
    case json::value_t::number_float:
      return "a decimal number";
    default:
      return "null";
  }
}

// 'a', 'b', and 'c'.
std::string quoted_list(std::initializer_list<std::string_view> names) {
  std::string list;
  std::size_t place = 0;
  for (const std::string_view name : names) {
    if (place > 0) list += names.size() > 2 ? ", " : " ";
    if (place > 0 && place + 1 == names.size()) list += "and ";
    list += fmt::format("'{}'", name);
    ++place;
  }
  return list;
}

std::span<const json> elements(const json& array) {
  const auto& values = array.get_ref<const json::array_t&>();
  return {values.data(), values.size()};
}

}  // namespace

OpenAiFields::OpenAiFields(const json& object, std::string path, std::optional<ApiError>& error)
    : object_(object), path_(std::move(path)), error_(error) {}

std::string OpenAiFields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const json* OpenAiFields::find(std::string_view key) const {
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

bool OpenAiFields::boolean(std::string_view key, bool fallback) {
  const json* value = find(key);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  refuse_type(key, "a boolean");
  return fallback;
}

std::int64_t OpenAiFields::integer(std::string_view key, std::int64_t fallback,
                                   std::int64_t least) {
  const json* value = find(key);
  if (value == nullptr) return fallback;
  const bool fits = !value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX;
  if (!value->is_number_integer() || !fits) {
    refuse_type(key, "an integer");
    return fallback;
  }
  const auto number = value->get<std::int64_t>();
  if (number >= least) return number;
  refuse(fmt::format("Invalid '{}': integer below minimum value. Expected a value >= {}, but got "
                     "{} instead.",
                     path_of(key), least, number),
         path_of(key), "integer_below_min_value");
  return fallback;
}

void OpenAiFields::check_number(std::string_view key, double least, double most) {
  const json* value = find(key);
  if (value == nullptr) return;
  if (!value->is_number()) return refuse_type(key, "a decimal number");
  const double number = value->get<double>();
  if (number >= least && number <= most) return;
  const bool below = number < least;
  refuse(fmt::format("Invalid '{}': decimal {} value. Expected a value {} {}, but got {} instead.",
                     path_of(key), below ? "below minimum" : "above maximum",
                     below ? ">=" : "<=", below ? least : most, number),
         path_of(key), below ? "decimal_below_min_value" : "decimal_above_max_value");
}

std::string OpenAiFields::string(std::string_view key) {
  const json* value = find(key);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  refuse_type(key, "a string");
  return {};
}

std::string OpenAiFields::required_string(std::string_view key) {
  if (!has(key)) refuse_missing(key);
  return string(key);
}

std::string OpenAiFields::choice(std::string_view key,
                                 std::initializer_list<std::string_view> allowed) {
  std::string value = string(key);
  if (!has(key) || std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  refuse_value(key, value, allowed);
  return {};
}

std::span<const json> OpenAiFields::array(std::string_view key) {
  const json* value = find(key);
  if (value == nullptr) return {};
  if (value->is_array()) return elements(*value);
  refuse_type(key, "an array");
  return {};
}

std::span<const json> OpenAiFields::required_array(std::string_view key) {
  if (!has(key)) refuse_missing(key);
  const auto values = array(key);
  if (values.empty()) {
    refuse(fmt::format("Invalid '{}': empty array. Expected an array with minimum length 1, but "
                       "got an empty array instead.",
                       path_of(key)),
           path_of(key), "empty_array");
  }
  return values;
}

OpenAiFields OpenAiFields::object(std::string_view key) {
  static const json kEmpty = json::object();
  const json* value = find(key);
  if (value != nullptr && !value->is_object()) refuse_type(key, "an object");
  const bool usable = value != nullptr && value->is_object();
  return {usable ? *value : kEmpty, path_of(key), error_};
}

OpenAiFields OpenAiFields::element(std::string_view key, std::size_t index, const json& value) {
  static const json kEmpty = json::object();
  const std::string place = fmt::format("{}[{}]", key, index);
  if (!value.is_object()) {
    refuse(fmt::format("Invalid type for '{}': expected an object, but got {} instead.",
                       path_of(place), type_name(value)),
           path_of(place), "invalid_type");
  }
  return {value.is_object() ? value : kEmpty, path_of(place), error_};
}

std::string OpenAiFields::model() {
  if (!has("model")) refuse("you must provide a model parameter", "", "");
  std::string name = string("model");
  if (ok() && (name.empty() || name.starts_with("missing-"))) {
    error_ = ApiError{
        404,
        fmt::format("The model `{}` does not exist or you do not have access to it.", name),
        {},
        "model_not_found"};
  }
  return name;
}

void OpenAiFields::check_service_tier() {
  choice("service_tier", {"auto", "default", "flex", "scale", "priority"});
}

std::string OpenAiFields::unknown_key(std::span<const std::string_view> known) const {
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) return key;
  }
  return {};
}

void OpenAiFields::refuse(std::string message, std::string parameter, std::string code) {
  if (error_) return;
  error_ = ApiError{kBadRequest, std::move(message), {}, std::move(code), std::move(parameter)};
}

void OpenAiFields::refuse_type(std::string_view key, std::string_view expected) {
  const json* value = find(key);
  refuse(fmt::format("Invalid type for '{}': expected {}, but got {} instead.", path_of(key),
                     expected, value == nullptr ? "null" : type_name(*value)),
         path_of(key), "invalid_type");
}

void OpenAiFields::refuse_value(std::string_view key, std::string_view got,
                                std::initializer_list<std::string_view> allowed) {
  refuse(fmt::format("Invalid value: '{}'. Supported values are: {}.", got, quoted_list(allowed)),
         path_of(key), "invalid_value");
}

void OpenAiFields::refuse_missing(std::string_view key) {
  refuse(fmt::format("Missing required parameter: '{}'.", path_of(key)), path_of(key),
         "missing_required_parameter");
}

tl::expected<json, ApiError> parse_openai_body(std::string_view text) {
  // Trees are walked and hashed by functions that call themselves: the stack is what bounds them.
  constexpr int kDeepest = 500;
  bool too_deep = false;
  const auto look_at_depth = [&too_deep](int depth, json::parse_event_t, json&) {
    too_deep |= depth > kDeepest;
    return !too_deep;
  };
  json body = json::parse(text, look_at_depth, false);
  if (body.is_object() && !too_deep) return body;
  return tl::unexpected(ApiError{
      kBadRequest,
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using "
      "your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was "
      "not valid JSON.)"});
}

}  // namespace mock
