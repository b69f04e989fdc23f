// When a failed request is sent again, and after how long.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "client/http_call.h"
#include "llm/error_kind.h"

namespace client {

struct RetryPolicy {
  int max = 0;  // Requests after the first one; 0 never retries.
  base::Duration base = std::chrono::milliseconds(500);
  base::Duration cap = std::chrono::seconds(8);
  double jitter = 0.25;  // Delays are drawn from (1 − jitter, 1] of what is computed.
  std::vector<StatusRange> statuses = {{408, 409}, {429, 429}, {500, 999}};
  bool honor_retry_after = true;  // Wait for what the server asks, instead of the computed delay.
  bool honor_zero = true;         // Where it asks for no time at all, too.
  // A longer retry-after than this is not honoured; nothing for any.
  std::optional<base::Duration> longest_retry_after{};
  bool long_retry_after_ends = false;  // Then there is no retry at all, else the computed delay.
  bool honor_should_retry = true;      // The server's word on whether to retry wins.
};

// "none", "sdk-python", "sdk-ts" (Anthropic's), "sdk-openai": what the official SDKs do, from their
// source of August 2026. Errors: unknown names, with "did you mean".
base::Result<RetryPolicy> find_retry_policy(std::string_view name);

// After `retries` retries (0: the first request), how long to wait before the next one; nothing to
// give up. `began` says that the answer's stream had begun: what broke off later is never retried,
// since its beginning was used. Time-outs and broken connections before that are retried, as the
// SDKs do. The delay is min(base × 2^retries, cap) × (1 − jitter × uniform), uniform in [0, 1).
std::optional<base::Duration> retry_delay(const RetryPolicy& policy, const llm::Failure& failure,
                                          bool began, int retries, double uniform);

}  // namespace client
