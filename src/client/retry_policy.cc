#include "client/retry_policy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/text.h"

namespace client {
namespace {

using base::Duration;

struct NamedPolicy {
  std::string_view name;
  RetryPolicy policy;
};

std::array<NamedPolicy, 4> make_policies() {
  RetryPolicy sdk;
  sdk.max = 2;
  RetryPolicy python = sdk;
  python.honor_zero = false;
  python.longest_retry_after = std::chrono::seconds(60);
  RetryPolicy openai = sdk;
  openai.honor_zero = false;
  openai.longest_retry_after = std::chrono::seconds(120);
  openai.long_retry_after_ends = true;
  return {{{"none", {}}, {"sdk-python", python}, {"sdk-ts", sdk}, {"sdk-openai", openai}}};
}

bool is_retried(const RetryPolicy& policy, const llm::Failure& failure) {
  // What broke off below HTTP may have brought a status before.
  const bool is_broken = failure.status == 0 || failure.kind == llm::ErrorKind::kTimeout ||
                         failure.kind == llm::ErrorKind::kReset;
  if (is_broken) return true;
  if (policy.honor_should_retry && failure.should_retry) return *failure.should_retry;
  return std::ranges::any_of(policy.statuses, [&](const StatusRange& range) {
    return range.low <= failure.status && failure.status <= range.high;
  });
}

bool is_too_long(const RetryPolicy& policy, const std::optional<Duration>& retry_after) {
  return policy.honor_retry_after && retry_after && policy.longest_retry_after &&
         *retry_after > *policy.longest_retry_after;
}

Duration computed_delay(const RetryPolicy& policy, int retries, double uniform) {
  const double seconds =
      std::min(base::to_seconds(policy.base) * std::exp2(retries), base::to_seconds(policy.cap));
  return base::from_seconds(seconds * (1 - policy.jitter * uniform));
}

}  // namespace

base::Result<RetryPolicy> find_retry_policy(std::string_view name) {
  std::vector<std::string> names;
  for (NamedPolicy& known : make_policies()) {
    if (known.name == name) return std::move(known.policy);
    names.emplace_back(known.name);
  }
  return base::fail("unknown retry policy \"{}\"{}; known are {}", name,
                    base::did_you_mean(name, names), base::join(names, ", "));
}

std::optional<Duration> retry_delay(const RetryPolicy& policy, const llm::Failure& failure,
                                    bool began, int retries, double uniform) {
  if (began || retries >= policy.max || !is_retried(policy, failure)) return {};
  const bool too_long = is_too_long(policy, failure.retry_after);
  if (too_long && policy.long_retry_after_ends) return {};
  const bool is_asked_for = policy.honor_retry_after && failure.retry_after && !too_long &&
                            (policy.honor_zero || *failure.retry_after > Duration::zero());
  if (is_asked_for) return std::max(*failure.retry_after, Duration::zero());
  return computed_delay(policy, retries, uniform);
}

}  // namespace client
