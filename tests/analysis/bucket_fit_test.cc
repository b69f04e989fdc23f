#include "analysis/bucket_fit.h"

#include <algorithm>
#include <catch2/catch.hpp>

using analysis::BucketSample;
using analysis::fit_bucket;

namespace {

// Requests of the amount each, so many seconds apart, against a bucket.
std::vector<BucketSample> try_bucket(double rate, double burst, double amount, double every,
                                     double seconds) {
  std::vector<BucketSample> samples;
  double level = burst;
  for (double at = 0; at < seconds; at += every) {
    const bool accepted = level >= amount;
    if (accepted) level -= amount;
    samples.push_back({.at_s = 100 + at,
                       .amount = accepted ? amount : 0,
                       .refused = !accepted,
                       .retry_after_s = accepted ? std::nullopt : std::optional<double>(2)});
    level = std::min(burst, level + rate * every);
  }
  return samples;
}

}  // namespace

TEST_CASE("a bucket's rate and burst are found again") {
  const auto fit = fit_bucket(try_bucket(0.8333, 50, 1, 0.005, 20));
  REQUIRE(fit);
  CHECK(fit->rate_per_s == Approx(0.8333).epsilon(0.005));
  CHECK(fit->burst == Approx(50).epsilon(0.005));
  CHECK(fit->accepted_first == 50);
  CHECK(fit->first_refusal_s == Approx(0.25).margin(0.011));
  CHECK(fit->recovered_s == Approx(1.2 - 0.25).margin(0.02));
  CHECK(fit->retry_after_s.value() == 2);
}

TEST_CASE("amounts other than one are counted as what they are") {
  const auto fit = fit_bucket(try_bucket(1'000, 10'000, 400, 0.005, 25));
  REQUIRE(fit);
  CHECK(fit->rate_per_s == Approx(1'000).epsilon(0.01));
  CHECK(fit->burst == Approx(10'000).epsilon(0.01));
}

TEST_CASE("without a refusal, or without a recovery, there is nothing to fit") {
  CHECK_FALSE(fit_bucket({}));
  CHECK_FALSE(fit_bucket(try_bucket(100, 50, 1, 0.05, 5)));
  CHECK_FALSE(fit_bucket(try_bucket(0.1, 50, 1, 0.005, 1)));
}
