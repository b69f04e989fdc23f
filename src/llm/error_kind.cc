#include "llm/error_kind.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace llm {
namespace {

struct TypeKind {
  std::string_view type;
  ErrorKind kind;
};

constexpr auto kTypes = std::to_array<TypeKind>({
    // https://docs.claude.com/en/api/errors. timeout_error is the server's own time-out, not ours.
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
    // https://platform.openai.com/docs/guides/error-codes.
    {"invalid_api_key", ErrorKind::kAuth},
    {"model_not_found", ErrorKind::kNotFound},
    {"context_length_exceeded", ErrorKind::kInvalidRequest},
    {"rate_limit_exceeded", ErrorKind::kRateLimited},
    {"insufficient_quota", ErrorKind::kRateLimited},
    {"slow_down", ErrorKind::kRateLimited},
    {"server_is_overloaded", ErrorKind::kOverloaded},
    {"service_unavailable_error", ErrorKind::kOverloaded},
    {"server_error", ErrorKind::kServerError},
    // https://cloud.google.com/apis/design/errors.
    {"RESOURCE_EXHAUSTED", ErrorKind::kRateLimited},
    // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html.
    {"ThrottlingException", ErrorKind::kRateLimited},
    {"ServiceQuotaExceededException", ErrorKind::kRateLimited},
    {"ModelNotReadyException", ErrorKind::kOverloaded},
    {"ModelTimeoutException", ErrorKind::kServerError},
    {"ModelErrorException", ErrorKind::kServerError},
    {"ModelStreamErrorException", ErrorKind::kServerError},
    // TGI.
    {"overloaded", ErrorKind::kOverloaded},
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

struct LimitName {
  std::string_view name;
  LimitKind limit;
};

// OpenAI's type says what is short ("tokens"), its code that something is.
constexpr auto kLimitTypes = std::to_array<LimitName>({
    {"enforced_spend_limit_reached", LimitKind::kSpend},
    {"insufficient_quota", LimitKind::kSpend},
    {"slow_down", LimitKind::kAcceleration},
    {"requests", LimitKind::kRequests},
    {"tokens", LimitKind::kTokens},
});

// Parts of messages in lower case, with spaces for "_". The first row that holds: a limit of the
// growth of input tokens names those too, and a limit of input tokens names tokens.
constexpr auto kLimitPhrases = std::to_array<LimitName>({
    {"usage increase rate", LimitKind::kAcceleration},
    {"acceleration limit", LimitKind::kAcceleration},
    {"concurrent", LimitKind::kConcurrency},
    {"bytes per hour", LimitKind::kBytes},
    {"input tokens per", LimitKind::kInputTokens},
    {"request tokens", LimitKind::kInputTokens},
    {"output tokens per", LimitKind::kOutputTokens},
    {"online prediction requests", LimitKind::kRequests},
    {"requests per", LimitKind::kRequests},
    {"too many requests, please wait", LimitKind::kRequests},
    {"tokens per", LimitKind::kTokens},
    {"too many tokens", LimitKind::kTokens},
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

std::string_view to_string(LimitKind kind) {
  switch (kind) {
    case LimitKind::kUnknown:
      return "unknown";
    case LimitKind::kRequests:
      return "requests";
    case LimitKind::kInputTokens:
      return "input_tokens";
    case LimitKind::kOutputTokens:
      return "output_tokens";
    case LimitKind::kTokens:
      return "tokens";
    case LimitKind::kBytes:
      return "bytes";
    case LimitKind::kAcceleration:
      return "acceleration";
    case LimitKind::kConcurrency:
      return "concurrency";
    case LimitKind::kSpend:
      return "spend";
  }
  return "unknown";
}

ErrorKind classify(int status, std::string_view error_type) {
  const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                 [&](const TypeKind& row) { return row.type == error_type; });
  const bool status_says_more =
      error_type == "invalid_request_error" && 400 <= status && status <= 499;
  if (type != kTypes.end() && !status_says_more) return type->kind;
  const auto row = std::find_if(kStatuses.begin(), kStatuses.end(), [&](const StatusKind& range) {
    return range.first <= status && status <= range.last;
  });
  return row == kStatuses.end() ? ErrorKind::kOther : row->kind;
}

LimitKind find_limit(std::initializer_list<std::string_view> types, std::string_view message) {
  for (const std::string_view type : types) {
    const auto row = std::find_if(kLimitTypes.begin(), kLimitTypes.end(),
                                  [&](const LimitName& known) { return known.name == type; });
    if (row != kLimitTypes.end()) return row->limit;
  }
  std::string text = base::to_lower(message);
  std::replace(text.begin(), text.end(), '_', ' ');
  const auto phrase =
      std::find_if(kLimitPhrases.begin(), kLimitPhrases.end(),
                   [&](const LimitName& row) { return text.find(row.name) != std::string::npos; });
  return phrase == kLimitPhrases.end() ? LimitKind::kUnknown : phrase->limit;
}

}  // namespace llm
