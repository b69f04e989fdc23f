// What the headers of an answer say of the account's rate limits.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace llm {

// What a bucket counts. kTokens counts input and output together.
enum class LimitedQuantity { kRequests, kTokens, kInputTokens, kOutputTokens };

// Whose bucket it is: that of all, or that of Anthropic's priority tier or fast mode.
enum class LimitTier { kStandard, kPriority, kFast };

std::string_view to_string(LimitedQuantity quantity);  // "requests" … "output_tokens"
std::string_view to_string(LimitTier tier);            // "standard", "priority", "fast"

// A bucket as the server saw it when it answered.
struct RateLimit {
  LimitedQuantity quantity = LimitedQuantity::kRequests;
  LimitTier tier = LimitTier::kStandard;
  double limit = 0;                       // Per minute; above 0.
  double remaining = 0;                   // As sent: Anthropic rounds tokens to thousands.
  std::optional<base::Duration> reset{};  // From the answer until the bucket is full again.

  double used() const;  // The share of the bucket that is used up, from 0 to 1.
};

// Reads anthropic-ratelimit-*, anthropic-priority-*, anthropic-fast-* (whose reset is an RFC 3339
// time: it is held against the answer's own `date` header, since the clocks of client and server
// differ; without one there is no reset) and x-ratelimit-* (whose reset is a duration such as
// "6m0s" or "12ms", or seconds).
//
// A bucket without a limit above 0 or without a remaining, as gateways send that have no limit
// (Azure: -1 or 0), is left out. At most one for each quantity and tier, in the order of the enums.
//
// Names in lower case. Errors: none; what cannot be read is left out.
// Source: https://docs.claude.com/en/api/rate-limits#response-headers;
// https://platform.openai.com/docs/guides/rate-limits.
std::vector<RateLimit> read_rate_limits(
    std::span<const std::pair<std::string, std::string>> headers);

}  // namespace llm
