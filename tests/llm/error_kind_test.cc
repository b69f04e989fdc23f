#include "llm/error_kind.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

using llm::classify;
using llm::ErrorKind;
using llm::find_limit;
using llm::LimitKind;

TEST_CASE("an error without a type is classified by its status") {
  const std::pair<int, ErrorKind> rows[] = {
      {400, ErrorKind::kInvalidRequest},
      {401, ErrorKind::kAuth},
      {402, ErrorKind::kAuth},
      {403, ErrorKind::kAuth},
      {404, ErrorKind::kNotFound},
      {405, ErrorKind::kInvalidRequest},
      {408, ErrorKind::kInvalidRequest},
      {409, ErrorKind::kInvalidRequest},
      {413, ErrorKind::kTooLarge},
      {429, ErrorKind::kRateLimited},
      {499, ErrorKind::kInvalidRequest},
      {500, ErrorKind::kServerError},
      {502, ErrorKind::kServerError},
      {503, ErrorKind::kServerError},
      {504, ErrorKind::kServerError},
      {520, ErrorKind::kServerError},
      {529, ErrorKind::kOverloaded},
      {599, ErrorKind::kServerError},
      {0, ErrorKind::kOther},
      {200, ErrorKind::kOther},
      {302, ErrorKind::kOther},
      {600, ErrorKind::kOther},
  };
  for (const auto& [status, kind] : rows) {
    INFO(status);
    CHECK(classify(status, "") == kind);
    CHECK(classify(status, "an_error_of_tomorrow") == kind);
  }
}

TEST_CASE("a known type decides over the status") {
  const std::pair<std::string_view, ErrorKind> rows[] = {
      {"invalid_request_error", ErrorKind::kInvalidRequest},
      {"conflict_error", ErrorKind::kInvalidRequest},
      {"authentication_error", ErrorKind::kAuth},
      {"billing_error", ErrorKind::kAuth},
      {"permission_error", ErrorKind::kAuth},
      {"not_found_error", ErrorKind::kNotFound},
      {"request_too_large", ErrorKind::kTooLarge},
      {"rate_limit_error", ErrorKind::kRateLimited},
      {"overloaded_error", ErrorKind::kOverloaded},
      {"api_error", ErrorKind::kServerError},
      {"timeout_error", ErrorKind::kServerError},
      {"context_length_exceeded", ErrorKind::kInvalidRequest},
      {"invalid_api_key", ErrorKind::kAuth},
      {"model_not_found", ErrorKind::kNotFound},
      {"rate_limit_exceeded", ErrorKind::kRateLimited},
      {"insufficient_quota", ErrorKind::kRateLimited},
      {"slow_down", ErrorKind::kRateLimited},
      {"server_is_overloaded", ErrorKind::kOverloaded},
      {"service_unavailable_error", ErrorKind::kOverloaded},
      {"server_error", ErrorKind::kServerError},
      {"RESOURCE_EXHAUSTED", ErrorKind::kRateLimited},
      {"ThrottlingException", ErrorKind::kRateLimited},
      {"ServiceQuotaExceededException", ErrorKind::kRateLimited},
      {"ModelNotReadyException", ErrorKind::kOverloaded},
      {"ModelTimeoutException", ErrorKind::kServerError},
      {"ModelErrorException", ErrorKind::kServerError},
      {"ModelStreamErrorException", ErrorKind::kServerError},
      {"overloaded", ErrorKind::kOverloaded},
  };
  for (const auto& [type, kind] : rows) {
    INFO(type);
    CHECK(classify(200, type) == kind);
    CHECK(classify(418, type) == kind);
  }
}

TEST_CASE("the status says more than invalid_request_error") {
  CHECK(classify(400, "invalid_request_error") == ErrorKind::kInvalidRequest);
  CHECK(classify(401, "invalid_request_error") == ErrorKind::kAuth);
  CHECK(classify(404, "invalid_request_error") == ErrorKind::kNotFound);
  CHECK(classify(413, "invalid_request_error") == ErrorKind::kTooLarge);
  CHECK(classify(0, "invalid_request_error") == ErrorKind::kInvalidRequest);
  CHECK(classify(500, "invalid_request_error") == ErrorKind::kInvalidRequest);
}

TEST_CASE("the first type that tells of a limit decides, else the message") {
  CHECK(find_limit({}, "") == LimitKind::kUnknown);
  CHECK(find_limit({"", "slow_down", "requests"}, "tokens per") == LimitKind::kAcceleration);
  CHECK(find_limit({"rate_limit_exceeded", "requests"}, "tokens per") == LimitKind::kRequests);
  CHECK(find_limit({"rate_limit_error"}, "8 OUTPUT_TOKENS_PER_MINUTE") == LimitKind::kOutputTokens);
}

TEST_CASE("every limit has a name of its own") {
  std::set<std::string_view> names;
  for (int limit = 0; limit <= static_cast<int>(LimitKind::kSpend); ++limit) {
    names.insert(llm::to_string(static_cast<LimitKind>(limit)));
  }
  const std::set<std::string_view> expected{"unknown",       "requests",    "input_tokens",
                                            "output_tokens", "tokens",      "bytes",
                                            "acceleration",  "concurrency", "spend"};
  CHECK(names == expected);
}

TEST_CASE("every kind has a name of its own") {
  std::set<std::string_view> names;
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kOther); ++kind) {
    names.insert(llm::to_string(static_cast<ErrorKind>(kind)));
  }
  const std::set<std::string_view> expected{"timeout",    "connect",      "dns",
                                            "tls",        "reset",        "protocol",
                                            "overloaded", "rate_limited", "invalid_request",
                                            "auth",       "server_error", "not_found",
                                            "too_large",  "truncated",    "stream_error",
                                            "refused",    "other"};
  CHECK(names == expected);
}
