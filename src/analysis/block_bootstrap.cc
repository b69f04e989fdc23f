#include "analysis/block_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/welch.h"
#include "base/random.h"

namespace analysis {
namespace {

constexpr std::size_t kFewestBlocks = 5;
constexpr double kMostWithoutFigure = 0.02;  // Of the draws.

// What each interval does to the figure: the figure without it. Only how it varies is of interest.
std::vector<double> influences(const Rows& rows, const Statistic& statistic) {
  std::vector<double> total(rows.front().size(), 0.0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) total[i] += row[i];
  }
  std::vector<double> values;
  std::vector<double> rest(total.size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) rest[i] = total[i] - row[i];
    const double value = statistic(rest);
    if (std::isfinite(value)) values.push_back(value);
  }
  return values;
}

// The sums of rows before each place on the ring, which is gone round twice, so that the sum of any
// block is one subtraction.
Rows running_sums(const Rows& rows) {
  Rows sums(2 * rows.size() + 1, std::vector<double>(rows.front().size(), 0.0));
  for (std::size_t place = 0; place < 2 * rows.size(); ++place) {
    const auto& row = rows[place % rows.size()];
    for (std::size_t i = 0; i < row.size(); ++i) sums[place + 1][i] = sums[place][i] + row[i];
  }
  return sums;
}

}  // namespace

double lag_correlation(std::span<const double> values) {
  if (values.size() < 3) return 0;
  const double mean = mean_of(values);
  double products = 0;
  double squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    squares += (values[i] - mean) * (values[i] - mean);
    if (i > 0) products += (values[i] - mean) * (values[i - 1] - mean);
  }
  return squares > 0 ? std::max(products / squares, 0.0) : 0;
}

std::size_t block_length(std::size_t intervals, double correlation) {
  const auto count = static_cast<double>(intervals);
  const double squared = std::min(correlation * correlation, 0.95);
  const double factor = std::cbrt(6 * squared / ((1 - squared) * (1 - squared)));
  const double wanted = std::round(std::max(factor, 1.0) * std::cbrt(count));
  const double most = std::floor(count / static_cast<double>(kFewestBlocks));
  return static_cast<std::size_t>(std::max(1.0, std::min(wanted, most)));
}

Resampled block_bootstrap(const Rows& rows, const Statistic& statistic, std::uint64_t seed,
                          std::size_t resamples) {
  const std::size_t count = rows.size();
  const std::size_t columns = rows.front().size();
  Resampled result;
  result.block_length = block_length(count, lag_correlation(influences(rows, statistic)));
  result.blocks = static_cast<double>(count) / static_cast<double>(result.block_length);

  const Rows sums = running_sums(rows);
  base::RandomStream random(seed);
  std::vector<double> figures;
  figures.reserve(resamples);
  std::vector<double> drawn(columns);
  for (std::size_t draw = 0; draw < resamples; ++draw) {
    std::fill(drawn.begin(), drawn.end(), 0.0);
    for (std::size_t have = 0; have < count; have += result.block_length) {
      const std::size_t begin = random.below(count);
      const std::size_t end = begin + std::min(result.block_length, count - have);
      for (std::size_t i = 0; i < columns; ++i) drawn[i] += sums[end][i] - sums[begin][i];
    }
    const double figure = statistic(drawn);
    if (std::isfinite(figure)) figures.push_back(figure);
  }
  const auto without = static_cast<double>(resamples - figures.size());
  if (without > kMostWithoutFigure * static_cast<double>(resamples)) {
    result.variance = std::numeric_limits<double>::infinity();
    return result;
  }
  result.variance = variance_of(figures) * result.blocks / (result.blocks - 1);
  return result;
}

}  // namespace analysis
