#include "analysis/two_modes.h"

#include <catch2/catch.hpp>
#include <cmath>

using analysis::two_modes;
using metrics::Histogram;

TEST_CASE("two groups far apart are two modes") {
  Histogram histogram;
  for (int i = 0; i < 70; ++i) histogram.record(0.4 + 0.001 * i);
  for (int i = 0; i < 30; ++i) histogram.record(5 + 0.02 * i);
  const auto modes = two_modes(histogram);
  REQUIRE(modes);
  CHECK(modes->low == Approx(0.43).epsilon(0.05));
  CHECK(modes->high == Approx(5.3).epsilon(0.05));
  CHECK(modes->high_share == Approx(0.3));
}

TEST_CASE("one group, however wide, is none") {
  Histogram uniform;
  Histogram lognormal;
  for (int i = 1; i < 200; ++i) {
    uniform.record(std::exp(0.02 * i));  // Uniform in its logarithm.
    // A normal distribution's quantiles, by a logistic one's, which are near enough.
    lognormal.record(std::exp(std::log(i / (200.0 - i))));
  }
  CHECK_FALSE(two_modes(uniform));
  CHECK_FALSE(two_modes(lognormal));
}

TEST_CASE("few values, near groups and lone outliers are no two modes") {
  Histogram few;
  few.record(0.1, 9);
  few.record(10, 9);
  CHECK_FALSE(two_modes(few));
  Histogram near;
  near.record(1, 50);
  near.record(2.9, 50);
  CHECK_FALSE(two_modes(near));
  Histogram outlier;
  outlier.record(1, 96);
  outlier.record(10, 4);
  CHECK_FALSE(two_modes(outlier));
  CHECK_FALSE(two_modes({}));
}
