#include "base/random.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <set>
#include <vector>

namespace {

using base::derive_seed;
using base::RandomStream;

struct Moments {
  double mean;
  double variance;
};

Moments moments(const std::function<double()>& draw) {
  constexpr int kDraws = 200'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = draw();
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kDraws;
  return {mean, squares / kDraws - mean * mean};
}

TEST_CASE("A stream is the splitmix64 sequence of its seed") {
  RandomStream random(1234567);  // The test vector of the reference implementation.
  CHECK(random.next() == 6457827717110365317ULL);
  CHECK(random.next() == 3203168211198807973ULL);
  CHECK(random.next() == 9817491932198370423ULL);
}

TEST_CASE("A copy of a stream goes on alike") {
  RandomStream random(5);
  random.normal();
  RandomStream copy = random;
  for (int i = 0; i < 10; ++i) CHECK(random.normal() == copy.normal());
}

TEST_CASE("Uniform numbers are strictly between 0 and 1 with mean 1/2 and variance 1/12") {
  RandomStream random(1);
  const Moments found = moments([&random] {
    const double value = random.uniform();
    if (value <= 0 || value >= 1) FAIL(value);
    return value;
  });
  CHECK(found.mean == Approx(0.5).epsilon(0.01));
  CHECK(found.variance == Approx(1.0 / 12).epsilon(0.02));
}

TEST_CASE("Exponential numbers are positive with mean 1 and variance 1") {
  RandomStream random(2);
  const Moments found = moments([&random] {
    const double value = random.exponential();
    if (!(value > 0) || !std::isfinite(value)) FAIL(value);
    return value;
  });
  CHECK(found.mean == Approx(1).epsilon(0.02));
  CHECK(found.variance == Approx(1).epsilon(0.04));
}

TEST_CASE("Normal numbers have mean 0 and variance 1, and a normal's tails") {
  RandomStream random(3);
  int beyond_two = 0;
  const Moments found = moments([&] {
    const double value = random.normal();
    if (std::abs(value) > 2) ++beyond_two;
    return value;
  });
  CHECK(std::abs(found.mean) < 0.01);
  CHECK(found.variance == Approx(1).epsilon(0.02));
  CHECK(beyond_two / 200'000.0 == Approx(0.0455).epsilon(0.05));
}

TEST_CASE("Numbers below a bound reach each value below it alike, and never the bound") {
  RandomStream random(4);
  std::vector<int> seen(10);
  for (int i = 0; i < 100'000; ++i) ++seen.at(random.below(10));
  for (const int count : seen) CHECK(count == Approx(10'000).epsilon(0.05));
  for (int i = 0; i < 100; ++i) CHECK(random.below(1) == 0);
}

TEST_CASE("Derived seeds differ for neighbouring numbers and seeds") {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    for (std::uint64_t number = 0; number < 100; ++number) seeds.insert(derive_seed(seed, number));
  }
  CHECK(seeds.size() == 10'000);
  CHECK(derive_seed(1, 2) != derive_seed(2, 1));
  CHECK(derive_seed(1, 2) == derive_seed(1, 2));
}

TEST_CASE("Streams of neighbouring numbers begin unrelated") {
  std::uint64_t number = 0;
  double previous = 0.5;
  double product = 0;
  const Moments found = moments([&] {
    const double value = RandomStream(derive_seed(99, number++)).uniform();
    product += (value - 0.5) * (previous - 0.5);
    previous = value;
    return value;
  });
  CHECK(found.mean == Approx(0.5).epsilon(0.01));
  CHECK(found.variance == Approx(1.0 / 12).epsilon(0.02));
  CHECK(std::abs(product / 200'000 * 12) < 0.01);  // The correlation with the one before.
}

TEST_CASE("Each bit of a derived seed is set half the time") {
  std::vector<int> set_bits(64);
  for (std::uint64_t number = 0; number < 20'000; ++number) {
    const std::uint64_t seed = derive_seed(0, number);
    for (std::size_t bit = 0; bit < 64; ++bit) set_bits[bit] += static_cast<int>(seed >> bit & 1);
  }
  for (const int count : set_bits) CHECK(count == Approx(10'000).epsilon(0.04));
}

}  // namespace
