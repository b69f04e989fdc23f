// How many starts a rate plan has made due by when.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "load/plan.h"

namespace load {

// The integral of a scenario's rate over time, turned round: its level says how many starts are
// due, fractions included. Stages of no length are jumps of the rate, stages of rate zero leave the
// level where it is.
//
// Errors: exact to far below a microsecond over a day, at any rate that a plan may have.
// Cost:   O(1) for each call, since levels only rise; O(stages) of memory.
class RateCurve {
 public:
  // REQUIRES: validated. The curve of a scenario without a rate plan stays at zero.
  explicit RateCurve(const Scenario& scenario);

  // When the level is first reached, counted from the scenario's start; nothing where it never is.
  // REQUIRES: level not below that of the call before.
  std::optional<base::Duration> reach(long double level);

  long double total() const { return pieces_.empty() ? 0 : pieces_.back().end_level; }

 private:
  // A stage in which the level rises. Times are in time units, so that whole numbers stay whole.
  struct Piece {
    base::Duration begin{};
    long double length = 0;
    long double from = 0;  // Starts per time unit.
    long double to = 0;
    long double begin_level = 0;
    long double end_level = 0;
  };

  void add(base::Duration begin, base::Duration length, double from, double to);
  static long double time_in(const Piece& piece, long double level);

  long double time_unit_;
  std::vector<Piece> pieces_;
  std::size_t current_ = 0;
};

}  // namespace load
