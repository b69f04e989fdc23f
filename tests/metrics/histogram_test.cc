#include "metrics/histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"

using metrics::Histogram;

namespace {

using Buckets = std::vector<std::pair<int, std::uint64_t>>;

Buckets buckets_of(const Histogram& histogram) {
  Buckets buckets;
  histogram.for_each_bucket(
      [&buckets](int index, std::uint64_t count) { buckets.emplace_back(index, count); });
  return buckets;
}

int index_by_log2(double value) {
  return static_cast<int>(std::ceil(std::log2(static_cast<long double>(value)) * 128)) - 1;
}

// Spread evenly over the powers of two from 2^low to 2^high.
double draw(base::RandomStream& random, double low, double high) {
  return std::exp2(low + (high - low) * random.uniform());
}

}  // namespace

TEST_CASE("the index is that of log2 for values of every size") {
  base::RandomStream random(1);
  for (int i = 0; i < 1'000'000; ++i) {
    const double value = draw(random, -29.8, 39.8);
    if (Histogram::index_of(value) != index_by_log2(value)) {
      FAIL("value " << value << " has index " << Histogram::index_of(value));
    }
  }
}

TEST_CASE("a power of two is the last value of the bucket below it") {
  for (int exponent = -29; exponent < 39; ++exponent) {
    const double power = std::ldexp(1.0, exponent);
    REQUIRE(Histogram::index_of(power) == exponent * 128 - 1);
    REQUIRE(Histogram::index_of(std::nextafter(power, 1e300)) == exponent * 128);
    REQUIRE(Histogram::index_of(std::nextafter(power, 0.0)) == exponent * 128 - 1);
  }
}

TEST_CASE("values beside each boundary fall on their own side of it") {
  for (int exponent : {-29, -10, -1, 0, 1, 20, 38}) {
    for (int k = 1; k < 128; ++k) {
      const int index = exponent * 128 + k;
      const auto bound = std::exp2(static_cast<long double>(index) / 128);
      auto at_or_below = static_cast<double>(bound);
      if (static_cast<long double>(at_or_below) > bound) {
        at_or_below = std::nextafter(at_or_below, 0.0);
      }
      REQUIRE(Histogram::index_of(at_or_below) == index - 1);
      REQUIRE(Histogram::index_of(std::nextafter(at_or_below, 1e300)) == index);
    }
  }
}

TEST_CASE("indexes are those of the published mapping") {
  CHECK(Histogram::index_of(1e-6) == -2552);
  CHECK(Histogram::index_of(3600) == 1512);
}

TEST_CASE("a representative is off by at most 0.27 percent from all values of its bucket") {
  for (int index : {-2552, -1, 0, 1, 700, 1512}) {
    const double value = Histogram::representative(index);
    const double low = Histogram::lower_bound(index);
    const double high = Histogram::lower_bound(index + 1);
    CHECK(value / low - 1 < 0.00272);
    CHECK(1 - value / high < 0.00272);
  }
}

TEST_CASE("an empty histogram is all zeros") {
  const Histogram histogram;
  CHECK(histogram.empty());
  CHECK(histogram.min() == 0);
  CHECK(histogram.max() == 0);
  CHECK(histogram.mean() == 0);
  CHECK(histogram.stddev() == 0);
  CHECK(histogram.quantile(0.5) == 0);
  CHECK(buckets_of(histogram).empty());
}

TEST_CASE("one value is every quantile") {
  Histogram histogram;
  histogram.record(0.123);
  for (double q : {0.0, 0.5, 0.99, 1.0}) CHECK(histogram.quantile(q) == 0.123);
}

