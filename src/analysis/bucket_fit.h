// What a series of requests, accepted and refused, tells of the token bucket that refused them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace analysis {

// A request in the order of sending.
struct BucketSample {
  double at_s = 0;       // When it was sent, on any clock.
  double amount = 0;     // What it took of the bucket; 0 where it was refused.
  bool refused = false;  // By this bucket.
  std::optional<double> retry_after_s{};
};

// A bucket that is refilled steadily up to its burst and gives a request what it asks for, or
// nothing.
struct BucketFit {
  double rate_per_s = 0;
  double burst = 0;
  double accepted_first = 0;              // Amount, before the first refusal,
  double first_refusal_s = 0;             // which came so long after the first request.
  double recovered_s = 0;                 // From the first refusal to the next that was accepted.
  std::optional<double> retry_after_s{};  // What the first refusal said.
  std::uint64_t accepted = 0;             // Requests, in all.
  std::uint64_t refused = 0;
};

// After the first refusal the bucket is empty whenever a request is accepted, if requests are tried
// often enough: what was accepted since then is what was refilled, and what was accepted in all is
// the burst and the refill.
//
// Nothing without a refusal and at least three accepted requests after it.
std::optional<BucketFit> fit_bucket(const std::vector<BucketSample>& samples);

}  // namespace analysis
