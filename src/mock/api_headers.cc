#include "mock/api_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "base/random.h"
#include "base/text.h"
#include "mock/prompt_tokens.h"

namespace mock {
namespace {

// "fast-mode-2026-02-01", or "claude-code-20250219". All that the API knows are named so.
bool is_dated(std::string_view beta) {
  const auto ends_like = [beta](std::string_view date) {
    if (beta.size() <= date.size()) return false;
    return std::equal(
        date.begin(), date.end(), beta.end() - static_cast<long>(date.size()),
        [](char pattern, char c) { return pattern == '-' ? c == '-' : std::isdigit(c) != 0; });
  };
  return ends_like("-2000-00-00") || ends_like("-20000000");
}

std::string_view credential(const ApiHeaders& headers) {
  return headers.api_key ? *headers.api_key : headers.authorization.value_or("");
}

}  // namespace

std::optional<ApiError> check_headers(const ApiHeaders& headers) {
  const bool has_key = headers.api_key && !headers.api_key->empty();
  const bool has_bearer = headers.authorization && headers.authorization->starts_with("Bearer ");
  if (!has_key && !has_bearer) return ApiError{401, "x-api-key header is required"};
  if (has_key && has_bearer) {
    return ApiError{401, "x-api-key and Authorization: only one of these headers is allowed"};
  }
  if (!headers.version || headers.version->empty()) {
    return ApiError{400, "anthropic-version: header is required"};
  }
  for (const std::string& beta : base::split(headers.beta.value_or(""), ',')) {
    if (beta.empty() || is_dated(beta)) continue;
    return ApiError{400,
                    fmt::format("Unexpected value(s) `{}` for the `anthropic-beta` header.", beta)};
  }
  return std::nullopt;
}

bool has_beta(const ApiHeaders& headers, std::string_view prefix) {
  if (!headers.beta) return false;
  const auto betas = base::split(*headers.beta, ',');
  return std::any_of(betas.begin(), betas.end(),
                     [prefix](const std::string& beta) { return beta.starts_with(prefix); });
}

std::string organization_of(const ApiHeaders& headers) {
  ContentHash hash;
  hash.add(credential(headers));
  const std::uint64_t high = base::derive_seed(hash.value(), 1);
  const std::uint64_t low = base::derive_seed(hash.value(), 2);
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32, high >> 16 & 0xffff,
                     high & 0xfff, low >> 52, low & 0xffff'ffff'ffff);
}

Headers api_headers(std::string_view request_id, std::string_view organization) {
  return {{"request-id", std::string(request_id)},
          {"anthropic-organization-id", std::string(organization)}};
}

}  // namespace mock
