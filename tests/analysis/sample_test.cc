#include "analysis/sample.h"

#include <catch2/catch.hpp>

using analysis::Quantile;
using analysis::Sample;

TEST_CASE("percentiles as numpy, LoadGen and GuideLLM take them") {
  Sample sample;
  for (const double value : {40.0, 10.0, 30.0, 20.0}) sample.add(value);
  CHECK(sample.quantile(0.5, Quantile::kLinear) == Approx(25));
  CHECK(sample.quantile(0.9, Quantile::kLinear) == Approx(37));
  CHECK(sample.quantile(1, Quantile::kLinear) == 40);
  CHECK(sample.quantile(0.5, Quantile::kIndex) == 30);  // sorted[2]
  CHECK(sample.quantile(0.99, Quantile::kIndex) == 40);
  CHECK(sample.quantile(0.5, Quantile::kWeighted) == 20);  // 0.25, 0.5: reached.
  CHECK(sample.quantile(0.51, Quantile::kWeighted) == 30);
  CHECK(sample.mean() == Approx(25));
  CHECK(sample.stddev() == Approx(11.18034));
  CHECK(sample.min() == 10);
  CHECK(sample.max() == 40);
}

TEST_CASE("weights count in the mean and in weighted percentiles") {
  Sample sample;
  sample.add(10, 9);
  sample.add(20, 1);
  CHECK(sample.count() == 2);
  CHECK(sample.mean() == Approx(11));
  CHECK(sample.stddev() == Approx(3));
  CHECK(sample.quantile(0.9, Quantile::kWeighted) == 10);
  CHECK(sample.quantile(0.95, Quantile::kWeighted) == 20);
}

TEST_CASE("zeros are values like others") {
  Sample sample;
  sample.add_zeros(3);
  sample.add(8);
  CHECK(sample.count() == 4);
  CHECK(sample.mean() == Approx(2));
  CHECK(sample.stddev() == Approx(3.4641016));
  CHECK(sample.quantile(0.5, Quantile::kLinear) == 0);
  CHECK(sample.quantile(0.9, Quantile::kLinear) == Approx(8 * 0.7));
  CHECK(sample.min() == 0);
  CHECK(sample.max() == 8);
}

TEST_CASE("beyond a million values percentiles are those of a histogram") {
  Sample sample;
  constexpr int kCount = 1'500'000;
  for (int i = 1; i <= kCount; ++i) sample.add(i * 1e-6);
  CHECK_FALSE(sample.is_exact());
  CHECK(sample.count() == kCount);
  CHECK(sample.quantile(0.5, Quantile::kLinear) == Approx(0.75).epsilon(0.003));
  CHECK(sample.quantile(0.99, Quantile::kIndex) == Approx(1.485).epsilon(0.003));
  CHECK(sample.max() == Approx(1.5));
  CHECK(sample.mean() == Approx(0.75).epsilon(1e-5));
}
