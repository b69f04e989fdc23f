#include "mock/limit_answer.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "base/text.h"

namespace mock {
namespace {

constexpr std::string_view kOrganizationId = "5a3c1f0e-7d42-4b8a-9c61-0e2f4d6b8a90";

std::string format_whole(double number) { return fmt::format("{:.0f}", number); }

Headers anthropic_headers(const std::vector<Gauge>& gauges, bool fast, bool exact,
                          std::int64_t wall) {
  Headers headers;
  for (const Gauge& gauge : gauges) {
    const bool is_requests = gauge.quantity == "requests";
    if (fast && (is_requests || gauge.quantity == "tokens")) continue;
    const std::string name =
        fmt::format("anthropic-{}-{}", fast ? "fast" : "ratelimit", gauge.quantity);
    const double unit = exact || is_requests ? 1 : 1000;
    const auto full = wall + std::llround(std::ceil(gauge.seconds_until_full));
    headers.emplace_back(name + "-limit", format_whole(gauge.limit));
    headers.emplace_back(name + "-remaining",
                         format_whole(std::floor(gauge.remaining / unit) * unit));
    headers.emplace_back(name + "-reset", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(full)));
  }
  return headers;
}

// "12ms", "1.2s", "6m0s", rounded up to milliseconds.
std::string format_reset(double seconds) {
  const auto ms = std::llround(std::ceil(seconds * 1000));
  if (ms < 1000) return fmt::format("{}ms", ms);
  const auto minutes = ms / 60'000;
  const std::string rest = fmt::format("{:g}s", static_cast<double>(ms % 60'000) / 1000);
  return minutes == 0 ? rest : fmt::format("{}m{}", minutes, rest);
}

Headers openai_headers(const std::vector<Gauge>& gauges) {
  Headers headers;
  for (const Gauge& gauge : gauges) {
    if (gauge.quantity != "requests" && gauge.quantity != "tokens") continue;
    const auto name = [&](std::string_view what) {
      return fmt::format("x-ratelimit-{}-{}", what, gauge.quantity);
    };
    headers.emplace_back(name("limit"), format_whole(gauge.limit));
    headers.emplace_back(name("remaining"), format_whole(gauge.remaining));
    headers.emplace_back(name("reset"), format_reset(gauge.seconds_until_full));
  }
  return headers;
}

std::string count(double number) {
  return base::format_count(static_cast<std::uint64_t>(std::llround(number)));
}

std::string_view unit_of(Limits::Refusal::Kind kind) {
  if (kind == Limits::Refusal::Kind::kRequests) return "requests";
  return kind == Limits::Refusal::Kind::kInputTokens ? "input tokens" : "output tokens";
}

}  // namespace

std::vector<Gauge> read_gauges(const TokenBucket& requests, const TokenBucket& input,
                               const TokenBucket& output) {
  std::vector<Gauge> gauges;
  const auto add = [&](std::string_view quantity,
                       std::initializer_list<const TokenBucket*> buckets) {
    Gauge gauge{quantity};
    for (const TokenBucket* bucket : buckets) {
      if (!bucket->limits()) continue;
      gauge.limit += bucket->per_minute();
      gauge.remaining += std::max(0.0, bucket->level());
      gauge.seconds_until_full = std::max(gauge.seconds_until_full, bucket->seconds_until_full());
    }
    gauge.remaining = std::floor(gauge.remaining + kTokenTolerance);
    if (gauge.limit > 0) gauges.push_back(gauge);
  };
  add("requests", {&requests});
  add("tokens", {&input, &output});
  add("input-tokens", {&input});
  add("output-tokens", {&output});
  return gauges;
}

Headers bucket_headers(const LimitOptions& options, const ModelRequest& request,
                       const std::vector<Gauge>& gauges, std::int64_t wall) {
  if (request.dialect != Dialect::kMessages) return openai_headers(gauges);
  return anthropic_headers(gauges, request.fast, options.exact_headers, wall);
}

Demand longest_wait(const std::array<Demand, 3>& demands) {
  return *std::max_element(demands.begin(), demands.end(), [](const Demand& a, const Demand& b) {
    return a.seconds() < b.seconds();
  });
}

ApiError lack_error(const ModelRequest& request, const Demand& demand) {
  if (request.dialect == Dialect::kMessages) {
    return {429,
            fmt::format("This request would exceed your organization's rate limit of {} {} per "
                        "minute (org: {}, model: {}). For details, refer to: "
                        "https://docs.claude.com/en/api/rate-limits. You can see the response "
                        "headers for current usage. Please reduce the prompt length or the maximum "
                        "tokens requested, or try again later. You may also contact sales at "
                        "https://claude.com/contact-sales to discuss your options for a rate limit "
                        "increase.",
                        count(demand.bucket->per_minute()), unit_of(demand.kind), kOrganizationId,
                        request.model)};
  }
  const bool is_requests = demand.kind == Limits::Refusal::Kind::kRequests;
  const double limit = demand.bucket->per_minute();
  return {429,
          fmt::format("Rate limit reached for {} in organization org-{} on {}: Limit {:.0f}, Used "
                      "{:.0f}, Requested {:.0f}. Please try again in {}. Visit "
                      "https://platform.openai.com/account/rate-limits to learn more.",
                      request.model, kOrganizationId,
                      is_requests ? "requests per min (RPM)" : "tokens per min (TPM)", limit,
                      std::max(0.0, limit - demand.bucket->level()), demand.amount,
                      format_reset(demand.seconds())),
          is_requests ? "requests" : "tokens", "rate_limit_exceeded"};
}

ApiError acceleration_error(const ModelRequest& request, const Acceleration& acceleration) {
  if (request.dialect == Dialect::kMessages) {
    return {429, fmt::format(
                     "This request would exceed your organization's maximum usage increase rate "
                     "for input tokens per minute (org: {}, model: {}). Your current limit is {} "
                     "input tokens per minute, and will increase to {} at the next minute "
                     "boundary. Please scale up your input tokens usage more gradually to stay "
                     "within the acceleration limit. For details, refer to: "
                     "https://docs.claude.com/en/api/rate-limits.",
                     kOrganizationId, request.model, count(acceleration.ceiling()),
                     count(acceleration.next_ceiling()))};
  }
  return {429,
          "Your traffic grew too fast. Reduce your request rate, keep it steady for a while, and "
          "increase it gradually.",
          "rate_limit_error", "slow_down"};
}

ApiError concurrency_error(const ModelRequest& request) {
  const bool is_openai = request.dialect != Dialect::kMessages;
  return {429,
          "Number of concurrent connections has exceeded your rate limit. Please try again later "
          "or contact sales at https://www.anthropic.com/contact-sales to discuss your options for "
          "a rate limit increase.",
          "rate_limit_error", is_openai ? "rate_limit_exceeded" : ""};
}

ApiError spend_error(const ModelRequest& request, std::int64_t wall) {
  if (request.dialect != Dialect::kMessages) {
    return {429,
            "You exceeded your current quota, please check your plan and billing details. For more "
            "information on this error, read the docs: "
            "https://platform.openai.com/docs/guides/error-codes/api-errors.",
            "insufficient_quota", "insufficient_quota"};
  }
  using namespace std::chrono;
  const year_month_day today{floor<days>(sys_seconds(seconds(wall)))};
  const auto month = today.year() / today.month() + months(1);
  return {429,
          fmt::format("You have reached your API usage limits: your organization has crossed its "
                      "monthly API usage threshold, set based on your organization's API tier. You "
                      "will regain access on {:04}-{:02}-01 at 00:00 UTC.",
                      static_cast<int>(month.year()), static_cast<unsigned>(month.month())),
          "rate_limit_error", "enforced_spend_limit_reached"};
}

Limits::Refusal refuse(Limits::Refusal::Kind kind, ApiError error, double seconds,
                       Headers bucket_headers) {
  Headers headers;
  if (seconds > 0) {
    headers.emplace_back("retry-after", format_whole(std::ceil(seconds)));
    headers.emplace_back("x-should-retry", "true");
  }
  headers.insert(headers.end(), std::make_move_iterator(bucket_headers.begin()),
                 std::make_move_iterator(bucket_headers.end()));
  return {kind, std::move(error), std::move(headers)};
}

}  // namespace mock
