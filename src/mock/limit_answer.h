// What a rate-limited API says of its limits: headers and refusals, in the request's dialect.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "mock/limits.h"
#include "mock/token_bucket.h"

namespace mock {

// How full what is limited is, as headers tell it.
struct Gauge {
  std::string_view quantity;
  double limit = 0;
  double remaining = 0;
  double seconds_until_full = 0;
};

// Of what is limited alone.
std::vector<Gauge> read_gauges(const TokenBucket& requests, const TokenBucket& input,
                               const TokenBucket& output);

Headers bucket_headers(const LimitOptions& options, const ModelRequest& request,
                       const std::vector<Gauge>& gauges, std::int64_t wall);

// What a request asks of one bucket.
struct Demand {
  const TokenBucket* bucket;
  double amount;
  Limits::Refusal::Kind kind;

  double seconds() const { return bucket->seconds_until(amount); }
};

Demand longest_wait(const std::array<Demand, 3>& demands);

ApiError lack_error(const ModelRequest& request, const Demand& demand);
ApiError acceleration_error(const ModelRequest& request, const Acceleration& acceleration);
ApiError concurrency_error(const ModelRequest& request);
ApiError spend_error(const ModelRequest& request, std::int64_t wall);

// `seconds` until it may be let in; 0 where waiting does not help.
Limits::Refusal refuse(Limits::Refusal::Kind kind, ApiError error, double seconds,
                       Headers bucket_headers);

}  // namespace mock
