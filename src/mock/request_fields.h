// Reads the fields of a request as the Claude API does.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "mock/api_error.h"

namespace mock {

// The body as an object; 400 where it is none, or nests deeper than any that is meant.
tl::expected<nlohmann::json, ApiError> parse_request_body(std::string_view text);

// The fields of one object. What is wrong with one is said with its path in front, as in
// "messages.0.role: Field required". null is as good as absent where a field may be absent.
//
// Errors:   the first sticks, in this object and in all others that share `error`; what is read
//           after it is a fallback and means nothing.
// Lifetime: the object and the error outlive the fields.
class RequestFields {
 public:
  // `path` is the object's: "" for the body, "messages.0".
  RequestFields(const nlohmann::json& object, std::string path, std::optional<ApiError>& error);

  const nlohmann::json& tree() const { return object_; }
  const std::string& path() const { return path_; }
  bool ok() const { return !error_.has_value(); }

  const nlohmann::json* find(std::string_view key) const;      // Null where absent, or null.
  const nlohmann::json* required(std::string_view key) const;  // Null where absent: refused.
  bool has(std::string_view key) const { return find(key) != nullptr; }

  bool boolean(std::string_view key, bool fallback);
  // Empty where absent.
  std::optional<double> number(std::string_view key, double least, double most);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least);
  std::int64_t required_integer(std::string_view key, std::int64_t least);
  // "" where absent. Lifetime: the object's.
  const std::string& string(std::string_view key);
  const std::string& required_string(std::string_view key);
  // One of `allowed`, or "" where absent.
  const std::string& choice(std::string_view key, std::initializer_list<std::string_view> allowed);
  const std::string& required_choice(std::string_view key,
                                     std::initializer_list<std::string_view> allowed);

  // Empty where absent.
  std::span<const nlohmann::json> array(std::string_view key);
  std::span<const nlohmann::json> required_array(std::string_view key);
  // The object in a field, without fields where absent.
  RequestFields object(std::string_view key);
  RequestFields required_object(std::string_view key);
  // The object at a place of an array.
  RequestFields element(std::string_view key, std::size_t index, const nlohmann::json& value) const;
  // The same object, its path with the name of its variant behind it: "messages.0.content.0.text".
  RequestFields as(std::string_view variant) const;

  // Refuses the first key that is not among `known`.
  void check_keys(std::initializer_list<std::string_view> known);

  void refuse(std::string message);  // Of the object.
  void refuse(std::string_view key, std::string message);
  void refuse_extra(std::string_view key) { refuse(key, "Extra inputs are not permitted"); }
  void refuse_with(ApiError error);  // As it stands.

 private:
  std::string path_of(std::string_view key) const;
  RequestFields inner(std::string_view key, const nlohmann::json* value);

  const nlohmann::json& object_;
  std::string path_;
  std::optional<ApiError>& error_;
};

}  // namespace mock
