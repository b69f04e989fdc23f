#include "metrics/coarse_histogram.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using metrics::CoarseHistogram;
using metrics::Histogram;

namespace {

Histogram random_values(unsigned seed, int count, double spread) {
  std::mt19937 random(seed);
  std::lognormal_distribution<double> value(-1, spread);
  Histogram histogram;
  for (int i = 0; i < count; ++i) histogram.record(value(random));
  return histogram;
}

void check_same(const CoarseHistogram& a, const CoarseHistogram& b) {
  CHECK(a.count() == b.count());
  CHECK(a.zero_count() == b.zero_count());
  CHECK(a.out_of_range() == b.out_of_range());
  CHECK(a.sum() == Approx(b.sum()));
  CHECK(a.min() == b.min());
  CHECK(a.max() == b.max());
  CHECK(a.stddev() == Approx(b.stddev()));
  CHECK(a.buckets() == b.buckets());
}

}  // namespace

TEST_CASE("a coarse histogram keeps the exact figures and quantiles to within its buckets") {
  const Histogram fine = random_values(1, 5000, 0.5);
  const CoarseHistogram coarse(fine);
  CHECK(coarse.count() == 5000);
  CHECK(coarse.sum() == fine.sum());
  CHECK(coarse.min() == fine.min());
  CHECK(coarse.max() == fine.max());
  CHECK(coarse.stddev() == Approx(fine.stddev()));
  CHECK(coarse.scale() == CoarseHistogram::kScale);
  for (const double q : {0.0, 0.01, 0.5, 0.9, 0.99, 1.0}) {
    CHECK(coarse.quantile(q) == Approx(fine.quantile(q)).epsilon(0.025));
  }
}

TEST_CASE("merging coarse histograms is the same as making one of the merged") {
  for (const double spread : {0.3, 4.0}) {
    Histogram all;
    CoarseHistogram merged;
    for (unsigned seed = 0; seed < 20; ++seed) {
      const Histogram part = random_values(seed, 200, spread);
      all.merge(part);
      merged.merge(CoarseHistogram(part));
    }
    check_same(merged, CoarseHistogram(all));
    CHECK(merged.buckets().size() <= CoarseHistogram::kMostBuckets);
  }
}

TEST_CASE("a wide distribution gets a lower scale, and merges with one of a higher") {
  const CoarseHistogram wide(random_values(7, 20'000, 6));
  REQUIRE(wide.scale() < CoarseHistogram::kScale);
  const CoarseHistogram narrow(random_values(8, 100, 0.1));
  CoarseHistogram one = wide;
  one.merge(narrow);
  CoarseHistogram other = narrow;
  other.merge(wide);
  CHECK(one.scale() == wide.scale());
  check_same(one, other);
  CHECK(one.count() == wide.count() + narrow.count());
}

TEST_CASE("zeros and what is out of range are kept, and nothing at all is 0") {
  Histogram fine;
  fine.record(0, 3);
  fine.record(std::nan(""));
  fine.record(0.5);
  const CoarseHistogram coarse(fine);
  CHECK(coarse.zero_count() == 3);
  CHECK(coarse.out_of_range() == 1);
  CHECK(coarse.quantile(0.5) == 0);
  CHECK(coarse.quantile(1) == Approx(0.5).epsilon(0.023));
  CHECK(CoarseHistogram().quantile(0.5) == 0);
  CHECK(CoarseHistogram().stddev() == 0);
  CoarseHistogram merged;
  merged.merge(coarse);
  check_same(merged, coarse);
  merged.merge(CoarseHistogram());
  check_same(merged, coarse);
}

TEST_CASE("a coarse histogram is restored from its parts, and refused where they make none") {
  const CoarseHistogram coarse(random_values(3, 300, 1));
  const Histogram::Parts parts{.sum = coarse.sum(),
                               .min = coarse.min(),
                               .max = coarse.max(),
                               .stddev = coarse.stddev(),
                               .buckets = coarse.buckets()};
  const auto again = CoarseHistogram::restore(coarse.scale(), parts);
  REQUIRE(again);
  check_same(*again, coarse);
  CHECK_FALSE(CoarseHistogram::restore(8, parts));
  CHECK_FALSE(CoarseHistogram::restore(-1, parts));
  CHECK_FALSE(CoarseHistogram::restore(4, {.buckets = {{5, 1}, {5, 1}}}));
}
