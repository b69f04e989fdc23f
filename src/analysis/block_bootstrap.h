// How far a figure of one run may be off, from the run's own course: a circular block bootstrap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace analysis {

// One row for each interval of a run; rows add up, column by column, to what the figure is computed
// from. All rows are equally long.
using Rows = std::vector<std::vector<double>>;

// The figure from the sums of columns; not finite where they do not yield one.
using Statistic = std::function<double(std::span<const double> sums)>;

struct Resampled {
  double variance = 0;  // Of the figure. Not finite where too many of the samples yield none.
  std::size_t block_length = 1;
  double blocks = 0;  // How many of them fit into the run.
};

// Intervals that follow one another are alike, so whole blocks of them are drawn, with the course
// closed to a ring, until they are as many as the run has; the variance of the figure over all such
// draws is that of the figure, times blocks / (blocks - 1), as a sample's variance is.
//
// The block length is max(n^(1/3), (6 r^2 / (1 - r^2)^2)^(1/3) n^(1/3)), rounded, and at most n /
// 5, where n is the number of intervals and r the correlation of one interval's influence on the
// figure with the next one's: the length that is best for a first-order autoregression, and no less
// than what a run without any correlation would do with.
//
// REQUIRES: five rows or more. The same seed, the same result.
// Cost: resamples * blocks * columns additions.
Resampled block_bootstrap(const Rows& rows, const Statistic& statistic, std::uint64_t seed,
                          std::size_t resamples = 1000);

std::size_t block_length(std::size_t intervals, double correlation);

// Of each value with the one after it, at least 0.
double lag_correlation(std::span<const double> values);

}  // namespace analysis
