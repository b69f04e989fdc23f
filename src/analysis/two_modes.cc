#include "analysis/two_modes.h"

#include <cmath>
#include <utility>
#include <vector>

namespace analysis {
namespace {

constexpr double kFewest = 20;
constexpr double kExplained = 0.85;
constexpr double kLeastShare = 0.05;
constexpr double kLeastRatio = 3;

struct Sums {
  double count = 0;
  double sum = 0;  // Of logarithms.
  double squares = 0;
  double mean() const { return sum / count; }
};

std::vector<std::pair<double, double>> logarithms(const metrics::Histogram& histogram) {
  std::vector<std::pair<double, double>> values;  // The logarithm to base 2, how many.
  histogram.for_each_bucket([&](int index, std::uint64_t count) {
    values.emplace_back(std::log2(metrics::Histogram::representative(index)),
                        static_cast<double>(count));
  });
  return values;
}

}  // namespace

std::optional<TwoModes> two_modes(const metrics::Histogram& histogram) {
  const auto values = logarithms(histogram);
  Sums all;
  for (const auto& [log, count] : values) {
    all.count += count;
    all.sum += log * count;
    all.squares += log * log * count;
  }
  if (all.count < kFewest) return std::nullopt;
  Sums low;
  double best = 0;
  TwoModes modes;
  for (const auto& [log, count] : values) {
    low.count += count;
    low.sum += log * count;
    const Sums high{all.count - low.count, all.sum - low.sum, 0};
    if (high.count <= 0) break;
    const double apart = high.mean() - low.mean();
    const double between = low.count * high.count / all.count * apart * apart;
    if (between <= best) continue;
    best = between;
    modes = {std::exp2(low.mean()), std::exp2(high.mean()), high.count / all.count};
  }
  const double variance = all.squares - all.sum * all.mean();
  const bool apart = variance > 0 && best > kExplained * variance &&
                     modes.high >= kLeastRatio * modes.low && modes.high_share > kLeastShare &&
                     modes.high_share < 1 - kLeastShare;
  return apart ? std::optional(modes) : std::nullopt;
}

}  // namespace analysis
