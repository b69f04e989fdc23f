// Reads the fields of a request as OpenAI does.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mock/api_error.h"

namespace mock {

// The fields of one object. What is wrong with one is worded as OpenAI words it, with the field's
// path as error.param and a code. null is as good as absent.
//
// Errors:   the first sticks, in this object and in all others that share `error`; what is read
//           after it is a fallback and means nothing.
// Lifetime: the object and the error outlive the fields.
class OpenAiFields {
 public:
  // `path` is the object's: "" for the body, "messages[0]".
  OpenAiFields(const nlohmann::json& object, std::string path, std::optional<ApiError>& error);

  const nlohmann::json& value() const { return object_; }
  std::string path_of(std::string_view key) const;

  const nlohmann::json* find(std::string_view key) const;  // Null where absent.
  bool has(std::string_view key) const { return find(key) != nullptr; }

  bool boolean(std::string_view key, bool fallback);
  std::int64_t integer(std::string_view key, std::int64_t fallback, std::int64_t least);
  void check_number(std::string_view key, double least, double most);
  std::string string(std::string_view key);           // "" where absent.
  std::string required_string(std::string_view key);  // May be empty, but is there.
  // One of `allowed`, or "" where absent.
  std::string choice(std::string_view key, std::initializer_list<std::string_view> allowed);

  // Empty where absent. `required_array` misses it, and refuses an empty one.
  std::span<const nlohmann::json> array(std::string_view key);
  std::span<const nlohmann::json> required_array(std::string_view key);
  OpenAiFields object(std::string_view key);
  // The object at a place of an array.
  OpenAiFields element(std::string_view key, std::size_t index, const nlohmann::json& value);

  // The model's name; 404 for "" and for "missing-…".
  std::string model();
  void check_service_tier();

  // The first key that is not among `known`, or "".
  std::string unknown_key(std::span<const std::string_view> known) const;

  bool ok() const { return !error_.has_value(); }
  void refuse(std::string message, std::string parameter, std::string code);

  // "Invalid type for 'user': expected a string, but got an integer instead."
  void refuse_type(std::string_view key, std::string_view expected);
  // "Invalid value: 'robot'. Supported values are: 'user' and 'assistant'."
  void refuse_value(std::string_view key, std::string_view got,
                    std::initializer_list<std::string_view> allowed);
  void refuse_missing(std::string_view key);

 private:
  const nlohmann::json& object_;
  std::string path_;
  std::optional<ApiError>& error_;
};

// The body as an object; 400 where it is none, or nests deeper than any that is meant.
tl::expected<nlohmann::json, ApiError> parse_openai_body(std::string_view text);

}  // namespace mock
