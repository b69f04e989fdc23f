#include "mock/request_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mock {
namespace {

using nlohmann::json;

constexpr int kBadRequest = 400;
const std::string kNoText;

const json& no_fields() {
  static const json kEmpty = json::object();
  return kEmpty;
}

// 'a', 'b' or 'c'.
std::string quoted_list(std::initializer_list<std::string_view> names) {
  std::string list;
  std::size_t place = 0;
  for (const std::string_view name : names) {
    if (place > 0) list += place + 1 == names.size() ? " or " : ", ";
    list += fmt::format("'{}'", name);
    ++place;
  }
  return list;
}

}  // namespace

tl::expected<json, ApiError> parse_request_body(std::string_view text) {
  // Trees are walked by functions that call themselves: the stack is what bounds them.
  constexpr int kDeepest = 500;
  bool too_deep = false;
  const auto look_at_depth = [&too_deep](int depth, json::parse_event_t, json&) {
    too_deep |= depth > kDeepest;
    return !too_deep;
  };
  json body = json::parse(text, look_at_depth, false);
  if (body.is_discarded() || too_deep) {
    return tl::unexpected(ApiError{kBadRequest, "The request body is not valid JSON"});
  }
  if (body.is_object()) return body;
  return tl::unexpected(ApiError{kBadRequest, "Input should be a valid dictionary"});
}

RequestFields::RequestFields(const json& object, std::string path, std::optional<ApiError>& error)
    : object_(object.is_object() ? object : no_fields()), path_(std::move(path)), error_(error) {
  if (!object.is_object()) refuse("Input should be a valid dictionary");
}

const json* RequestFields::find(std::string_view key) const {
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const json* RequestFields::required(std::string_view key) const {
  const auto found = object_.find(key);
  if (found != object_.end()) return &*found;
  if (ok()) error_ = ApiError{kBadRequest, path_of(key) + ": Field required"};
  return nullptr;
}

bool RequestFields::boolean(std::string_view key, bool fallback) {
  const json* value = find(key);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  refuse(key, "Input should be a valid boolean");
  return fallback;
}

std::optional<double> RequestFields::number(std::string_view key, double least, double most) {
  const json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) {
    refuse(key, "Input should be a valid number");
    return std::nullopt;
  }
  const auto number = value->get<double>();
  if (number < least)
    refuse(key, fmt::format("Input should be greater than or equal to {}", least));
  if (number > most) refuse(key, fmt::format("Input should be less than or equal to {}", most));
  return number;
}

std::optional<std::int64_t> RequestFields::integer(std::string_view key, std::int64_t least) {
  return has(key) ? std::optional(required_integer(key, least)) : std::nullopt;
}

std::int64_t RequestFields::required_integer(std::string_view key, std::int64_t least) {
  const json* value = required(key);
  if (value == nullptr) return least;
  const bool fits = !value->is_number_unsigned() || value->get<std::uint64_t>() <= INT64_MAX;
  if (!value->is_number_integer() || !fits) {
    refuse(key, "Input should be a valid integer");
    return least;
  }
  const auto number = value->get<std::int64_t>();
  if (number >= least) return number;
  refuse(key, fmt::format("Input should be greater than or equal to {}", least));
  return least;
}

const std::string& RequestFields::string(std::string_view key) {
  return has(key) ? required_string(key) : kNoText;
}

const std::string& RequestFields::required_string(std::string_view key) {
  const json* value = required(key);
  if (value == nullptr) return kNoText;
  if (value->is_string()) return value->get_ref<const std::string&>();
  refuse(key, "Input should be a valid string");
  return kNoText;
}

const std::string& RequestFields::choice(std::string_view key,
                                         std::initializer_list<std::string_view> allowed) {
  return has(key) ? required_choice(key, allowed) : kNoText;
}

const std::string& RequestFields::required_choice(std::string_view key,
                                                  std::initializer_list<std::string_view> allowed) {
  const std::string& value = required_string(key);
  if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return value;
  refuse(key, "Input should be " + quoted_list(allowed));
  return kNoText;
}

std::span<const json> RequestFields::array(std::string_view key) {
  if (!has(key)) return {};
  return required_array(key);
}

std::span<const json> RequestFields::required_array(std::string_view key) {
  const json* value = required(key);
  if (value == nullptr) return {};
  if (!value->is_array()) {
    refuse(key, "Input should be a valid list");
    return {};
  }
  return value->get_ref<const json::array_t&>();
}

RequestFields RequestFields::object(std::string_view key) { return inner(key, find(key)); }

RequestFields RequestFields::required_object(std::string_view key) {
  return inner(key, required(key));
}

RequestFields RequestFields::inner(std::string_view key, const json* value) {
  return {value == nullptr ? no_fields() : *value, path_of(key), error_};
}

RequestFields RequestFields::element(std::string_view key, std::size_t index,
                                     const json& value) const {
  return {value, fmt::format("{}.{}", path_of(key), index), error_};
}

RequestFields RequestFields::as(std::string_view variant) const {
  return {object_, path_of(variant), error_};
}

void RequestFields::check_keys(std::initializer_list<std::string_view> known) {
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) return refuse_extra(key);
  }
}

void RequestFields::refuse(std::string message) {
  refuse_with({kBadRequest, path_.empty() ? std::move(message) : path_ + ": " + message});
}

void RequestFields::refuse(std::string_view key, std::string message) {
  refuse_with({kBadRequest, path_of(key) + ": " + message});
}

void RequestFields::refuse_with(ApiError error) {
  if (ok()) error_ = std::move(error);
}

std::string RequestFields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

}  // namespace mock
