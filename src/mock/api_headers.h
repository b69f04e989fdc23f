// The headers of requests to the Claude API, and of its answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mock/api_error.h"

namespace mock {

// The headers that decide; absent ones are empty.
struct ApiHeaders {
  std::optional<std::string_view> api_key;
  std::optional<std::string_view> authorization;
  std::optional<std::string_view> version;
  std::optional<std::string_view> beta{};  // anthropic-beta: names with commas between them.
};

// What every endpoint asks for: a key or a bearer token, not both, then a version, and betas whose
// names are dated. Nothing where all is well.
std::optional<ApiError> check_headers(const ApiHeaders& headers);

// True where a beta is asked for whose name begins so: "fast-mode-".
bool has_beta(const ApiHeaders& headers, std::string_view prefix);

// Whose limits and caches: a UUID made of the key or token, always the same for the same one.
std::string organization_of(const ApiHeaders& headers);

// The headers of every answer that comes from the API itself, and not from the edge before it.
Headers api_headers(std::string_view request_id, std::string_view organization);

}  // namespace mock
