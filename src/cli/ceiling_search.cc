#include "cli/ceiling_search.h"

#include <algorithm>

namespace cli {
namespace {

constexpr std::uint64_t kFirstUsers = 16;
constexpr std::uint64_t kMoreUsers = 4;
constexpr double kGrowth = 1.05;

base::Result<StepOutcome> measure_twice(const MeasureStep& measure, std::uint64_t amount) {
  const auto outcome = measure(amount);
  if (!outcome || *outcome != StepOutcome::kClientGaveIn) return outcome;
  const auto again = measure(amount);
  return again && *again == StepOutcome::kTimeUp ? outcome : again;
}

// Halves the gap between what held and what did not.
base::Result<Ceiling> narrow(Ceiling ceiling, const SearchRange& range,
                             const MeasureStep& measure) {
  for (int i = 0; i < range.halvings; ++i) {
    const std::uint64_t gap = ceiling.failed - ceiling.held;
    if (gap <= std::max<std::uint64_t>(1, ceiling.held / range.near_enough)) break;
    const std::uint64_t amount = ceiling.held + gap / 2;
    const auto outcome = measure(amount);
    if (!outcome) return tl::unexpected(outcome.error());
    if (*outcome == StepOutcome::kTimeUp) break;
    if (*outcome == StepOutcome::kHeld) {
      ceiling.held = amount;
    } else {
      ceiling.failed = amount;
      ceiling.end = *outcome;
    }
  }
  return ceiling;
}

}  // namespace

base::Result<Ceiling> find_ceiling(const SearchRange& range, const MeasureStep& measure) {
  Ceiling ceiling{.held = range.held, .end = StepOutcome::kHeld};
  std::uint64_t amount = std::min(range.first, range.most);
  while (ceiling.held < range.most) {
    const auto outcome = measure_twice(measure, amount);
    if (!outcome) return tl::unexpected(outcome.error());
    if (*outcome == StepOutcome::kHeld) {
      ceiling.held = amount;
      amount = std::min(amount * 2, range.most);
      continue;
    }
    ceiling.end = *outcome;
    if (*outcome == StepOutcome::kTimeUp) return ceiling;
    ceiling.failed = amount;
    return narrow(ceiling, range, measure);
  }
  return ceiling;
}

base::Result<Peak> find_peak(std::uint64_t most, const MeasureRate& measure) {
  Peak peak;
  std::uint64_t users = std::min(kFirstUsers, most);
  while (true) {
    const auto rate = measure(users);
    if (!rate) return tl::unexpected(rate.error());
    if (!*rate) return peak;
    const bool grew = **rate > peak.rate * kGrowth;
    peak.rate = std::max(peak.rate, **rate);
    peak.grew_last = grew && users == most;
    if (!grew || users == most) return peak;
    users = std::min(users * kMoreUsers, most);
  }
}

}  // namespace cli
