#include "analysis/block_bootstrap.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "analysis/welch.h"
#include "base/random.h"

using analysis::block_bootstrap;
using analysis::Rows;

namespace {

double mean_statistic(std::span<const double> sums) { return sums[1] / sums[0]; }

// An autoregression of first order with mean 0 and, over a long time, standard deviation 1.
Rows autoregression(std::size_t count, double correlation, std::uint64_t seed) {
  base::RandomStream random(seed);
  double value = random.normal();
  Rows rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back({1, value});
    value = correlation * value + std::sqrt(1 - correlation * correlation) * random.normal();
  }
  return rows;
}

// The share of runs whose 95 % interval holds the true mean.
double coverage(std::size_t count, double correlation, std::size_t runs) {
  std::size_t held = 0;
  for (std::size_t run = 0; run < runs; ++run) {
    const Rows rows = autoregression(count, correlation, base::derive_seed(7, run));
    double sum = 0;
    for (const auto& row : rows) sum += row[1];
    const auto resampled = block_bootstrap(rows, mean_statistic, base::derive_seed(8, run), 200);
    const analysis::Difference off{.estimate = sum / static_cast<double>(count),
                                   .standard_error = std::sqrt(resampled.variance),
                                   .degrees = resampled.blocks - 1};
    const auto interval = off.interval(0.95);
    held += interval.low <= 0 && 0 <= interval.high ? 1 : 0;
  }
  return static_cast<double>(held) / static_cast<double>(runs);
}

}  // namespace

TEST_CASE("the block length grows with the run and with what its intervals have in common") {
  CHECK(analysis::block_length(60, 0) == 4);  // 60^(1/3) = 3.9
  CHECK(analysis::block_length(600, 0) == 8);
  CHECK(analysis::block_length(600, 0.5) == 12);  // 1.387 * 8.43
  CHECK(analysis::block_length(60, 0.99) == 12);  // A fifth of the run at most.
  CHECK(analysis::block_length(10, 0) == 2);
  CHECK(analysis::block_length(5, 0.9) == 1);
}

TEST_CASE("lag correlation is that of an autoregression") {
  std::vector<double> values;
  for (const auto& row : autoregression(5000, 0.6, 3)) values.push_back(row[1]);
  CHECK(analysis::lag_correlation(values) == Approx(0.6).margin(0.04));
  CHECK(analysis::lag_correlation(std::vector<double>{1, -1, 1, -1, 1, -1}) == 0);
  CHECK(analysis::lag_correlation(std::vector<double>{2, 2, 2, 2}) == 0);
}

TEST_CASE("the variance of a mean of independent values is theirs over their number") {
  double sum = 0;
  for (std::uint64_t run = 0; run < 40; ++run) {
    sum += block_bootstrap(autoregression(100, 0, run), mean_statistic, run, 200).variance;
  }
  CHECK(sum / 40 == Approx(0.01).epsilon(0.1));
}

TEST_CASE("the same seed, the same variance") {
  const Rows rows = autoregression(50, 0.3, 1);
  const double once = block_bootstrap(rows, mean_statistic, 5).variance;
  CHECK(block_bootstrap(rows, mean_statistic, 5).variance == once);
  CHECK(block_bootstrap(rows, mean_statistic, 6).variance != once);
}

TEST_CASE("a figure that most draws do not have has no variance") {
  const auto undefined = [](std::span<const double>) { return std::nan(""); };
  CHECK_FALSE(std::isfinite(block_bootstrap(autoregression(20, 0, 1), undefined, 1).variance));
}

// What docs/compare.md claims. 500 runs: a share of 0.95 is told within 0.01 (one standard error),
// so the limits are three of these wider than the claim.
TEST_CASE("the interval of a run holds the truth about as often as it says") {
  CHECK(coverage(60, 0, 500) >= 0.92);
  CHECK(coverage(60, 0.3, 500) >= 0.90);
  CHECK(coverage(60, 0.6, 500) >= 0.87);
  CHECK(coverage(300, 0.6, 500) >= 0.90);
  CHECK(coverage(60, 0, 500) <= 0.99);
}
