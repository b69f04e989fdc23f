#include "llm/error_kind.h"

#include <algorithm>
#include <array>

namespace llm {
namespace {

struct TypeKind {
  std::string_view type;
  ErrorKind kind;
};

// https://docs.claude.com/en/api/errors. timeout_error is the server's own time-out, not ours.
constexpr auto kTypes = std::to_array<TypeKind>({
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
});

struct StatusKind {
  int first;
  int last;
  ErrorKind kind;
};

// The first row that holds.
constexpr auto kStatuses = std::to_array<StatusKind>({
    {401, 403, ErrorKind::kAuth},
    {404, 404, ErrorKind::kNotFound},
    {413, 413, ErrorKind::kTooLarge},
    {429, 429, ErrorKind::kRateLimited},
    {400, 499, ErrorKind::kInvalidRequest},
    {529, 529, ErrorKind::kOverloaded},
    {500, 599, ErrorKind::kServerError},
});

}  // namespace

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTimeout:
      return "timeout";
    case ErrorKind::kConnect:
      return "connect";
    case ErrorKind::kDns:
      return "dns";
    case ErrorKind::kTls:
      return "tls";
    case ErrorKind::kReset:
      return "reset";
    case ErrorKind::kProtocol:
      return "protocol";
    case ErrorKind::kRateLimited:
      return "rate_limited";
    case ErrorKind::kOverloaded:
      return "overloaded";
    case ErrorKind::kServerError:
      return "server_error";
    case ErrorKind::kInvalidRequest:
      return "invalid_request";
    case ErrorKind::kAuth:
      return "auth";
    case ErrorKind::kNotFound:
      return "not_found";
    case ErrorKind::kTooLarge:
      return "too_large";
    case ErrorKind::kTruncated:
      return "truncated";
    case ErrorKind::kStreamError:
      return "stream_error";
    case ErrorKind::kRefused:
      return "refused";
    case ErrorKind::kOther:
      return "other";
  }
  return "other";
}

ErrorKind classify(int status, std::string_view error_type) {
  const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                 [&](const TypeKind& row) { return row.type == error_type; });
  if (type != kTypes.end()) return type->kind;
  const auto row = std::find_if(kStatuses.begin(), kStatuses.end(), [&](const StatusKind& range) {
    return range.first <= status && status <= range.last;
  });
  return row == kStatuses.end() ? ErrorKind::kOther : row->kind;
}

}  // namespace llm