TEST_CASE("quantiles are within 0.27 percent of the sorted values'") {
  base::RandomStream random(2);
  Histogram histogram;
  std::vector<double> values;
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(0.02 * std::exp(random.normal()));
    histogram.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (double q : {0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * 20'000));
    CHECK(histogram.quantile(q) == Approx(values[rank - 1]).epsilon(0.00272));
  }
}

TEST_CASE("a quantile's rank is not pushed up by rounding") {
  CHECK(Histogram::rank(0.07, 100) == 7);  // 0.07 * 100 is a little more than 7 in doubles.
  CHECK(Histogram::rank(0.071, 100) == 8);
  CHECK(Histogram::rank(0, 100) == 1);
  CHECK(Histogram::rank(1, 100) == 100);
  CHECK(Histogram::rank(0.5, 0) == 0);
}

TEST_CASE("zeros and negative values have a bucket of their own, below all others") {
  Histogram histogram;
  histogram.record(0);
  histogram.record(-2);
  histogram.record(5, 2);
  CHECK(histogram.zero_count() == 2);
  CHECK(histogram.count() == 4);
  CHECK(histogram.min() == -2);
  CHECK(histogram.out_of_range() == 0);
  CHECK(histogram.quantile(0.5) == 0);
  CHECK(histogram.quantile(0.75) == Approx(5).epsilon(0.003));
  CHECK(buckets_of(histogram) == Buckets{{Histogram::index_of(5), 2}});
}

TEST_CASE("values out of range are clamped to the outer buckets, and counted") {
  Histogram histogram;
  histogram.record(1e-12);
  histogram.record(1e15);
  CHECK(histogram.out_of_range() == 2);
  CHECK(histogram.min() == 1e-12);
  CHECK(histogram.max() == 1e15);
  CHECK(histogram.sum() == 1e15);
  CHECK(buckets_of(histogram) == Buckets{{Histogram::index_of(Histogram::kLowest), 1},
                                         {Histogram::index_of(Histogram::kHighest), 1}});
}

TEST_CASE("what is not finite leaves every figure finite") {
  Histogram histogram;
  histogram.record(std::numeric_limits<double>::quiet_NaN(), 3);
  CHECK(histogram.empty());
  CHECK(histogram.out_of_range() == 3);

  histogram.record(std::numeric_limits<double>::infinity());
  histogram.record(-std::numeric_limits<double>::infinity());
  CHECK(histogram.count() == 2);
  CHECK(histogram.out_of_range() == 5);
  CHECK(histogram.max() == Histogram::kHighest);
  CHECK(histogram.min() == -Histogram::kHighest);
  CHECK(histogram.zero_count() == 1);
  CHECK(std::isfinite(histogram.stddev()));
}

TEST_CASE("recording nothing changes nothing") {
  Histogram histogram;
  histogram.record(5, 0);
  CHECK(histogram.empty());
  CHECK(buckets_of(histogram).empty());
}

TEST_CASE("mean and stddev are exact, also far from zero") {
  Histogram histogram;
  for (double value : {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}) histogram.record(value);
  CHECK(histogram.mean() == 1e9 + 10);
  CHECK(histogram.stddev() == Approx(std::sqrt(22.5)).epsilon(1e-9));
}

TEST_CASE("recording with a count is recording as often") {
  Histogram once;
  Histogram often;
  once.record(0.5, 1000);
  once.record(2, 3);
  for (int i = 0; i < 1000; ++i) often.record(0.5);
  for (int i = 0; i < 3; ++i) often.record(2);
  CHECK(buckets_of(once) == buckets_of(often));
  CHECK(once.sum() == Approx(often.sum()));
  CHECK(once.stddev() == Approx(often.stddev()));
}

TEST_CASE("buckets are the same however wide and in which order the histogram grew") {
  base::RandomStream random(3);
  std::vector<double> values;
  for (int i = 0; i < 5'000; ++i) values.push_back(draw(random, -29, 39));
  const auto record_all = [&values] {
    Histogram histogram;
    for (double value : values) histogram.record(value);
    return histogram;
  };
  const Buckets expected = buckets_of(record_all());
  REQUIRE(expected.size() > 1000);
  std::uint64_t total = 0;
  for (const auto& [index, count] : expected) total += count;
  CHECK(total == values.size());
  CHECK(std::is_sorted(expected.begin(), expected.end()));

  std::sort(values.begin(), values.end());
  CHECK(buckets_of(record_all()) == expected);
  std::reverse(values.begin(), values.end());
  CHECK(buckets_of(record_all()) == expected);
}

TEST_CASE("going from sparse to dense loses no value") {
  Histogram histogram;
  for (int i = 0; i < 200; ++i) {
    histogram.record(Histogram::representative(i * 7), static_cast<std::uint64_t>(i) + 1);
    const Buckets buckets = buckets_of(histogram);
    REQUIRE(buckets.size() == static_cast<std::size_t>(i) + 1);
    for (int k = 0; k <= i; ++k) {
      REQUIRE(buckets[static_cast<std::size_t>(k)] ==
              std::pair(k * 7, static_cast<std::uint64_t>(k) + 1));
    }
  }
}

TEST_CASE("a count beyond 32 bits is kept, whether the bucket was there or not") {
  constexpr std::uint64_t kMany = 5'000'000'000;
  Histogram at_once;
  at_once.record(2, kMany);
  Histogram bit_by_bit;
  bit_by_bit.record(1);
  for (int i = 0; i < 5; ++i) bit_by_bit.record(2, kMany / 5);
  CHECK(at_once.count() == kMany);
  CHECK(bit_by_bit.count() == kMany + 1);
  std::uint64_t counted = 0;
  at_once.for_each_bucket([&](int, std::uint64_t count) { counted += count; });
  CHECK(counted == kMany);
  bit_by_bit.for_each_bucket([&](int, std::uint64_t count) { counted += count; });
  CHECK(counted == 2 * kMany + 1);
  CHECK(bit_by_bit.quantile(0.5) == Approx(2).epsilon(0.003));
}

TEST_CASE("merging gives what recording into one gives, in any order") {
  base::RandomStream random(4);
  std::vector<Histogram> parts(6);
  Histogram whole;
  for (int i = 0; i < 12'000; ++i) {
    // The last part is sparse, the others dense and over different ranges.
    const auto part = static_cast<std::size_t>(i % 5);
    const double value = draw(random, -10.0 + static_cast<double>(part), 2 * part - 5.0);
    parts[part].record(value);
    whole.record(value);
  }
  for (double value : {0.0, 1e13, 0.5, 1e-6}) {
    parts[5].record(value);
    whole.record(value);
  }
  Histogram forwards;
  for (const Histogram& part : parts) forwards.merge(part);
  Histogram backwards;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) backwards.merge(*part);

  for (const Histogram* merged : {&forwards, &backwards}) {
    CHECK(buckets_of(*merged) == buckets_of(whole));
    CHECK(merged->count() == whole.count());
    CHECK(merged->zero_count() == 1);
    CHECK(merged->out_of_range() == 1);
    CHECK(merged->min() == whole.min());
    CHECK(merged->max() == whole.max());
    CHECK(merged->sum() == Approx(whole.sum()).epsilon(1e-12));
    CHECK(merged->stddev() == Approx(whole.stddev()).epsilon(1e-9));
    CHECK(merged->quantile(0.95) == whole.quantile(0.95));
  }
}

TEST_CASE("merging an empty histogram, or into one, keeps minimum and maximum") {
  Histogram some;
  some.record(3);
  some.record(4);
  Histogram into_empty;
  into_empty.merge(some);
  some.merge(Histogram());
  for (const Histogram* histogram : {&some, &into_empty}) {
    CHECK(histogram->min() == 3);
    CHECK(histogram->max() == 4);
    CHECK(histogram->mean() == 3.5);
    CHECK(histogram->stddev() == 0.5);
  }
}

TEST_CASE("a histogram is made again from what was written of it") {
  Histogram original;
  for (int i = 0; i < 300; ++i) original.record(0.001 * (i % 97));
  original.record(1e-12);
  Histogram::Parts parts{.zeros = original.zero_count(),
                         .out_of_range = original.out_of_range(),
                         .sum = original.sum(),
                         .min = original.min(),
                         .max = original.max(),
                         .stddev = original.stddev(),
                         .buckets = {}};
  original.for_each_bucket(
      [&](int index, std::uint64_t count) { parts.buckets.emplace_back(index, count); });
  auto again = Histogram::restore(parts);
  REQUIRE(again);
  CHECK(again->count() == original.count());
  CHECK(again->mean() == original.mean());
  CHECK(again->stddev() == Approx(original.stddev()));
  for (const double q : {0.0, 0.1, 0.5, 0.9, 0.99, 1.0}) {
    CHECK(again->quantile(q) == original.quantile(q));
  }
  again->merge(original);
  CHECK(again->count() == 2 * original.count());
  CHECK(again->stddev() == Approx(original.stddev()));

  std::swap(parts.buckets.front(), parts.buckets.back());
  CHECK_FALSE(Histogram::restore(parts));
  parts.buckets = {{Histogram::index_of(Histogram::kHighest) + 1, 1}};
  CHECK_FALSE(Histogram::restore(parts));
}
