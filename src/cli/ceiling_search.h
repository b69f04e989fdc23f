// The search for how much of something still holds.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/result.h"

namespace cli {

// What became of a step, or why there is none.
enum class StepOutcome {
  kHeld,
  kClientGaveIn,
  kServerGaveIn,  // The server was too slow, and the client still told the truth about it.
  kTimeUp,        // It was not measured.
};

struct SearchRange {
  std::uint64_t held = 0;  // Known to hold already; 0 for nothing.
  std::uint64_t first = 1;
  std::uint64_t most = 1;
  // How near the end is looked for: until the gap is held / near_enough, in so many halvings at
  // most.
  std::uint64_t near_enough = 8;
  int halvings = 3;
};

struct Ceiling {
  std::uint64_t held = 0;                // The most that held; 0 where nothing did.
  std::uint64_t failed = 0;              // The least that did not; 0 where all held.
  StepOutcome end = StepOutcome::kHeld;  // Of the least that did not; kHeld: the range's end held.
};

using MeasureStep = std::function<base::Result<StepOutcome>(std::uint64_t amount)>;

// Doubles from `first` until a step does not hold or `most` did, then halves the gap between the
// last that held and the first that did not, as near as the range wants it. Where the client
// gave in while doubling, the step is measured once more: what else the machine does adds to the
// error and never takes from it.
//
// Errors: those of `measure`, at once.
// REQUIRES: first and most above 0.
base::Result<Ceiling> find_ceiling(const SearchRange& range, const MeasureStep& measure);

using MeasureRate =
    std::function<base::Result<std::optional<double>>(std::uint64_t users)>;  // Nothing: stop.

struct Peak {
  double rate = 0;         // The greatest that was measured, 0 for none.
  bool grew_last = false;  // `most` users still brought more: there may be a greater one.
};

// Quadruples the users from 16 up to `most` for as long as each step brings a twentieth more.
base::Result<Peak> find_peak(std::uint64_t most, const MeasureRate& measure);

}  // namespace cli
