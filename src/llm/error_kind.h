// Why a request failed, in one word that is the same for every provider and transport.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace llm {

enum class ErrorKind {
  kTimeout,
  kConnect,
  kDns,
  kTls,
  kReset,     // The connection ended before the answer did.
  kProtocol,  // What came is not HTTP, or not what the protocol promises.
  kRateLimited,
  kOverloaded,
  kServerError,
  kInvalidRequest,
  kAuth,
  kNotFound,
  kTooLarge,
  kTruncated,    // A 200 whose stream ended without its terminal event.
  kStreamError,  // An error event in the middle of a stream.
  kRefused,      // The model refused (stop_reason "refusal").
  kOther,
};

std::string_view to_string(ErrorKind kind);  // "timeout", "connect", ..., "other"

// Which limit a failure of kind rate_limited ran into, as far as the answer says.
enum class LimitKind {
  kUnknown,
  kRequests,
  kInputTokens,
  kOutputTokens,
  kTokens,        // Input and output together.
  kBytes,         // Of prompts, per hour.
  kAcceleration,  // The use grew too fast.
  kConcurrency,   // Too many requests at once.
  kSpend,         // The month's money or the credit is used up: waiting does not help.
};

std::string_view to_string(LimitKind kind);  // "unknown", "requests", …, "spend"

// Why an answer is a failure. As scripts see it in reply.error.
struct Failure {
  ErrorKind kind = ErrorKind::kOther;
  int status = 0;       // HTTP status; 0 where no answer came.
  std::string type;     // The provider's error.type, else its code; "" where it sent neither.
  std::string message;  // Never holds a key.
  std::string request_id;
  std::optional<base::Duration> retry_after;
  LimitKind limit = LimitKind::kUnknown;  // Of kRateLimited.
  std::optional<bool> should_retry{};     // What the server says of it (x-should-retry).
};

// By the provider's error type or code where it is known, else by HTTP status (unknown types must
// not change a verdict: https://docs.claude.com/en/api/versioning). 529 and overloaded_error are
// kOverloaded, 429 and rate_limit_error kRateLimited, 413 kTooLarge, other 5xx kServerError,
// 401, 402 and 403 kAuth, 404 kNotFound, 400 and other 4xx kInvalidRequest.
//
// Types are those of Anthropic, OpenAI, Vertex (its `status`), AWS and TGI. invalid_request_error
// leaves a status of 4xx its say: OpenAI sends that type with 401 and 404 as well.
ErrorKind classify(int status, std::string_view error_type);

// Which limit a failure of kind rate_limited ran into: by the first of its types and codes that
// tells, else by the wording of its message, as Anthropic, OpenAI, Vertex and AWS have it.
LimitKind find_limit(std::initializer_list<std::string_view> types, std::string_view message);

}  // namespace llm
