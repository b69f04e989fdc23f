// Reads a request to POST /v1/messages as the Claude API would: accepts it, or words the refusal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "mock/api_error.h"

namespace mock {

// The headers that decide; absent ones are empty.
struct ApiHeaders {
  std::optional<std::string_view> api_key;
  std::optional<std::string_view> authorization;
  std::optional<std::string_view> version;
};

struct MessagesRequest {
  std::string model;  // Resolved: an alias has become the dated id.
  std::int64_t max_tokens = 0;
  bool stream = false;
  std::int64_t input_tokens = 1;  // Estimated from the bytes of all text: 3.5 make a token.
};

// The headers of every answer that comes from the API itself, and not from the edge before it.
Headers api_headers(std::string_view request_id);

// What every endpoint asks for: a key and a version. Nothing where both are there.
std::optional<ApiError> check_headers(const ApiHeaders& headers);

// Errors: the first thing wrong with the body, with its path in front, as in
// "messages.0.role: …"; status 404 for a model that does not exist, which here is one with an empty
// name or a name that begins with "missing-". All other unknown names are taken.
tl::expected<MessagesRequest, ApiError> read_messages_request(std::string_view body);

}  // namespace mock
